import type { PodSpec } from '@shared/kinds/wire.ts';
import { expect, test } from 'vitest';
import { container, hardened, hardenedContainer, judge } from './standards.test-fixture.ts';

const ofPod = (securityContext: NonNullable<PodSpec['securityContext']>): Partial<PodSpec> => ({
  ...hardened,
  securityContext: { ...hardened.securityContext, ...securityContext },
});

test('nobody runs as the user 0, since 1.23', () => {
  expect(judge('restricted', ofPod({ runAsUser: 0 }))).toBe('runAsUser=0 (pod must not set runAsUser=0)');
  expect(judge('restricted', hardenedContainer({ runAsUser: 0 }))).toBe(
    'runAsUser=0 (container "c" must not set runAsUser=0)',
  );
  expect(judge('restricted', ofPod({ runAsUser: 1000 }))).toBe('');
  expect(judge('restricted', ofPod({ runAsUser: 0 }), { minor: 22 })).toBe('');
});

test('what the pod says of root does not help a container that says otherwise', () => {
  expect(judge('restricted', hardenedContainer({ runAsNonRoot: false }))).toBe(
    'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)',
  );
  const silentPod = { ...hardenedContainer({ runAsNonRoot: true }) };
  const securityContext = { seccompProfile: { type: 'RuntimeDefault' } };
  expect(judge('restricted', { ...silentPod, securityContext })).toBe('');
});

test('capabilities: all dropped, and only one that may be added', () => {
  const drop = ['ALL'];
  expect(judge('restricted', hardenedContainer({ capabilities: { drop, add: ['NET_BIND_SERVICE'] } }))).toBe(
    '',
  );
  expect(judge('restricted', hardenedContainer({ capabilities: { drop, add: ['CHOWN'] } }))).toBe(
    'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)',
  );
});

test('Windows pods are not asked for what Windows does not know, since 1.25', () => {
  const windows: Partial<PodSpec> = {
    ...container({}),
    os: { name: 'windows' },
    securityContext: { runAsNonRoot: true },
  };
  expect(judge('restricted', windows)).toBe('');
  expect(judge('restricted', windows, { minor: 24 })).toContain('allowPrivilegeEscalation != false');
  expect(judge('restricted', { ...windows, os: { name: 'linux' } })).toContain('unrestricted capabilities');
  expect(judge('restricted', { ...windows, securityContext: {} })).toContain('runAsNonRoot != true');
});

test('with users of its own a pod may be root inside, since 1.35, but not lay bare /proc', () => {
  const root = { ...hardenedContainer({ runAsUser: 0, runAsNonRoot: false }), hostUsers: false };
  expect(judge('restricted', root)).toBe('');
  expect(judge('restricted', root, { minor: 34 })).toContain('runAsNonRoot != true');
  expect(judge('restricted', { ...root, hostUsers: true })).toContain('runAsUser=0');
  const bare = { ...hardenedContainer({ procMount: 'Unmasked' }), hostUsers: false };
  expect(judge('restricted', bare)).toBe(
    'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
  );
  expect(judge('baseline', bare)).toBe('');
  expect(judge('baseline', bare, { minor: 34 })).toContain('procMount');
  expect(judge('baseline', { ...bare, hostUsers: true })).toContain('procMount');
});

test('each container is asked, init and ephemeral ones too', () => {
  const more = { name: 'x', image: 'i', securityContext: { allowPrivilegeEscalation: true } };
  const text = (spec: Partial<PodSpec>) => judge('restricted', { ...hardened, ...spec }, { minor: 8 });
  const found =
    'allowPrivilegeEscalation != false (container "x" must set securityContext.allowPrivilegeEscalation=false)';
  expect([text({ initContainers: [more] }), text({ ephemeralContainers: [more] })]).toEqual([found, found]);
});
