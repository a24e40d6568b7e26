import type { Container, Lifecycle, Probe } from '@shared/kinds/wire.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import {
  badContainers,
  type Check,
  containersOf,
  culprits,
  distinct,
  hasOwnUsers,
  plural,
  quoted,
} from './check.ts';
import { forbiddenSeccomp } from './seccomp.ts';

/** Controls against known ways out of a container. */
export const baselineChecks: readonly Check[] = [
  {
    id: 'appArmorProfile',
    since: 0,
    find({ metadata, spec }) {
      const isBad = (type: string | undefined) =>
        type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost';
      const own = spec.securityContext?.appArmorProfile?.type;
      const typeOf = ({ securityContext }: Unchecked<Container>) => securityContext?.appArmorProfile?.type;
      const types = [own, ...containersOf(spec).map(typeOf)].filter(
        (type) => type !== undefined && isBad(type),
      );
      const annotations = Object.entries(metadata.annotations ?? {})
        .filter(([key, value]) => key.startsWith(appArmorPrefix) && !isAllowedAppArmor(value))
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .toSorted();
      const values = [...distinct(types as string[]), ...annotations];
      if (values.length === 0) return undefined;
      const setters = [
        culprits(
          badContainers(spec, (container) => isBad(typeOf(container))),
          isBad(own),
        ),
        annotations.length > 0 ? plural('annotation', annotations.length) : undefined,
      ].filter((setter) => setter !== undefined);
      return {
        reason: plural('forbidden AppArmor profile', values.length),
        detail: `${setters.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
      };
    },
  },
  {
    id: 'capabilities_baseline',
    since: 0,
    find({ spec }) {
      const added = ({ securityContext }: Unchecked<Container>) =>
        (securityContext?.capabilities?.add ?? []).filter((name) => !defaultCapabilities.has(name));
      const who = culprits(badContainers(spec, (container) => added(container).length > 0));
      if (!who) return undefined;
      const names = distinct(containersOf(spec).flatMap(added));
      const detail = `${who} must not include ${quoted(names)} in securityContext.capabilities.add`;
      return { reason: 'non-default capabilities', detail };
    },
  },
  {
    id: 'hostNamespaces',
    since: 0,
    find({ spec }) {
      const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field] === true);
      if (used.length === 0) return undefined;
      return { reason: 'host namespaces', detail: used.map((field) => `${field}=true`).join(', ') };
    },
  },
  {
    id: 'hostPathVolumes',
    since: 0,
    find({ spec }) {
      const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name = '' }) => name);
      if (names.length === 0) return undefined;
      return { reason: 'hostPath volumes', detail: `${plural('volume', names.length)} ${quoted(names)}` };
    },
  },
  {
    id: 'hostPorts',
    since: 0,
    find({ spec }) {
      const portsOf = ({ ports }: Unchecked<Container>) =>
        (ports ?? []).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
      const names = badContainers(spec, (container) => portsOf(container).length > 0);
      if (names.length === 0) return undefined;
      const ports = distinct(containersOf(spec).flatMap(portsOf));
      const use = names.length === 1 ? 'uses' : 'use';
      const detail = `${culprits(names)} ${use} ${plural('hostPort', ports.length)} ${ports.join(', ')}`;
      return { reason: 'hostPort', detail };
    },
  },
  {
    id: 'hostProbesAndHostLifecycle',
    since: 34,
    find({ spec }) {
      const names = distinct(badContainers(spec, (container) => hostsOf(container).length > 0));
      if (names.length === 0) return undefined;
      const hosts = distinct(containersOf(spec).flatMap(hostsOf));
      const use = names.length === 1 ? 'uses' : 'use';
      const detail = `${culprits(names)} ${use} ${plural('probe or lifecycle host', hosts.length)} ${quoted(hosts)}`;
      return { reason: 'probe or lifecycle host', detail };
    },
  },
  {
    id: 'privileged',
    since: 0,
    find({ spec }) {
      const who = culprits(
        badContainers(spec, ({ securityContext }) => securityContext?.privileged === true),
      );
      return who
        ? { reason: 'privileged', detail: `${who} must not set securityContext.privileged=true` }
        : undefined;
    },
  },
  {
    id: 'procMount',
    since: 0,
    find: (pod, minor) => (hasOwnUsers(pod, minor) ? undefined : forbiddenProcMount(pod.spec)),
  },
  {
    id: 'seLinuxOptions',
    since: 0,
    find({ spec }, minor) {
      const types = minor >= 31 ? [...seLinuxTypes, 'container_engine_t'] : seLinuxTypes;
      const isBad = (options: SeLinuxOptions) =>
        options !== undefined && (!types.includes(options.type ?? '') || !!options.user || !!options.role);
      const own = spec.securityContext?.seLinuxOptions;
      const optionsOf = ({ securityContext }: Unchecked<Container>) => securityContext?.seLinuxOptions;
      const who = culprits(
        badContainers(spec, (container) => isBad(optionsOf(container))),
        isBad(own),
      );
      if (!who) return undefined;
      const all = [own, ...containersOf(spec).map(optionsOf)];
      const badTypes = distinct(all.flatMap((options) => options?.type ?? [])).filter(
        (type) => !types.includes(type),
      );
      const data = [
        ...(badTypes.length > 0 ? [`${plural('type', badTypes.length)} ${quoted(badTypes)}`] : []),
        ...(all.some((options) => options?.user) ? ['user may not be set'] : []),
        ...(all.some((options) => options?.role) ? ['role may not be set'] : []),
      ];
      const detail = `${who} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`;
      return { reason: 'seLinuxOptions', detail };
    },
  },
  { id: 'seccompProfile_baseline', since: 19, find: ({ spec }) => forbiddenSeccomp(spec) },
  {
    id: 'sysctls',
    since: 0,
    find({ spec }, minor) {
      const names = (spec.securityContext?.sysctls ?? [])
        .map(({ name = '' }) => name)
        .filter((name) => !sysctls.has(name) || (sysctls.get(name) ?? 0) > minor);
      return names.length > 0 ? { reason: 'forbidden sysctls', detail: names.join(', ') } : undefined;
    },
  },
  {
    id: 'windowsHostProcess',
    since: 0,
    find({ spec }) {
      const who = culprits(
        badContainers(spec, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true),
        spec.securityContext?.windowsOptions?.hostProcess === true,
      );
      if (!who) return undefined;
      const detail = `${who} must not set securityContext.windowsOptions.hostProcess=true`;
      return { reason: 'hostProcess', detail };
    },
  },
];

/** The baseline control of procMount without what 1.35 relaxed; `restricted` keeps it. */
export function forbiddenProcMount(spec: Parameters<typeof containersOf>[0]) {
  const mountOf = ({ securityContext }: Unchecked<Container>) => securityContext?.procMount;
  const isBad = (mount: string | undefined): mount is string => mount !== undefined && mount !== 'Default';
  const who = culprits(badContainers(spec, (container) => isBad(mountOf(container))));
  if (!who) return undefined;
  const mounts = distinct(containersOf(spec).map(mountOf).filter(isBad));
  return {
    reason: 'procMount',
    detail: `${who} must not set securityContext.procMount to ${quoted(mounts)}`,
  };
}

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';

function isAllowedAppArmor(profile: string): boolean {
  return profile === '' || profile === 'runtime/default' || profile.startsWith('localhost/');
}

const defaultCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

type SeLinuxOptions = { readonly type?: string; readonly user?: string; readonly role?: string } | undefined;
const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

/** Sysctls that do no harm to others, with the 1.x version since which they count as such. */
const sysctls = new Map([
  ['kernel.shm_rmid_forced', 0],
  ['net.ipv4.ip_local_port_range', 0],
  ['net.ipv4.tcp_syncookies', 0],
  ['net.ipv4.ping_group_range', 0],
  ['net.ipv4.ip_unprivileged_port_start', 0],
  ['net.ipv4.ip_local_reserved_ports', 27],
  ['net.ipv4.tcp_keepalive_time', 29],
  ['net.ipv4.tcp_fin_timeout', 29],
  ['net.ipv4.tcp_keepalive_intvl', 29],
  ['net.ipv4.tcp_keepalive_probes', 29],
  ['net.ipv4.tcp_rmem', 32],
  ['net.ipv4.tcp_wmem', 32],
]);

function hostsOf({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Unchecked<Container>): string[] {
  const actions: (Unchecked<Probe> | NonNullable<Unchecked<Lifecycle>['postStart']> | undefined)[] = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ];
  return actions
    .flatMap((action) => [action?.httpGet?.host ?? '', action?.tcpSocket?.host ?? ''])
    .filter(Boolean);
}
