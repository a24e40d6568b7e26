import { resourceClaimKind } from '@shared/kinds/resource/resource-claim/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { createQuota, namespace, outcome, usedOf } from './quotas.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const createClaim = (name: string, ...requests: object[]) =>
  outcome(
    cluster.client.create(resourceClaimKind, {
      metadata: { name, namespace },
      spec: { devices: { requests: requests.map((request, i) => ({ name: `r${i}`, ...request })) } },
    } as never),
  );

const gpus = 'gpu.deviceclass.resource.k8s.io/devices';
const exactly = (deviceClassName: string, more: object = {}) => ({ exactly: { deviceClassName, ...more } });

test('devices of a class are counted over all claims', async () => {
  await createQuota(cluster, 'q', { hard: { [gpus]: '4', 'count/resourceclaims.resource.k8s.io': '9' } });
  expect(await createClaim('a', exactly('gpu'), exactly('gpu', { count: 2 }), exactly('nic'))).toBe(
    'allowed',
  );
  expect(await usedOf(cluster, 'q')).toEqual({ 'count/resourceclaims.resource.k8s.io': '1', [gpus]: '3' });
  expect(await createClaim('b', exactly('gpu', { count: 2 }))).toBe(
    `resourceclaims.resource.k8s.io "b" is forbidden: exceeded quota: q, requested: ${gpus}=2, used: ${gpus}=3, limited: ${gpus}=4`,
  );
  expect(await createClaim('c', exactly('nic', { count: 9 }))).toBe('allowed');
});

test('of alternatives the most counts, and all devices are as many as a claim can get', async () => {
  const nics = 'nic.deviceclass.resource.k8s.io/devices';
  await createQuota(cluster, 'q', { hard: { [gpus]: '40', [nics]: '40' } });
  const alternative = (name: string, deviceClassName: string, count: number) => ({
    name,
    deviceClassName,
    count,
  });
  const firstAvailable = [alternative('x', 'gpu', 1), alternative('y', 'gpu', 3), alternative('z', 'nic', 2)];
  await createClaim('a', { firstAvailable });
  expect(await usedOf(cluster, 'q')).toEqual({ [gpus]: '3', [nics]: '2' });
  await createClaim('b', exactly('gpu', { allocationMode: 'All' }));
  expect(await usedOf(cluster, 'q')).toEqual({ [gpus]: '35', [nics]: '2' });
});
