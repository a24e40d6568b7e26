import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { replicaSetKind } from '@shared/kinds/apps/replica-set/kind.ts';
import { eventKind } from '@shared/kinds/core/event/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Deployment } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeKubelet, startFakeKubelet } from '../../testing/fake-kubelet.ts';
import { eventually, startWorld, type World } from '../../testing/world.ts';

let world: World;
let kubelet: FakeKubelet;
beforeEach(async () => {
  world = await startWorld();
  kubelet = startFakeKubelet(world.client, {
    becomesReady: ({ spec }) => spec?.containers[0]?.image !== 'broken',
  });
});
afterEach(async () => {
  await kubelet.stop();
  await world.close();
});

const ref = { namespace: 'default', name: 'web' };

function deployment(spec: Partial<NonNullable<Deployment['spec']>> = {}): Deployment {
  return {
    metadata: ref,
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'one' }] },
      },
      ...spec,
    },
  };
}

const change = (spec: unknown) =>
  world.client.patch(deploymentKind, ref, { type: 'strategic', body: { spec } });
const setImage = (image: string) => change({ template: { spec: { containers: [{ name: 'web', image }] } } });

/** What `kubectl rollout status` waits for. */
const rolledOut = () =>
  eventually(world.client, deploymentKind, {
    until: ([found]) => {
      const { status, spec, metadata } = found ?? {};
      const {
        updatedReplicas = 0,
        replicas = 0,
        availableReplicas = 0,
        observedGeneration = 0,
      } = status ?? {};
      const isDone =
        updatedReplicas === spec?.replicas &&
        replicas === updatedReplicas &&
        availableReplicas === updatedReplicas;
      return isDone && observedGeneration >= (metadata?.generation ?? 0) && found;
    },
  });

const sizes = async () => {
  const { items } = await world.client.list(replicaSetKind, { namespace: 'default' });
  return Object.fromEntries(
    items.map(({ spec }) => [spec?.template?.spec?.containers[0]?.image, spec?.replicas]),
  );
};

test('creates one replica set and its pods, and reports completion', async () => {
  await world.client.create(deploymentKind, deployment());
  const done = await rolledOut();
  expect(done.metadata?.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
  expect(await sizes()).toEqual({ one: 3 });
  const { items } = await world.client.list(podKind, { namespace: 'default' });
  expect(items.map(({ spec }) => spec?.containers[0]?.image)).toEqual(['one', 'one', 'one']);
  await eventually(world.client, deploymentKind, {
    until: ([found]) => found?.status?.conditions?.some(({ reason }) => reason === 'NewReplicaSetAvailable'),
  });
});

test('rolls a new image out and back again, with revisions and events', async () => {
  await world.client.create(deploymentKind, deployment());
  await rolledOut();
  await setImage('two');
  await rolledOut();
  expect(await sizes()).toEqual({ one: 0, two: 3 });
  await setImage('one');
  const done = await rolledOut();
  expect(done.metadata?.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
  expect(await sizes()).toEqual({ one: 3, two: 0 });
  const { items } = await world.client.list(replicaSetKind, { namespace: 'default' });
  const first = items.find(({ spec }) => spec?.template?.spec?.containers[0]?.image === 'one');
  await eventually(world.client, eventKind, {
    until: (events) =>
      events.some(
        ({ reason, message, involvedObject }) =>
          reason === 'ScalingReplicaSet' &&
          message === `Scaled up replica set ${first?.metadata?.name} from 0 to 3` &&
          involvedObject.kind === 'Deployment',
      ),
  });
});

test('a broken image leaves the old pods serving', async () => {
  await world.client.create(deploymentKind, deployment());
  await rolledOut();
  await setImage('broken');
  await eventually(world.client, deploymentKind, {
    until: ([found]) => found?.status?.updatedReplicas === 1 && found.status.unavailableReplicas === 1,
  });
  expect(await sizes()).toEqual({ one: 3, broken: 1 });
  await setImage('two');
  await rolledOut();
  expect(await sizes()).toEqual({ one: 0, broken: 0, two: 3 });
});

test('scales up and down without a new revision', async () => {
  await world.client.create(deploymentKind, deployment());
  await rolledOut();
  await change({ replicas: 8 });
  await rolledOut();
  await change({ replicas: 1 });
  const done = await rolledOut();
  expect(done.metadata?.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
  await eventually(world.client, podKind, { namespace: 'default', until: (pods) => pods.length === 1 });
});

test('Recreate never runs old and new pods side by side', async () => {
  await world.client.create(deploymentKind, deployment({ strategy: { type: 'Recreate' } }));
  await rolledOut();
  const images = new Set<string>();
  const watching = eventually(world.client, podKind, {
    namespace: 'default',
    until: (pods) => {
      const present = [...new Set(pods.map(({ spec }) => spec?.containers[0]?.image))].sort().join('+');
      images.add(present);
      return pods.length === 3 && present === 'two';
    },
  });
  await setImage('two');
  await watching;
  expect(images).not.toContain('one+two');
});

test('adopts the replica set of a deployment deleted with --cascade=orphan', async () => {
  await world.client.create(deploymentKind, deployment());
  await rolledOut();
  const before = await world.client.list(podKind, { namespace: 'default' });
  await world.client.delete(deploymentKind, ref, { propagationPolicy: 'Orphan' });
  await eventually(world.client, deploymentKind, { until: (all) => all.length === 0 });
  await world.client.create(deploymentKind, deployment());
  await rolledOut();
  const after = await world.client.list(podKind, { namespace: 'default' });
  const names = (list: typeof before) => list.items.map(({ metadata }) => metadata?.name).sort();
  expect(names(after)).toEqual(names(before));
});

test('a deleted deployment takes its replica sets and pods along', async () => {
  await world.client.create(deploymentKind, deployment());
  await rolledOut();
  await world.client.delete(deploymentKind, ref, { propagationPolicy: 'Background' });
  await eventually(world.client, podKind, { namespace: 'default', until: (pods) => pods.length === 0 });
  await eventually(world.client, replicaSetKind, { until: (sets) => sets.length === 0 });
});

test('foreground deletion removes the deployment last', async () => {
  await world.client.create(deploymentKind, deployment());
  await rolledOut();
  await world.client.delete(deploymentKind, ref, { propagationPolicy: 'Foreground' });
  await eventually(world.client, deploymentKind, { until: (all) => all.length === 0 });
  expect((await world.client.list(replicaSetKind, {})).items).toEqual([]);
  expect((await world.client.list(podKind, { namespace: 'default' })).items).toEqual([]);
});

test('a hash that is taken by another replica set is counted as collision and avoided', async () => {
  await world.client.create(deploymentKind, deployment({ paused: true }));
  await world.client.create(deploymentKind, { ...deployment(), metadata: { ...ref, name: 'probe' } });
  const [probe] = await eventually(world.client, replicaSetKind, {
    until: (sets) => sets.length === 1 && sets,
  });
  const hash = probe?.metadata?.labels?.['pod-template-hash'];
  const squatter = { app: 'squatter' };
  await world.client.create(replicaSetKind, {
    metadata: { namespace: 'default', name: `web-${hash}` },
    spec: {
      replicas: 0,
      selector: { matchLabels: squatter },
      template: { metadata: { labels: squatter }, spec: { containers: [{ name: 'web', image: 'x' }] } },
    },
  });
  await change({ paused: false });
  const settled = await eventually(world.client, deploymentKind, {
    until: (all) =>
      all.find(({ metadata, status }) => metadata?.name === 'web' && status?.availableReplicas === 3),
  });
  expect(settled.status?.collisionCount).toBe(1);
});
