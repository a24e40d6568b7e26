import type { ApiError } from '@shared/api/status.ts';
import { limitRangeKind } from '@shared/kinds/core/limit-range/kind.ts';
import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { LimitRange, ResourceRequirements } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const namespace = 'default';

const limit = (...limits: NonNullable<LimitRange['spec']>['limits']) =>
  cluster.client.create(limitRangeKind, { metadata: { name: 'limits', namespace }, spec: { limits } });

const createPod = (...resources: ResourceRequirements[]) =>
  cluster.client.create(podKind, {
    metadata: { name: 'a', namespace },
    spec: { containers: resources.map((each, i) => ({ name: `c${i}`, image: 'i', resources: each })) },
  });

async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => expect.unreachable('the call succeeded'),
    (error: ApiError) => error.status.message ?? '',
  );
}

test('containers that ask for nothing get the defaults, and an annotation says so', async () => {
  await limit({
    type: 'Container',
    default: { cpu: '300m', memory: '200Mi' },
    defaultRequest: { cpu: '200m' },
    max: { cpu: '1' },
  });
  const pod = await createPod({}, { requests: { cpu: '100m' }, limits: { cpu: '500m' } });
  expect(pod.spec?.containers.map(({ resources }) => resources)).toEqual([
    { requests: { cpu: '200m', memory: '200Mi' }, limits: { cpu: '300m', memory: '200Mi' } },
    { requests: { cpu: '100m', memory: '200Mi' }, limits: { cpu: '500m', memory: '200Mi' } },
  ]);
  expect(pod.metadata?.annotations).toEqual({
    'kubernetes.io/limit-ranger':
      'LimitRanger plugin set: cpu, memory request for container c0; cpu, memory limit for container c0; memory request for container c1; memory limit for container c1',
  });
});

test('every violation of a container is named', async () => {
  await limit({
    type: 'Container',
    min: { cpu: '100m', memory: '6Mi' },
    max: { cpu: '1' },
    default: { cpu: '1' },
    defaultRequest: { cpu: '1', memory: '7Mi' },
    maxLimitRequestRatio: { cpu: '2' },
  });
  expect(await refusal(createPod({ requests: { cpu: '50m', memory: '1Mi' }, limits: { cpu: '2' } }))).toBe(
    'pods "a" is forbidden: [minimum cpu usage per Container is 100m, but request is 50m, minimum memory usage per Container is 6Mi, but request is 1Mi, maximum cpu usage per Container is 1, but limit is 2, cpu max limit to request ratio per Container is 2, but provided ratio is 40.000000]',
  );
});

test("a pod's containers count together, beside the largest init container", async () => {
  await limit({ type: 'Pod', max: { cpu: '1' } });
  expect(await refusal(createPod({ limits: { cpu: '600m' } }, { limits: { cpu: '500m' } }))).toBe(
    'pods "a" is forbidden: maximum cpu usage per Pod is 1, but limit is 1100m',
  );
  expect(await refusal(createPod({}, {}))).toBe(
    'pods "a" is forbidden: maximum cpu usage per Pod is 1.  No limit is specified',
  );
  const pod = await createPod({ limits: { cpu: '600m' } }, { limits: { cpu: '400m' } }, {});
  expect(pod.metadata?.name).toBe('a');
});

test('claims keep within the sizes of their namespace', async () => {
  await limit({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } });
  const claim = (name: string, storage: string) =>
    cluster.client.create(persistentVolumeClaimKind, {
      metadata: { name, namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
    });
  expect(await refusal(claim('small', '1Mi'))).toBe(
    'persistentvolumeclaims "small" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
  );
  expect(await refusal(claim('large', '3Gi'))).toBe(
    'persistentvolumeclaims "large" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
  );
  expect((await claim('right', '2Gi')).metadata?.name).toBe('right');
});
