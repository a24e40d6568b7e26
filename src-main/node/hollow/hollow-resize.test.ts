import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Container } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HollowCluster, startHollowCluster } from './hollow.test-fixture.ts';

// https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/

let hollow: HollowCluster;

beforeEach(async () => {
  hollow = await startHollowCluster();
  await hollow.readyNodes(2);
});
afterEach(() => hollow.close());

const container = (cpu: string, more: Partial<Container> = {}): Container => ({
  name: 'main',
  image: 'anything',
  resources: { requests: { cpu, memory: '64Mi' } },
  ...more,
});

const run = (name: string, cpu: string, more?: Partial<Container>) =>
  hollow.runPod(name, { containers: [container(cpu, more)] });

async function resize(name: string, cpu: string): Promise<void> {
  const containers = [{ name: 'main', resources: { requests: { cpu } } }];
  await hollow.cluster.client.patch(
    podKind,
    { namespace: 'default', name },
    { type: 'strategic', body: { spec: { containers } } },
    { subresource: 'resize' },
  );
}

test('a container has what its status says, from the beginning and after a resize', async () => {
  await run('p', '1');
  const before = await hollow.cluster.client.get(podKind, { namespace: 'default', name: 'p' });
  const [first] = before.status?.containerStatuses ?? [];
  expect(first).toMatchObject({
    allocatedResources: { cpu: '1', memory: '64Mi' },
    resources: { requests: { cpu: '1', memory: '64Mi' } },
  });
  await resize('p', '1500m');
  const after = await hollow.podWhen('p', ({ status }) => status?.observedGeneration === 2);
  expect(after.status?.containerStatuses).toEqual([
    {
      ...first,
      allocatedResources: { cpu: '1500m', memory: '64Mi' },
      resources: { requests: { cpu: '1500m', memory: '64Mi' } },
    },
  ]);
  expect(after.status?.conditions?.map(({ type }) => type)).not.toContain('PodResizePending');
});

test('a container whose policy says so is started anew', async () => {
  const resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
  await run('p', '1', { resizePolicy });
  await resize('p', '2');
  const { status } = await hollow.podWhen('p', (pod) => pod.status?.observedGeneration === 2);
  expect(status?.containerStatuses).toMatchObject([
    { restartCount: 1, lastState: { terminated: { exitCode: 143 } }, resources: { requests: { cpu: '2' } } },
  ]);
});

test('what a pod states for all of its containers is resized like theirs', async () => {
  const { client } = hollow.cluster;
  const whole = (cpu: string) => ({ requests: { cpu }, limits: { cpu } });
  await hollow.runPod('p', { resources: whole('1'), containers: [{ name: 'main', image: 'anything' }] });
  const body = { spec: { resources: whole('2') } };
  const ref = { namespace: 'default', name: 'p' };
  const before = await client.get(podKind, ref);
  expect(before.status).toMatchObject({ allocatedResources: { cpu: '1' }, resources: whole('1') });
  await client.patch(podKind, ref, { type: 'strategic', body }, { subresource: 'resize' });
  const { status } = await hollow.podWhen('p', (pod) => pod.status?.observedGeneration === 2);
  expect(status).toMatchObject({ allocatedResources: { cpu: '2' }, resources: whole('2') });
});

const pendingOf = (pod: { status?: { conditions?: readonly { type: string; reason?: string }[] } }) =>
  pod.status?.conditions?.find(({ type }) => type === 'PodResizePending')?.reason;

test('what the node has no room for waits until there is, and what no room would do is refused', async () => {
  await run('a', '5');
  await run('b', '2');
  await resize('b', '4');
  const waiting = await hollow.podWhen('b', (pod) => pendingOf(pod) === 'Deferred');
  expect(waiting.status?.conditions).toContainEqual(
    expect.objectContaining({
      type: 'PodResizePending',
      status: 'True',
      message: "Node didn't have enough resource: cpu, requested: 4000, used: 5000, capacity: 8000",
      observedGeneration: 2,
    }),
  );
  expect(waiting.status?.containerStatuses).toMatchObject([{ resources: { requests: { cpu: '2' } } }]);
  await resize('a', '1');
  const granted = await hollow.podWhen('b', (pod) => pendingOf(pod) === undefined);
  expect(granted.status?.containerStatuses).toMatchObject([{ resources: { requests: { cpu: '4' } } }]);
  await resize('b', '9');
  await hollow.podWhen('b', (pod) => pendingOf(pod) === 'Infeasible');
  await resize('b', '3');
  const back = await hollow.podWhen('b', (pod) => pendingOf(pod) === undefined);
  expect(back.status?.containerStatuses).toMatchObject([{ resources: { requests: { cpu: '3' } } }]);
});
