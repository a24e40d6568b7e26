import type { PodSpec } from '@shared/kinds/wire.ts';
import { expect, test } from 'vitest';
import { container, hardened, judge } from './standards.test-fixture.ts';

/** The first version of the standards that finds fault with a pod, or none any more, from 1.20 on; none: undefined. */
function changesAt(spec: Partial<PodSpec>): number | undefined {
  const verdicts = Array.from({ length: 17 }, (_, i) => judge('baseline', spec, { minor: 20 + i }) === '');
  const index = verdicts.findIndex((verdict) => verdict !== verdicts[0]);
  return index < 0 ? undefined : 20 + index;
}

const sysctl = (name: string) => ({ securityContext: { sysctls: [{ name, value: '1' }] } });
const probed = (probe: object): Partial<PodSpec> => ({ containers: [{ name: 'c', image: 'i', ...probe }] });

test('controls come and go with the versions that Kubernetes names', () => {
  expect({
    'container_engine_t of SELinux': changesAt(container({ seLinuxOptions: { type: 'container_engine_t' } })),
    ip_local_reserved_ports: changesAt(sysctl('net.ipv4.ip_local_reserved_ports')),
    tcp_keepalive_time: changesAt(sysctl('net.ipv4.tcp_keepalive_time')),
    tcp_fin_timeout: changesAt(sysctl('net.ipv4.tcp_fin_timeout')),
    tcp_wmem: changesAt(sysctl('net.ipv4.tcp_wmem')),
    'a host to probe': changesAt(probed({ readinessProbe: { tcpSocket: { host: 'x', port: 1 } } })),
    'a host for a hook': changesAt(probed({ lifecycle: { preStop: { httpGet: { host: 'x', port: 1 } } } })),
    'always allowed': changesAt(sysctl('net.ipv4.tcp_syncookies')),
    'never allowed': changesAt({ hostNetwork: true }),
  }).toEqual({
    'container_engine_t of SELinux': 31,
    ip_local_reserved_ports: 27,
    tcp_keepalive_time: 29,
    tcp_fin_timeout: 29,
    tcp_wmem: 32,
    'a host to probe': 34,
    'a host for a hook': 34,
    'always allowed': undefined,
    'never allowed': undefined,
  });
});

test('a probe of the container itself is no probe of a host', () => {
  expect(judge('baseline', probed({ startupProbe: { httpGet: { port: 1 } } }))).toBe('');
  expect(judge('baseline', probed({ livenessProbe: { httpGet: { host: '', port: 1 } } }))).toBe('');
});

test('volumes of restricted pods: what Kubernetes itself fills, and images', () => {
  const sources = {
    configMap: { name: 'x' },
    csi: { driver: 'd' },
    downwardAPI: {},
    emptyDir: {},
    ephemeral: {},
    image: { reference: 'i' },
    persistentVolumeClaim: { claimName: 'x' },
    projected: { sources: [] },
    secret: { secretName: 'x' },
  };
  const volumes = Object.entries(sources).map(([name, source]) => ({ name, [name]: source }));
  expect(judge('restricted', { ...hardened, volumes } as Partial<PodSpec>)).toBe('');
  const gitRepo = { name: 'g', gitRepo: { repository: 'r' } };
  expect(judge('restricted', { ...hardened, volumes: [gitRepo] })).toBe(
    'restricted volume types (volume "g" uses restricted volume type "gitRepo")',
  );
});
