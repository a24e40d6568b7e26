import type { PodSpec } from '@shared/kinds/wire.ts';
import { expect, test } from 'vitest';
import { noPodSecurity, policyOf } from './policy.ts';
import { container, hardened, judge } from './standards.test-fixture.ts';
import { standardName } from './standards.ts';

test.each<[string, Partial<PodSpec>, string]>([
  ['nothing special', {}, ''],
  [
    'host namespaces',
    { hostNetwork: true, hostPID: true },
    'host namespaces (hostNetwork=true, hostPID=true)',
  ],
  [
    'a privileged container',
    container({ privileged: true }),
    'privileged (container "c" must not set securityContext.privileged=true)',
  ],
  [
    'capabilities',
    container({ capabilities: { add: ['NET_ADMIN', 'CHOWN'] } }),
    'non-default capabilities (container "c" must not include "NET_ADMIN" in securityContext.capabilities.add)',
  ],
  [
    'host paths',
    {
      volumes: [
        { name: 'v', hostPath: { path: '/' } },
        { name: 'w', hostPath: { path: '/' } },
      ],
    },
    'hostPath volumes (volumes "v", "w")',
  ],
  [
    'host ports',
    {
      containers: [
        {
          name: 'c',
          ports: [
            { containerPort: 1, hostPort: 80 },
            { containerPort: 2, hostPort: 81 },
          ],
        },
      ],
    },
    'hostPort (container "c" uses hostPorts 80, 81)',
  ],
  [
    'a probed host',
    { containers: [{ name: 'c', livenessProbe: { httpGet: { host: 'x', port: 1 } } }] },
    'probe or lifecycle host (container "c" uses probe or lifecycle host "x")',
  ],
  [
    'a bare /proc',
    container({ procMount: 'Unmasked' }),
    'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
  ],
  [
    'SELinux options',
    container({ seLinuxOptions: { type: 'spc_t', user: 'u' } }),
    'seLinuxOptions (container "c" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
  ],
  [
    'no seccomp',
    { securityContext: { seccompProfile: { type: 'Unconfined' } } },
    'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    'sysctls',
    {
      securityContext: {
        sysctls: [
          { name: 'kernel.msgmax', value: '1' },
          { name: 'net.ipv4.tcp_rmem', value: '1' },
        ],
      },
    },
    'forbidden sysctls (kernel.msgmax)',
  ],
  [
    'no AppArmor',
    { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
    'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
  ],
  [
    'a Windows host process',
    { securityContext: { windowsOptions: { hostProcess: true } } },
    'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
  ],
])('the baseline finds %s', (_what, spec, detail) => {
  expect(judge('baseline', spec)).toBe(detail);
  expect(judge('privileged', spec)).toBe('');
});

test('restricted names everything an ordinary pod lacks, in the order Kubernetes does', () => {
  expect(judge('restricted', {})).toBe(
    'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  );
  expect(judge('restricted', hardened)).toBe('');
});

test('restricted replaces the looser control of the baseline', () => {
  const volumes = [
    { name: 'v', hostPath: { path: '/' } },
    { name: 'n', nfs: { server: 's', path: '/' } },
  ];
  expect(judge('restricted', { ...hardened, volumes })).toBe(
    'restricted volume types (volumes "v", "n" use restricted volume types "hostPath", "nfs")',
  );
});

test('a version asks for what its standards knew', () => {
  expect(
    judge('restricted', { ...hardened, ...container({ allowPrivilegeEscalation: false }) }, { minor: 21 }),
  ).toBe('');
  const sysctls = { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '1' }] } };
  expect(judge('baseline', sysctls, { minor: 31 })).toBe('forbidden sysctls (net.ipv4.tcp_rmem)');
});

test('ephemeral and init containers count, also the annotations of old', () => {
  const initContainers = [{ name: 'init', securityContext: { privileged: true } }];
  const ephemeralContainers = [{ name: 'debug', securityContext: { privileged: true } }];
  expect(judge('baseline', { initContainers, ephemeralContainers })).toBe(
    'privileged (containers "init", "debug" must not set securityContext.privileged=true)',
  );
  const annotations = { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' };
  expect(judge('baseline', {}, { annotations })).toBe(
    'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/c=\\"unconfined\\"")',
  );
});

test('labels make a policy; what cannot be read is told and taken seriously only where it is enforced', () => {
  const read = (labels: Record<string, string>) => {
    const prefixed = Object.entries(labels).map(([key, value]) => [
      `pod-security.kubernetes.io/${key}`,
      value,
    ]);
    const { policy, errors } = policyOf(Object.fromEntries(prefixed), noPodSecurity.defaults);
    const { enforce, audit, warn } = policy;
    return [[enforce, audit, warn].map(standardName).join(' '), ...errors.map(({ message }) => message)];
  };
  expect(read({})).toEqual(['privileged:latest privileged:latest privileged:latest']);
  expect(read({ enforce: 'baseline', 'enforce-version': 'v1.30' })).toEqual([
    'baseline:v1.30 privileged:latest baseline:v1.30',
  ]);
  expect(read({ enforce: 'baseline', warn: 'privileged' })).toEqual([
    'baseline:latest privileged:latest privileged:latest',
  ]);
  expect(read({ enforce: 'high', warn: 'low', 'audit-version': '1.2' })).toEqual([
    'restricted:latest privileged:latest privileged:latest',
    'Invalid value: "high": must be one of privileged, baseline, restricted',
    'Invalid value: "1.2": must be "latest" or "v1.x"',
    'Invalid value: "low": must be one of privileged, baseline, restricted',
  ]);
});
