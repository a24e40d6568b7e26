import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { dnsSubdomainErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { invalidEach } from '../../validation.ts';
import type { PodSpec, WindowsSecurityContextOptions } from '../../wire.ts';
import { containersWithPath } from './pod-containers.ts';

type ReadonlySpec = Unchecked<PodSpec>;
type WindowsOptions = Unchecked<WindowsSecurityContextOptions>;

const maxCredentialSpecKib = 64;
const maxDomainLength = 256;
const maxUserLength = 104;

/** What only Windows containers have, of a pod or a container; `field` is the path of `windowsOptions`. */
export function checkWindowsOptions(field: string, options: WindowsOptions | undefined): FieldError[] {
  if (!options) return [];
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName } = options;
  return [
    ...(name === undefined
      ? []
      : invalidEach(`${field}.gmsaCredentialSpecName`, name, dnsSubdomainErrors(name))),
    ...(spec === undefined
      ? []
      : invalidEach(`${field}.gmsaCredentialSpec`, spec, credentialSpecErrors(spec))),
    ...(runAsUserName === undefined
      ? []
      : invalidEach(`${field}.runAsUserName`, runAsUserName, runAsUserErrors(runAsUserName))),
  ];
}

function credentialSpecErrors(spec: string): string[] {
  if (spec === '') return ['gmsaCredentialSpec cannot be an empty string'];
  return spec.length > maxCredentialSpecKib * 1024
    ? [`gmsaCredentialSpec size must be under ${maxCredentialSpecKib} KiB`]
    : [];
}

const netBiosName = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsName =
  /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const badUserCharacters = /["/\\:;|=,+*?<>@[\]]/;

/** `USER` or `DOMAIN\USER`. */
function runAsUserErrors(value: string): string[] {
  if (value === '') return ['runAsUserName cannot be an empty string'];
  if (/\p{Cc}/u.test(value)) return ['runAsUserName cannot contain control characters'];
  const parts = value.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1) ?? '';
  const domain = parts.length === 2 ? parts[0] : undefined;
  return [...(domain === undefined ? [] : domainErrors(domain)), ...userErrors(user)];
}

function domainErrors(domain: string): string[] {
  const errors: string[] = [];
  if (domain.length >= maxDomainLength) {
    errors.push(`runAsUserName's Domain length must be under ${maxDomainLength} characters`);
  }
  if (!netBiosName.test(domain) && !dnsName.test(domain)) {
    errors.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  return errors;
}

function userErrors(user: string): string[] {
  const errors: string[] = [];
  if (user === '') errors.push("runAsUserName's User cannot be empty");
  else if (user.length > maxUserLength) {
    errors.push(`runAsUserName's User length must not be longer than ${maxUserLength} characters`);
  }
  if (/^[. ]+$/.test(user)) errors.push("runAsUserName's User cannot contain only periods or spaces");
  if (badUserCharacters.test(user)) {
    errors.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  }
  return errors;
}

/** Containers that are processes of a Windows host: all of a pod or none, and on the host's network. */
export function checkHostProcess(field: string, spec: ReadonlySpec): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const containers = containersWithPath(field, spec);
  const errors: FieldError[] = [];
  let count = 0;
  for (const { at, container } of containers) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const text = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      errors.push(invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, text));
    }
    if (own ?? ofPod) count++;
  }
  if (count === 0) return errors;
  if (count !== containers.length) {
    const text =
      'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(invalid(field, '', text));
  }
  if (spec.hostNetwork !== true) {
    const text = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(invalid(`${field}.hostNetwork`, false, text));
  }
  return errors;
}

/** The operating system a pod says it is for, and fields that this one does not have; `field` is the path of the spec. */
export function checkOs(field: string, spec: ReadonlySpec): FieldError[] {
  if (!spec.os) return [];
  switch (spec.os.name ?? '') {
    case '':
      return [required(`${field}.os.name`)];
    case 'linux':
      return refuseWindowsOptions(field, spec);
    case 'windows':
      return refuseLinuxFields(field, spec);
    default:
      return [notSupported(`${field}.os`, spec.os.name, ['linux', 'windows'])];
  }
}

function refuseWindowsOptions(field: string, spec: ReadonlySpec): FieldError[] {
  const places = [
    { at: field, options: spec.securityContext?.windowsOptions },
    ...containersWithPath(field, spec).map(({ at, container }) => ({
      at,
      options: container.securityContext?.windowsOptions,
    })),
  ];
  return places
    .filter(({ options }) => options !== undefined)
    .map(({ at }) =>
      forbidden(`${at}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod'),
    );
}

const containerFields = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

function refuseLinuxFields(field: string, spec: ReadonlySpec): FieldError[] {
  const { securityContext: context = {} } = spec;
  const ofContext = (key: keyof typeof context) =>
    context[key] === undefined ? [] : [`${field}.securityContext.${key}`];
  const ofSpec = (key: 'hostUsers' | 'shareProcessNamespace') =>
    spec[key] === undefined ? [] : [`${field}.${key}`];
  const switchedOn = (key: 'hostPID' | 'hostIPC') => (spec[key] === true ? [`${field}.${key}`] : []);
  const ofPod = [
    ...ofContext('appArmorProfile'),
    ...ofContext('seLinuxOptions'),
    ...ofSpec('hostUsers'),
    ...switchedOn('hostPID'),
    ...switchedOn('hostIPC'),
    ...ofContext('seccompProfile'),
    ...ofContext('fsGroup'),
    ...ofContext('fsGroupChangePolicy'),
    ...((context.sysctls ?? []).length > 0 ? ofContext('sysctls') : []),
    ...ofSpec('shareProcessNamespace'),
    ...ofContext('runAsUser'),
    ...ofContext('runAsGroup'),
    ...ofContext('supplementalGroups'),
    ...ofContext('supplementalGroupsPolicy'),
    ...ofContext('seLinuxChangePolicy'),
  ];
  const ofContainers = containersWithPath(field, spec).flatMap(({ at, container }) =>
    containerFields
      .filter((key) => container.securityContext?.[key] !== undefined)
      .map((key) => `${at}.securityContext.${key}`),
  );
  return [...ofPod, ...ofContainers].map((at) => forbidden(at, 'cannot be set for a windows pod'));
}
