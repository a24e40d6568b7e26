import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { runtimeClassKind } from '@shared/kinds/node/runtime-class/kind.ts';
import type { PodStatus } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { expect, test } from 'vitest';
import {
  cluster,
  createPod,
  dir,
  events,
  fake,
  kubeletFixture,
  running,
  startKubelet,
  until,
} from './kubelet.test-fixture.ts';

kubeletFixture();

test('a pod bound to the node runs, once, and its status says so', async () => {
  const runtime = fake();
  startKubelet(runtime);
  await createPod('web', [{ name: 'main' }, { name: 'second' }]);
  const pod = await until('web', ({ status }) => status?.phase === 'Running');
  expect(pod.status).toMatchObject({
    phase: 'Running',
    podIP: '10.244.1.2',
    hostIP: '172.30.1.11',
    qosClass: 'BestEffort',
    containerStatuses: [
      { name: 'main', ready: true, started: true, restartCount: 0 },
      { name: 'second', ready: true, started: true, restartCount: 0 },
    ],
  });
  expect((await runtime.listContainers()).length).toBe(2);
  // The runtime may tell of a container before the call that started it has returned, and its event is made.
  await expect.poll(() => events).toHaveLength(6);
  expect(events).toEqual([
    'Pulled: Container image "busybox:1" already present on machine and can be accessed by the pod',
    'Pulled: Container image "busybox:1" already present on machine and can be accessed by the pod',
    'Created: Container created',
    'Started: Container started',
    'Created: Container created',
    'Started: Container started',
  ]);
});

test('deleting a pod stops its containers, removes its traces and then the object', async () => {
  const runtime = fake();
  startKubelet(runtime);
  await createPod('web', [{ name: 'main' }]);
  const { metadata } = await until('web', ({ status }) => status?.phase === 'Running');
  const [container] = await runtime.listContainers();
  // Where collectors of logs look.
  const link = join(dir, 'containers', `web_default_main-${container?.id}.log`);
  expect(await readlink(link)).toBe(join(dir, `logs/default_web_${metadata?.uid}/main/0.log`));
  await cluster.client.delete(podKind, { namespace: 'default', name: 'web' });
  await expect
    .poll(async () => (await cluster.client.list(podKind)).items.length, { timeout: 10_000 })
    .toBe(0);
  await expect
    .poll(async () => [(await runtime.listPodSandboxes()).length, (await runtime.listContainers()).length])
    .toEqual([0, 0]);
  expect(events).toContain('Killing: Stopping container main');
  expect(await readdir(join(dir, 'containers'))).toEqual([]);
});

test('a container that fails is restarted at once, then waits in CrashLoopBackOff', async () => {
  const runtime = fake({ behaviours: { main: { run: async () => 3 } } });
  startKubelet(runtime);
  await createPod('web', [{ name: 'main' }]);
  const pod = await until(
    'web',
    ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
  );
  expect(pod.status?.containerStatuses?.[0]).toMatchObject({
    restartCount: 1,
    ready: false,
    state: {
      waiting: {
        message: `back-off 10s restarting failed container=main pod=web_default(${pod.metadata?.uid})`,
      },
    },
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
  });
});

test('init containers run one after the other before the others, and a pod that is done has succeeded', async () => {
  const order: string[] = [];
  const step = (name: string) => ({
    run: async () => {
      order.push(name);
      return 0;
    },
  });
  const runtime = fake({ behaviours: { a: step('a'), b: step('b'), main: step('main') } });
  startKubelet(runtime);
  const initContainers = ['a', 'b'].map((name) => ({ name, image: 'busybox:1' }));
  await createPod('job', [{ name: 'main' }], { initContainers, restartPolicy: 'Never' });
  const pod = await until('job', ({ status }) => status?.phase === 'Succeeded');
  expect(order).toEqual(['a', 'b', 'main']);
  expect(pod.status?.conditions?.find(({ type }) => type === 'Initialized')).toMatchObject({
    status: 'True',
    reason: 'PodCompleted',
  });
});

