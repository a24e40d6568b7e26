import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { createManualClock, type ManualClock } from '../../../testing/manual-clock.ts';
import { createPod, createQuota, namespace, outcome, usedOf } from './quotas.test-fixture.ts';

let cluster: TestCluster;
let clock: ManualClock;

beforeEach(async () => {
  clock = createManualClock();
  cluster = await startTestCluster({ https: false, clock });
});

afterEach(() => cluster.close());

test('a pod that should be gone is counted no longer, though it is an object still', async () => {
  await createPod(cluster, 'lost', { nodeName: 'n' });
  await cluster.client.delete(podKind, { namespace, name: 'lost' }, { gracePeriodSeconds: 30 });
  const hard = { pods: '1', 'count/pods': '9' };
  await createQuota(cluster, 'early', { hard });
  expect(await outcome(createPod(cluster, 'next'))).toContain('exceeded quota: early, requested: pods=1');
  clock.advance(61_000);
  expect(await outcome(createPod(cluster, 'next'))).toBe('allowed');
  expect(await usedOf(cluster, 'early')).toEqual({ 'count/pods': '2', pods: '1' });
});
