import type { ApiError } from '@shared/api/status.ts';
import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { ingressKind } from '@shared/kinds/networking/ingress/kind.ts';
import { ingressClassKind } from '@shared/kinds/networking/ingress-class/kind.ts';
import { runtimeClassKind } from '@shared/kinds/node/runtime-class/kind.ts';
import { priorityClassKind } from '@shared/kinds/scheduling/priority-class/kind.ts';
import { storageClassKind } from '@shared/kinds/storage/storage-class/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const namespace = 'default';
const pod = (name: string, spec: object = {}) => ({
  metadata: { name, namespace },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});
const createPod = (name: string, spec: object = {}) => cluster.client.create(podKind, pod(name, spec));

async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => expect.unreachable('the call succeeded'),
    (error: ApiError) => error.status.message ?? '',
  );
}

test('a pod has the priority of its class, or of the default class, or none', async () => {
  const { client } = cluster;
  expect((await createPod('plain')).spec).toMatchObject({
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  await client.create(priorityClassKind, {
    metadata: { name: 'high' },
    value: 1000,
    preemptionPolicy: 'Never',
  });
  await client.create(priorityClassKind, { metadata: { name: 'usual' }, value: 7, globalDefault: true });
  expect((await createPod('unnamed')).spec).toMatchObject({ priority: 7, priorityClassName: 'usual' });
  expect((await createPod('named', { priorityClassName: 'high' })).spec).toMatchObject({
    priority: 1000,
    preemptionPolicy: 'Never',
  });
  expect(await refusal(createPod('a', { priorityClassName: 'none' }))).toBe(
    'pods "a" is forbidden: no PriorityClass with name none was found',
  );
  expect(await refusal(createPod('a', { priorityClassName: 'high', priority: 5 }))).toBe(
    'pods "a" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name',
  );
  const second = { metadata: { name: 'second' }, value: 9, globalDefault: true };
  expect(await refusal(client.create(priorityClassKind, second))).toBe(
    'priorityclasses.scheduling.k8s.io "second" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
  );
});

test("a pod takes over its runtime class's overhead and scheduling, and must not contradict them", async () => {
  await cluster.client.create(runtimeClassKind, {
    metadata: { name: 'sandboxed' },
    handler: 'runsc',
    overhead: { podFixed: { cpu: '100m' } },
    scheduling: { nodeSelector: { runtime: 'gvisor' }, tolerations: [{ key: 'gvisor', operator: 'Exists' }] },
  });
  const runtimeClassName = 'sandboxed';
  expect((await createPod('a', { runtimeClassName })).spec).toMatchObject({
    overhead: { cpu: '100m' },
    nodeSelector: { runtime: 'gvisor' },
    tolerations: expect.arrayContaining([{ key: 'gvisor', operator: 'Exists' }]),
  });
  expect(await refusal(createPod('b', { runtimeClassName: 'none' }))).toBe(
    'pods "b" is forbidden: pod rejected: RuntimeClass "none" not found',
  );
  expect(await refusal(createPod('b', { runtimeClassName, overhead: { cpu: '1' } }))).toBe(
    "pods \"b\" is forbidden: pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
  );
  expect(await refusal(createPod('b', { runtimeClassName, nodeSelector: { runtime: 'x' } }))).toBe(
    'pods "b" is forbidden: pod rejected: conflict: runtimeClass.scheduling.nodeSelector[runtime] = gvisor; pod.spec.nodeSelector[runtime] = x',
  );
});

test('claims and ingresses that name no class get the default one', async () => {
  const { client } = cluster;
  const claim = (name: string, spec: object = {}) =>
    client.create(persistentVolumeClaimKind, {
      metadata: { name, namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
    });
  const ingress = (name: string) =>
    client.create(ingressKind, {
      metadata: { name, namespace },
      spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
    });
  expect((await claim('before')).spec?.storageClassName).toBeUndefined();
  expect((await ingress('before')).spec?.ingressClassName).toBeUndefined();
  await client.create(storageClassKind, {
    metadata: { name: 'fast', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'example.com/disk',
  });
  await client.create(ingressClassKind, {
    metadata: { name: 'web', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
    spec: { controller: 'example.com/web' },
  });
  expect((await claim('after')).spec?.storageClassName).toBe('fast');
  expect((await claim('none', { storageClassName: '' })).spec?.storageClassName).toBe('');
  expect((await ingress('after')).spec?.ingressClassName).toBe('web');
});

test('a claim grows only when it is bound and its class lets volumes grow', async () => {
  const { client } = cluster;
  await client.create(storageClassKind, { metadata: { name: 'fixed' }, provisioner: 'example.com/disk' });
  await client.create(storageClassKind, {
    metadata: { name: 'elastic' },
    provisioner: 'example.com/disk',
    allowVolumeExpansion: true,
  });
  const grow = async (name: string, storageClassName: string) => {
    const spec = { accessModes: ['ReadWriteOnce'], storageClassName };
    const claim = await client.create(persistentVolumeClaimKind, {
      metadata: { name, namespace },
      spec: { ...spec, volumeName: 'v', resources: { requests: { storage: '1Gi' } } },
    });
    const bound = await client.updateStatus(persistentVolumeClaimKind, {
      ...claim,
      status: { phase: 'Bound' },
    });
    const resources = { requests: { storage: '2Gi' } };
    return client.update(persistentVolumeClaimKind, { ...bound, spec: { ...bound.spec, resources } });
  };
  expect((await grow('a', 'elastic')).spec?.resources?.requests).toEqual({ storage: '2Gi' });
  expect(await refusal(grow('b', 'fixed'))).toBe(
    'persistentvolumeclaims "b" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  );
});