test('a missing config map holds a container back, and its arrival starts it', async () => {
  const runtime = fake();
  startKubelet(runtime);
  await createPod('web', [
    {
      name: 'main',
      env: [{ name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } }],
    },
  ]);
  const held = await until(
    'web',
    ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
  );
  expect(held.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe('configmap "settings" not found');
  expect(events).toContain('Failed: Error: configmap "settings" not found');
  await cluster.client.create(configMapKind, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'default' },
    data: { color: 'green' },
  });
  await until('web', ({ status }) => status?.phase === 'Running');
  expect(runtime.configOf('main')?.envs).toContainEqual({ key: 'COLOR', value: 'green' });
});

test('a config map volume follows its object while the pod runs', async () => {
  const runtime = fake();
  startKubelet(runtime);
  const object = (text: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'files', namespace: 'default' },
    data: { 'a.txt': text },
  });
  await cluster.client.create(configMapKind, object('one'));
  await createPod('web', [{ name: 'main', volumeMounts: [{ name: 'v', mountPath: '/v' }] }], {
    volumes: [{ name: 'v', configMap: { name: 'files' } }],
  });
  await until('web', ({ status }) => status?.phase === 'Running');
  const path =
    runtime.configOf('main')?.mounts.find(({ containerPath }) => containerPath === '/v')?.hostPath ?? '';
  expect(await readFile(join(path, 'a.txt'), 'utf8')).toBe('one');
  await cluster.client.update(configMapKind, object('two'));
  await expect.poll(() => readFile(join(path, 'a.txt'), 'utf8'), { timeout: 5000 }).toBe('two');
});

test('an image that no registry has ends in ImagePullBackOff', async () => {
  startKubelet(fake());
  await createPod('web', [{ name: 'main', image: 'nowhere:1' }]);
  const pod = await until(
    'web',
    ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ImagePullBackOff',
  );
  expect(pod.status?.phase).toBe('Pending');
  expect(events.slice(0, 3).map((event) => event.split(':')[0])).toEqual(['Pulling', 'Failed', 'Failed']);
  expect(events).toContain('Failed: Error: ErrImagePull');
});

test('after a restart of the agent the same containers are found again, and orphans are removed', async () => {
  const runtime = fake();
  startKubelet(runtime);
  await createPod('stays', [{ name: 'main' }]);
  await createPod('goes', [{ name: 'other' }]);
  await until('stays', ({ status }) => status?.phase === 'Running');
  await until('goes', ({ status }) => status?.phase === 'Running');
  await running?.stop();
  await cluster.client.delete(podKind, { namespace: 'default', name: 'goes' }, { gracePeriodSeconds: 0 });
  startKubelet(runtime);
  await expect
    .poll(async () => (await runtime.listPodSandboxes()).map(({ metadata }) => metadata.name), {
      timeout: 10_000,
    })
    .toEqual(['stays']);
  const pod = await until('stays', ({ status }) => status?.phase === 'Running');
  expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(0);
});

test('after a restart of the node the pod gets a new sandbox and its containers run again', async () => {
  const runtime = fake();
  startKubelet(runtime);
  await createPod('web', [{ name: 'main' }]);
  await until('web', ({ status }) => status?.phase === 'Running');
  await running?.stop();
  runtime.loseProcesses();
  startKubelet(runtime);
  const pod = await until(
    'web',
    ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1 && status.containerStatuses[0].ready,
  );
  expect(pod.status?.podIP).toBe('10.244.1.3');
  expect(events).toContain('SandboxChanged: Pod sandbox changed, it will be killed and re-created.');
});

