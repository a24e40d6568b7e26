import { afterAll, beforeAll, expect, test } from 'vitest';
import { busyboxArchive } from '../harness/images.ts';
import { run, Slipway, until } from '../harness/slipway.ts';

const cluster = 'e2e-resize';
const slipway = new Slipway();
const get = (...args: string[]) => slipway.get(cluster, ...args);
const sleeper = {
  image: 'test.local/busybox:1',
  command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1; done'],
};
const resources = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } });

beforeAll(async () => {
  await slipway.must('cluster', 'create', cluster, '--nodes', '1');
  await slipway.must('image', 'load', await busyboxArchive(), '--cluster', cluster);
  const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'grows' },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        { ...sleeper, name: 'lives', resources: resources('100m', '64Mi') },
        { ...sleeper, name: 'restarts', resources: resources('100m', '64Mi'), resizePolicy },
      ],
    },
  };
  await slipway.apply(cluster, JSON.stringify(pod));
  await get('wait', 'pod/grows', '--for=condition=Ready', '--timeout=30s');
});
afterAll(() => slipway.close());

const status = async (name: string) => {
  const pod = JSON.parse(await get('get', 'pod', 'grows', '-o', 'json'));
  const found = pod.status.containerStatuses.find((one: { name: string }) => one.name === name);
  return { ...found, uid: pod.metadata.uid, conditions: pod.status.conditions };
};

/** Memory limit and processor quota (µs in 100 ms) of a container, from its cgroups on the node, v1 or v2. */
async function cgroup(name: string): Promise<{ memory: number; quota: number }> {
  const { uid, containerID } = await status(name);
  return cgroupAt(`pod${uid}/${String(containerID).replace('containerd://', '')}`);
}

async function cgroupAt(folder: string): Promise<{ memory: number; quota: number }> {
  const files = `-path '*/${folder}/*' -not -path '*/${folder}/*/*'`;
  const read = async (v1: string, v2: string) => {
    const command = `cat $(find /sys/fs/cgroup ${files} \\( -name ${v1} -o -name ${v2} \\) | head -1)`;
    const { stdout } = await run('docker', ['exec', `slipway-${cluster}-node-1`, 'sh', '-c', command]);
    return Number(stdout.trim().split(' ')[0]);
  };
  return {
    memory: await read('memory.limit_in_bytes', 'memory.max'),
    quota: await read('cpu.cfs_quota_us', 'cpu.max'),
  };
}

function resize(name: string, cpu: string, memory: string): Promise<string> {
  const patch = { spec: { containers: [{ name, resources: resources(cpu, memory) }] } };
  return get('patch', 'pod', 'grows', '--subresource', 'resize', '--patch', JSON.stringify(patch));
}

const hasSettled = (name: string, memory: string) => async () => {
  const { resources: actual, conditions } = await status(name);
  const isUnderWay = conditions.some(({ type }: { type: string }) => type.startsWith('PodResize'));
  return actual.limits.memory === memory && !isUnderWay;
};

test('a running container grows and shrinks in place, down to the kernel', async () => {
  expect(await cgroup('lives')).toEqual({ memory: 64 * 2 ** 20, quota: 10_000 });
  await resize('lives', '500m', '128Mi');
  await until('it has grown', hasSettled('lives', '128Mi'), 20_000);
  expect(await cgroup('lives')).toEqual({ memory: 128 * 2 ** 20, quota: 50_000 });
  await resize('lives', '200m', '32Mi');
  await until('it has shrunk', hasSettled('lives', '32Mi'), 20_000);
  expect(await cgroup('lives')).toEqual({ memory: 32 * 2 ** 20, quota: 20_000 });
  expect(await status('lives')).toMatchObject({
    restartCount: 0,
    allocatedResources: { cpu: '200m', memory: '32Mi' },
  });
});

test('a container whose policy says so begins anew with its resources', async () => {
  await resize('restarts', '200m', '96Mi');
  await until('it has them', hasSettled('restarts', '96Mi'), 20_000);
  expect(await cgroup('restarts')).toEqual({ memory: 96 * 2 ** 20, quota: 20_000 });
  expect([(await status('restarts')).restartCount, (await status('lives')).restartCount]).toEqual([1, 0]);
});

test('containers share what their pod states, and each has no more than that', async () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'shares' },
    spec: {
      terminationGracePeriodSeconds: 1,
      resources: resources('300m', '96Mi'),
      containers: [
        { ...sleeper, name: 'bounded', resources: { limits: { cpu: '100m', memory: '32Mi' } } },
        { ...sleeper, name: 'free' },
      ],
    },
  };
  await slipway.apply(cluster, JSON.stringify(pod));
  await get('wait', 'pod/shares', '--for=condition=Ready', '--timeout=30s');
  const { metadata, status } = JSON.parse(await get('get', 'pod', 'shares', '-o', 'json'));
  expect(status.qosClass).toBe('Guaranteed');
  const folder = `kubepods/pod${metadata.uid}`;
  const of = (name: string) => {
    const found = status.containerStatuses.find((one: { name: string }) => one.name === name);
    return cgroupAt(`${folder}/${found.containerID.replace('containerd://', '')}`);
  };
  const whole = { memory: 96 * 2 ** 20, quota: 30_000 };
  expect([await cgroupAt(folder), await of('free')]).toEqual([whole, whole]);
  expect(await of('bounded')).toEqual({ memory: 32 * 2 ** 20, quota: 10_000 });

  const grown = { memory: 128 * 2 ** 20, quota: 50_000 };
  const patch = JSON.stringify({ spec: { resources: resources('500m', '128Mi') } });
  await get('patch', 'pod', 'shares', '--subresource', 'resize', '--patch', patch);
  const told = async () => {
    const { status: now } = JSON.parse(await get('get', 'pod', 'shares', '-o', 'json'));
    const isUnderWay = now.conditions.some(({ type }: { type: string }) => type.startsWith('PodResize'));
    return now.resources?.limits?.memory === '128Mi' && !isUnderWay ? now : undefined;
  };
  await until('it has grown', async () => (await told()) !== undefined, 20_000);
  expect([await cgroupAt(folder), await of('free')]).toEqual([grown, grown]);
  expect(await of('bounded')).toEqual({ memory: 32 * 2 ** 20, quota: 10_000 });
  const now = await told();
  expect(now.allocatedResources).toEqual({ cpu: '500m', memory: '128Mi' });
  expect(now.containerStatuses.map((one: { restartCount: number }) => one.restartCount)).toEqual([0, 0]);
});

test('more than the node has is told, and changes nothing', async () => {
  await resize('lives', '5000', '32Mi');
  const pending = async () =>
    (await status('lives')).conditions.find(({ type }: { type: string }) => type === 'PodResizePending');
  await until('it is told', async () => (await pending()) !== undefined, 20_000);
  expect(await pending()).toMatchObject({
    status: 'True',
    reason: 'Infeasible',
    message: expect.stringMatching(
      /^Node didn't have enough capacity: cpu, requested: 5000200, capacity: \d+$/,
    ),
  });
  expect((await cgroup('lives')).quota).toBe(20_000);
  expect(await get('describe', 'pod', 'grows')).toContain('ResizeInfeasible');
  await resize('lives', '200m', '32Mi');
  await until('it is over', hasSettled('lives', '32Mi'), 20_000);
});
