import type { ReadonlyPod } from './spec.ts';

/** Those that Kubernetes calls safe: they stay within the pod and harm nobody else on the node. */
const safe: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

/** Why a pod may not run here: it sets a sysctl that is not safe; undefined: it does not. */
export function forbiddenSysctl({ spec }: ReadonlyPod): string | undefined {
  const names = (spec?.securityContext?.sysctls ?? []).map(({ name }) => name.replaceAll('/', '.'));
  const unsafe = names.find((name) => !safe.has(name));
  return unsafe === undefined ? undefined : `forbidden sysctl: ${JSON.stringify(unsafe)} not allowlisted`;
}