test('readiness follows its probe, and a failing liveness probe restarts the container', async () => {
  const runtime = fake();
  let isHealthy = false;
  runtime.onExec = (_container, command) => ({
    exitCode: command[0] === 'live' || isHealthy ? 0 : 1,
    stdout: 'not yet',
  });
  startKubelet(runtime);
  const probe = (command: string) => ({
    exec: { command: [command] },
    periodSeconds: 1,
    failureThreshold: 1,
  });
  await createPod('web', [{ name: 'main', readinessProbe: probe('ready'), livenessProbe: probe('live') }]);
  await until('web', ({ status }) => status?.phase === 'Running');
  await expect.poll(() => events, { timeout: 5000 }).toContain('Unhealthy: Readiness probe failed: not yet');
  isHealthy = true;
  await until('web', ({ status }) => status?.containerStatuses?.[0]?.ready === true);
  runtime.onExec = (_container, command) => ({ exitCode: command[0] === 'live' ? 1 : 0, stdout: 'sick' });
  await until('web', ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1);
  expect(events).toContain('Killing: Container main failed liveness probe, will be restarted');
});

test('readiness gates open and close, and conditions of others stay as these set them', async () => {
  startKubelet(fake());
  const gates = ['example.com/one', 'example.com/two'];
  await createPod('web', [{ name: 'main' }], {
    readinessGates: gates.map((conditionType) => ({ conditionType })),
  });
  const ready = ({ status }: { readonly status?: DeepReadonly<PodStatus> }) =>
    status?.conditions?.find(({ type }) => type === 'Ready');
  const say = (type: string, status: string) => {
    const body = { status: { conditions: [{ type, status }] } };
    const ref = { namespace: 'default', name: 'web' };
    return cluster.client.patch(podKind, ref, { type: 'strategic', body }, { subresource: 'status' });
  };
  await until('web', ({ status }) => status?.phase === 'Running');
  await say('example.com/one', 'True');
  await until(
    'web',
    (pod) => ready(pod)?.message?.endsWith('gate "example.com/two" does not exist.') === true,
  );
  await say('example.com/two', 'True');
  await until('web', (pod) => ready(pod)?.status === 'True');
  await say('example.com/one', 'False');
  const pod = await until('web', (closed) => ready(closed)?.status === 'False');
  expect(ready(pod)).toMatchObject({
    reason: 'ReadinessGatesNotReady',
    message: 'the status of pod readiness gate "example.com/one" is not "True", but False',
  });
  const others = pod.status?.conditions?.filter(({ type }) => gates.includes(type));
  expect(others?.map(({ type, status }) => `${type} ${status}`).toSorted()).toEqual([
    'example.com/one False',
    'example.com/two True',
  ]);
});

test('a runtime class stands for its handler, and a handler that the runtime does not have is told', async () => {
  startKubelet(fake());
  for (const [name, handler] of [
    ['usual', 'runc'],
    ['odd', 'nobody'],
  ] as const)
    await cluster.client.create(runtimeClassKind, { metadata: { name }, handler });
  await createPod('good', [{ name: 'main' }], { runtimeClassName: 'usual' });
  await until('good', ({ status }) => status?.phase === 'Running');
  await createPod('bad', [{ name: 'main' }], { runtimeClassName: 'odd' });
  const message = 'failed to get sandbox runtime: no runtime for "nobody" is configured';
  await expect
    .poll(() => events)
    .toContain(`FailedCreatePodSandBox: Failed to create pod sandbox: ${message}`);
});

test('a pod that sets a sysctl which is not safe fails unbegun; safe ones may be set', async () => {
  const runtime = fake();
  startKubelet(runtime);
  const sysctls = (name: string, value: string) => ({ securityContext: { sysctls: [{ name, value }] } });
  await createPod('unsafe', [{ name: 'main' }], sysctls('kernel.msgmax', '65536'));
  const { status } = await until('unsafe', (pod) => pod.status?.phase === 'Failed');
  expect([status?.reason, status?.message]).toEqual([
    'SysctlForbidden',
    'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted',
  ]);
  expect(events).toEqual(['SysctlForbidden: forbidden sysctl: "kernel.msgmax" not allowlisted']);
  expect(await runtime.listPodSandboxes()).toEqual([]);
  await createPod('safe', [{ name: 'main' }], sysctls('net/ipv4/tcp_syncookies', '1'));
  await until('safe', (pod) => pod.status?.phase === 'Running');
});
