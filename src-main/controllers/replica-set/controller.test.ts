import { replicaSetKind } from '@shared/kinds/apps/replica-set/kind.ts';
import { eventKind } from '@shared/kinds/core/event/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { replicationControllerKind as controllerKind } from '@shared/kinds/core/replication-controller/kind.ts';
import type { Pod, ReplicaSet } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, startWorld, type World } from '../../testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

function replicaSet(replicas: number): ReplicaSet {
  return {
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'nginx' }] },
      },
    },
  };
}

const settled = (replicas: number) =>
  eventually(world.client, replicaSetKind, {
    until: ([set]) =>
      set?.status?.replicas === replicas && set.status.observedGeneration === set.metadata?.generation,
  });

const pods = async () => (await world.client.list(podKind, { namespace: 'default' })).items;

test('creates exactly the wanted number of pods, owned by the replica set', async () => {
  await world.client.create(replicaSetKind, replicaSet(20));
  await settled(20);
  const created = await pods();
  expect(created).toHaveLength(20);
  expect(created[0]?.metadata).toMatchObject({
    generateName: 'web-',
    labels: { app: 'web' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', controller: true }],
  });
  const counts = await eventually(world.client, eventKind, {
    until: (events) => {
      const created = events.filter(({ reason }) => reason === 'SuccessfulCreate');
      const total = created.reduce((sum, { count = 0 }) => sum + count, 0);
      return (
        total === 20 && created.map(({ message = '', count }) => `${message.split(':')[0]} ${count}`).sort()
      );
    },
  });
  // Ten alike stand alone, the rest are told as one.
  expect(counts).toEqual(['(combined from similar events) 10', ...Array(10).fill('Created pod 1')]);
});

test('scales down and replaces a pod that was deleted', async () => {
  await world.client.create(replicaSetKind, replicaSet(5));
  await settled(5);
  await world.client.patch(
    replicaSetKind,
    { namespace: 'default', name: 'web' },
    { type: 'merge', body: { spec: { replicas: 2 } } },
  );
  await settled(2);
  const before = await pods();
  expect(before).toHaveLength(2);
  const name = before[0]?.metadata?.name ?? '';
  await world.client.delete(podKind, { namespace: 'default', name });
  await eventually(world.client, podKind, {
    namespace: 'default',
    until: (now) => now.length === 2 && now.every(({ metadata }) => metadata?.name !== name),
  });
});

test('adopts a matching pod nobody owns, and releases one whose labels no longer match', async () => {
  const orphan: Pod = {
    metadata: { name: 'orphan', namespace: 'default', labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'nginx' }] },
  };
  await world.client.create(podKind, orphan);
  await world.client.create(replicaSetKind, replicaSet(2));
  await settled(2);
  expect((await pods()).map(({ metadata }) => metadata?.name)).toContain('orphan');
  const ref = { namespace: 'default', name: 'orphan' };
  await world.client.patch(podKind, ref, { type: 'merge', body: { metadata: { labels: { app: 'other' } } } });
  await eventually(world.client, podKind, {
    namespace: 'default',
    until: (now) => {
      const released = now.find(({ metadata }) => metadata?.name === 'orphan');
      return now.length === 3 && released?.metadata?.ownerReferences === undefined;
    },
  });
});

test('a replication controller keeps pods like a replica set, adopts, scales, and lets go of them when it goes', async () => {
  const { client } = world;
  const ref = { namespace: 'default', name: 'old' };
  const template = {
    metadata: { labels: { app: 'old' } },
    spec: { containers: [{ name: 'web', image: 'nginx' }] },
  };
  await client.create(podKind, {
    metadata: { ...ref, name: 'orphan', labels: { app: 'old' } },
    spec: template.spec,
  });
  await client.create(controllerKind, { metadata: ref, spec: { replicas: 3, template } });
  const counted = (replicas: number) =>
    eventually(client, controllerKind, { until: ([rc]) => rc?.status?.replicas === replicas && rc.status });
  expect(await counted(3)).toEqual({
    replicas: 3,
    fullyLabeledReplicas: 3,
    readyReplicas: 0,
    availableReplicas: 0,
    observedGeneration: 1,
  });
  const owned = await pods();
  expect(owned.map(({ metadata }) => metadata?.name)).toContain('orphan');
  expect(owned.map(({ metadata }) => metadata?.ownerReferences?.[0])).toEqual(
    Array(3).fill(expect.objectContaining({ apiVersion: 'v1', kind: 'ReplicationController', name: 'old' })),
  );
  await client.patch(controllerKind, ref, { type: 'merge', body: { spec: { replicas: 1 } } });
  await counted(1);
  await client.delete(controllerKind, ref, { propagationPolicy: 'Orphan' });
  await eventually(client, podKind, {
    namespace: 'default',
    until: ([pod, ...rest]) => rest.length === 0 && pod !== undefined && !pod.metadata?.ownerReferences,
  });
});

test('reports a refused create in status and events, and goes on when the reason is gone', async () => {
  const broken = replicaSet(1);
  const template = broken.spec?.template;
  if (!template?.spec) throw new Error('no template');
  template.spec.serviceAccountName = 'missing';
  await world.client.create(replicaSetKind, broken);
  const failure = await eventually(world.client, replicaSetKind, {
    until: ([set]) => set?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure'),
  });
  expect(failure).toMatchObject({ status: 'True', reason: 'FailedCreate' });
  expect(await pods()).toEqual([]);
});
