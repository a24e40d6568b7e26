import { isReason } from '@shared/api/status.ts';
import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { podDisruptionBudgetKind } from '@shared/kinds/policy/pod-disruption-budget/kind.ts';
import type { PodDisruptionBudget } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, startWorld, type World } from '../../testing/world.ts';
import { deploymentController } from '../deployment/controller.ts';
import { replicaController } from '../replica-set/controller.ts';
import { replicaSets } from '../replica-set/replicated.ts';
import { disruptionController } from './controller.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld({
    controllers: [disruptionController, deploymentController, replicaController(replicaSets)],
  });
});

afterEach(() => world.close());

const namespace = 'default';
const labels = { app: 'web' };

/** A deployment whose pods are all ready, by name. */
async function readyPods(replicas: number): Promise<string[]> {
  const { client } = world;
  await client.create(deploymentKind, {
    metadata: { name: 'web', namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  });
  const pods = await eventually(client, podKind, { until: (all) => all.length === replicas && all });
  for (const pod of pods) {
    const conditions = [{ type: 'Ready', status: 'True' }];
    await client.updateStatus(podKind, { ...pod, status: { phase: 'Running', conditions } });
  }
  return pods.map(({ metadata }) => metadata?.name ?? '');
}

const budget = (spec: Partial<NonNullable<PodDisruptionBudget['spec']>>) =>
  world.client.create(podDisruptionBudgetKind, {
    metadata: { name: 'b', namespace },
    spec: { selector: { matchLabels: labels }, ...spec },
  });

const untilAllowed = (allowed: number) =>
  eventually(world.client, podDisruptionBudgetKind, {
    until: ([found]) =>
      found?.status?.disruptionsAllowed === allowed && found.status.observedGeneration !== undefined && found,
  });

const evict = (name: string) =>
  world.client.post(podKind, { namespace, name }, 'eviction', { metadata: { name, namespace } });

test('a budget lets go what it can spare and no more, and again once pods are ready in their place', async () => {
  const [first = '', second = '', third = ''] = await readyPods(4);
  await budget({ maxUnavailable: '50%' });
  const counted = await untilAllowed(2);
  expect(counted.status).toMatchObject({
    expectedPods: 4,
    desiredHealthy: 2,
    currentHealthy: 4,
    conditions: [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }],
  });
  await evict(first);
  await evict(second);
  await expect(evict(third)).rejects.toSatisfy((error) => isReason(error, 'TooManyRequests'));
  const present = await untilAllowed(0);
  expect(present.status?.currentHealthy).toBe(2);
});

test('a number of pods that must stay needs no controller above them', async () => {
  const conditions = [{ type: 'Ready', status: 'True' }];
  for (const name of ['a', 'b']) {
    const pod = await world.client.create(podKind, {
      metadata: { name, namespace, labels },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
    await world.client.updateStatus(podKind, { ...pod, status: { phase: 'Running', conditions } });
  }
  await budget({ minAvailable: 1 });
  expect((await untilAllowed(1)).status).toMatchObject({
    expectedPods: 2,
    desiredHealthy: 1,
    currentHealthy: 2,
  });
});

test('a share of pods that nobody wants a number of allows nothing and says why', async () => {
  await world.client.create(podKind, {
    metadata: { name: 'a', namespace, labels },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  await budget({ minAvailable: '50%' });
  const found = await eventually(world.client, podDisruptionBudgetKind, {
    until: ([each]) => each?.status?.conditions?.[0]?.reason === 'SyncFailed' && each,
  });
  expect(found.status?.disruptionsAllowed).toBe(0);
});
