import { duplicate, forbidden, invalid, notSupported, required, tooLong } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkDescendingPath, checkId, checkOptionalOneOf } from '../../validation.ts';
import type { Container, PodSpec } from '../../wire.ts';
import { containersWithPath } from './pod-containers.ts';
import { checkWindowsOptions } from './windows-validation.ts';

type ReadonlySpec = Unchecked<PodSpec>;
type PodSecurity = NonNullable<ReadonlySpec['securityContext']>;
type ContainerSecurity = NonNullable<Unchecked<Container>['securityContext']>;

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

/** The security context of a container, which may be absent. */
export function checkContainerSecurity(
  field: string,
  context: ContainerSecurity | undefined,
  spec: ReadonlySpec,
): FieldError[] {
  if (!context) return [];
  return [
    ...checkId(`${field}.runAsUser`, context.runAsUser),
    ...checkId(`${field}.runAsGroup`, context.runAsGroup),
    ...checkProcMount(`${field}.procMount`, context.procMount, spec.hostUsers !== false),
    ...checkSeccomp(`${field}.seccompProfile`, context.seccompProfile),
    ...checkEscalation(field, context),
    ...checkWindowsOptions(`${field}.windowsOptions`, context.windowsOptions),
    ...checkAppArmor(`${field}.appArmorProfile`, context.appArmorProfile),
  ];
}

function checkProcMount(field: string, procMount: string | undefined, hostUsers: boolean): FieldError[] {
  if (procMount === 'Unmasked' && hostUsers) {
    return [invalid(field, procMount, '`hostUsers` must be false to use `Unmasked`')];
  }
  return checkOptionalOneOf(field, procMount, ['Default', 'Unmasked']);
}

function checkEscalation(field: string, context: ContainerSecurity): FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return [];
  const errors: FieldError[] = [];
  if (context.privileged === true) {
    errors.push(
      invalid(field, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'),
    );
  }
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
    const text = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    errors.push(invalid(field, context, text));
  }
  return errors;
}

function checkSeccomp(field: string, profile: ContainerSecurity['seccompProfile'] | undefined): FieldError[] {
  if (!profile) return [];
  const errors: FieldError[] = [];
  if (!profile.type) errors.push(required(`${field}.type`, 'type is required when seccompProfile is set'));
  else if (!profileTypes.includes(profile.type)) {
    errors.push(notSupported(`${field}.type`, profile.type, profileTypes));
  }
  const at = `${field}.localhostProfile`;
  if (profile.type !== 'Localhost') {
    if (profile.localhostProfile === undefined) return errors;
    return [...errors, invalid(at, profile, 'can only be set when seccomp type is Localhost')];
  }
  if (profile.localhostProfile === undefined) {
    return [...errors, required(at, 'must be set when seccomp type is Localhost')];
  }
  return [...errors, ...checkDescendingPath(at, profile.localhostProfile)];
}

const pathLimitBytes = 4095;

function checkAppArmor(
  field: string,
  profile: ContainerSecurity['appArmorProfile'] | undefined,
): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile: local } = profile;
  const at = `${field}.localhostProfile`;
  if (!type) return [required(`${field}.type`, 'type is required when appArmorProfile is set')];
  if (!profileTypes.includes(type)) return [notSupported(`${field}.type`, type, profileTypes)];
  if (type !== 'Localhost') {
    return local === undefined ? [] : [invalid(at, local, 'can only be set when AppArmor type is Localhost')];
  }
  if (local === undefined) return [required(at, 'must be set when AppArmor type is Localhost')];
  const errors = local.length > pathLimitBytes ? [tooLong(at, pathLimitBytes)] : [];
  if (local.trim() !== local) return [invalid(at, local, 'must not be padded with whitespace'), ...errors];
  return local === '' ? [required(at, 'must be set when AppArmor type is Localhost')] : errors;
}

/** The security context of a pod spec and what depends on it; `field` is the path of the spec. */
export function checkPodSecurity(field: string, spec: ReadonlySpec): FieldError[] {
  const context = spec.securityContext;
  if (!context) return [];
  const at = `${field}.securityContext`;
  const shares = spec.shareProcessNamespace === true && spec.hostPID === true;
  const shareText = 'ShareProcessNamespace and HostPID cannot both be enabled';
  return [
    ...checkId(`${at}.fsGroup`, context.fsGroup),
    ...checkId(`${at}.runAsUser`, context.runAsUser),
    ...checkId(`${at}.runAsGroup`, context.runAsGroup),
    ...(context.supplementalGroups ?? []).flatMap((id, index) =>
      checkId(`${at}.supplementalGroups[${index}]`, id),
    ),
    ...(shares ? [invalid(`${at}.shareProcessNamespace`, true, shareText)] : []),
    ...checkSysctls(`${at}.sysctls`, context.sysctls ?? [], spec),
    ...checkOptionalOneOf(`${at}.fsGroupChangePolicy`, context.fsGroupChangePolicy, [
      'Always',
      'OnRootMismatch',
    ]),
    ...checkSeccomp(`${at}.seccompProfile`, context.seccompProfile),
    ...checkWindowsOptions(`${at}.windowsOptions`, context.windowsOptions),
    ...checkAppArmor(`${at}.appArmorProfile`, context.appArmorProfile),
    ...checkOptionalOneOf(`${at}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, [
      'Merge',
      'Strict',
    ]),
    ...checkOptionalOneOf(`${at}.seLinuxChangePolicy`, context.seLinuxChangePolicy, [
      'MountOption',
      'Recursive',
    ]),
  ];
}

const sysctlSegment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlFormat = `^(${sysctlSegment}[\\./])*${sysctlSegment}$`;
const sysctlPattern = new RegExp(sysctlFormat);
const sysctlText = `must have at most 253 characters and match regex ${sysctlFormat}`;

type Sysctl = NonNullable<PodSecurity['sysctls']>[number];

function checkSysctls(field: string, sysctls: readonly Sysctl[], spec: ReadonlySpec): FieldError[] {
  const names = new Set<string>();
  return sysctls.flatMap(({ name = '' }, index) => {
    const at = `${field}[${index}].name`;
    const errors: FieldError[] = [];
    if (!name) errors.push(required(at));
    else if (name.length > 253 || !sysctlPattern.test(name)) errors.push(invalid(at, name, sysctlText));
    else if (names.has(name)) errors.push(duplicate(at, name));
    names.add(name);
    return [...errors, ...checkHostSysctl(at, name.replaceAll('/', '.'), spec)];
  });
}

function checkHostSysctl(field: string, name: string, spec: ReadonlySpec): FieldError[] {
  const ofIpc = /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(name);
  if (spec.hostNetwork === true && name.startsWith('net.')) {
    return [invalid(field, name, "may not be specified when 'hostNetwork' is true")];
  }
  return spec.hostIPC === true && ofIpc
    ? [invalid(field, name, "may not be specified when 'hostIPC' is true")]
    : [];
}

/** A pod with users of its own shares no other namespace with the node. */
export function checkHostUsers(field: string, spec: ReadonlySpec): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const text = 'when `hostUsers` is false';
  const errors: FieldError[] = [];
  if (spec.hostNetwork === true) errors.push(forbidden(`${field}.hostNetwork`, text));
  if (spec.hostPID === true) errors.push(forbidden(`${field}.HostPID`, text));
  if (spec.hostIPC === true) errors.push(forbidden(`${field}.HostIPC`, text));
  const devices = containersWithPath(field, spec)
    .filter(({ container }) => (container.volumeDevices ?? []).length > 0)
    .map(({ at }) => forbidden(`${at}.volumeDevices`, text));
  return [...errors, ...devices];
}
