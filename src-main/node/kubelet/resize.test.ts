import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { beforeEach, expect, test } from 'vitest';
import type { FakeRuntime } from '../../testing/fake-runtime.ts';
import {
  cluster,
  createPod,
  events,
  fake,
  kubeletFixture,
  running,
  startKubelet,
  until,
} from './kubelet.test-fixture.ts';

kubeletFixture();

/** The node has 2 cores and 2 GiB. */
let runtime: FakeRuntime;
beforeEach(() => {
  runtime = fake();
  startKubelet(runtime);
});

const both = (cpu: string, memory: string) => ({
  requests: { cpu, memory },
  limits: { cpu, memory },
});

async function runningPod(name: string, cpu: string, memory: string, policy: object = {}): Promise<void> {
  await createPod(name, [{ name: 'main', resources: both(cpu, memory), ...policy }]);
  await until(name, ({ status }) => status?.phase === 'Running');
}

function resize(name: string, cpu: string, memory: string): Promise<unknown> {
  const body = { spec: { containers: [{ name: 'main', resources: both(cpu, memory) }] } };
  const ref = { namespace: 'default', name };
  return cluster.client.patch<Pod>(podKind, ref, { type: 'strategic', body }, { subresource: 'resize' });
}

const has =
  (cpu: string, memory: string) =>
  ({ status }: DeepReadonly<Pod>) => {
    const limits = status?.containerStatuses?.[0]?.resources?.limits;
    return limits?.cpu === cpu && limits.memory === memory;
  };
const condition = ({ status }: DeepReadonly<Pod>, type: string) =>
  status?.conditions?.find((one) => one.type === type);
const told = (reason: string) => events.filter((event) => event.startsWith(`${reason}: `));

test('a running container gets more and less without a restart, and the status says what it has', async () => {
  await runningPod('web', '500m', '256Mi');
  await resize('web', '1', '512Mi');
  const pod = await until('web', has('1', '512Mi'));
  expect(pod.status?.containerStatuses?.[0]).toMatchObject({
    restartCount: 0,
    resources: both('1', '512Mi'),
    allocatedResources: { cpu: '1', memory: '512Mi' },
  });
  await until('web', (one) => condition(one, 'PodResizeInProgress') === undefined);
  await resize('web', '250m', '128Mi');
  await until('web', has('250m', '128Mi'));
  expect(runtime.resourceUpdates).toEqual([
    {
      container: 'main',
      cpuShares: 1024,
      cpuPeriodUs: 100_000,
      cpuQuotaUs: 100_000,
      memoryLimitBytes: 2 ** 29,
    },
    {
      container: 'main',
      cpuShares: 256,
      cpuPeriodUs: 100_000,
      cpuQuotaUs: 25_000,
      memoryLimitBytes: 2 ** 27,
    },
  ]);
  await expect.poll(() => told('ResizeCompleted')).toHaveLength(2);
  const summary =
    '{"containers":[{"name":"main","resources":{"limits":{"cpu":"1","memory":"512Mi"},"requests":{"cpu":"1","memory":"512Mi"}}}],"generation":2}';
  expect(told('ResizeStarted')[0]).toBe(`ResizeStarted: Pod resize started: ${summary}`);
  expect(told('ResizeCompleted')[0]).toBe(`ResizeCompleted: Pod resize completed: ${summary}`);
});

test('where its policy says so the container is restarted, and begins with the new resources', async () => {
  const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
  await runningPod('web', '500m', '256Mi', { resizePolicy });
  await resize('web', '500m', '512Mi');
  const pod = await until('web', has('500m', '512Mi'));
  expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(1);
  expect(runtime.configOf('main')?.linux.resources.memoryLimitBytes).toBe(2 ** 29);
  expect(runtime.resourceUpdates).toEqual([]);
  expect(events).toContain('Killing: Container main resize requires restart');
  await expect.poll(() => told('ResizeCompleted')).toHaveLength(1);
});

test('more than the node has is infeasible, and told until the wish is taken back', async () => {
  await runningPod('web', '500m', '256Mi');
  await resize('web', '3', '256Mi');
  const pod = await until('web', (one) => condition(one, 'PodResizePending') !== undefined);
  expect(condition(pod, 'PodResizePending')).toMatchObject({
    status: 'True',
    reason: 'Infeasible',
    message: "Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000",
    observedGeneration: 2,
  });
  expect(pod.status?.containerStatuses?.[0]).toMatchObject({
    resources: both('500m', '256Mi'),
    allocatedResources: { cpu: '500m', memory: '256Mi' },
  });
  await resize('web', '500m', '256Mi');
  await until('web', (one) => condition(one, 'PodResizePending') === undefined);
  expect(runtime.resourceUpdates).toEqual([]);
});

test('what others take is waited for, over a restart of the agent too, and had when they are gone', async () => {
  await runningPod('other', '1', '256Mi');
  await runningPod('web', '500m', '256Mi');
  await resize('web', '1500m', '256Mi');
  const pod = await until('web', (one) => condition(one, 'PodResizePending') !== undefined);
  expect(condition(pod, 'PodResizePending')).toMatchObject({
    reason: 'Deferred',
    message: "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000",
  });
  await running?.stop();
  startKubelet(runtime);
  await expect.poll(() => told('ResizeDeferred').length).toBe(2);
  expect(runtime.resourceUpdates).toEqual([]);
  const ref = { namespace: 'default', name: 'other' };
  await cluster.client.delete(podKind, ref, { gracePeriodSeconds: 0 });
  await until('web', has('1500m', '256Mi'));
  await until('web', (one) => condition(one, 'PodResizePending') === undefined);
});

test('a limit below what is in use is an error that is told, and no longer once the wish is another', async () => {
  await runningPod('web', '500m', '256Mi');
  await resize('web', '500m', '512Ki');
  const pod = await until('web', (one) => condition(one, 'PodResizeInProgress')?.reason === 'Error');
  expect(condition(pod, 'PodResizeInProgress')?.message).toBe(
    'cannot decrease memory limits: attempting to set container "main" memory limit (524288) below current usage (1048576)',
  );
  expect(told('ResizeError')).toHaveLength(1);
  await resize('web', '500m', '128Mi');
  await until('web', has('500m', '128Mi'));
  await until('web', (one) => condition(one, 'PodResizeInProgress') === undefined);
});

test('what was asked for while the agent was away is given when it is back', async () => {
  const helper = { name: 'helper', image: 'busybox:1' };
  await createPod('web', [{ name: 'main', resources: both('500m', '256Mi') }, helper]);
  await until('web', ({ status }) => status?.phase === 'Running');
  await until('web', ({ status }) => status?.containerStatuses?.[1]?.resources !== undefined);
  await running?.stop();
  const body = {
    spec: {
      containers: [
        { name: 'main', resources: both('1', '256Mi') },
        { name: 'helper', resources: { requests: { cpu: '250m' } } },
      ],
    },
  };
  const ref = { namespace: 'default', name: 'web' };
  await cluster.client.patch<Pod>(podKind, ref, { type: 'strategic', body }, { subresource: 'resize' });
  startKubelet(runtime);
  await until('web', has('1', '256Mi'));
  await until('web', (one) => condition(one, 'PodResizeInProgress') === undefined);
  expect(runtime.resourceUpdates).toMatchObject([
    { container: 'main', cpuShares: 1024 },
    { container: 'helper', cpuShares: 256 },
  ]);
});
