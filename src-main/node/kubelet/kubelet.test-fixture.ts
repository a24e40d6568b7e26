import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventRecorder } from '@shared/client/event-recorder.ts';
import { createInformer } from '@shared/client/reflector.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import type { Pod, PodSpec } from '@shared/kinds/wire.ts';
import { systemClock } from '@shared/lib/clock.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { afterEach, beforeEach, expect } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { FakeRuntime, type FakeRuntimeOptions } from '../../testing/fake-runtime.ts';
import { createKubelet, type Kubelet } from './kubelet.ts';
import type { NodeFacts } from './pod/context.ts';
import type { Mounter } from './volumes/volume.ts';

/** Set before each test of a file that calls `kubeletFixture`; emptied and closed after it. */
export let cluster: TestCluster;
export let dir: string;
export let running: { stop(): Promise<void> } | undefined;
/** Reason and message of each event reported, oldest first. */
export let events: string[];

/** Called at the top of a test file: a cluster of its own for each of its tests. */
export function kubeletFixture(): void {
  beforeEach(async () => {
    cluster = await startTestCluster({ https: false });
    dir = await mkdtemp(join(tmpdir(), 'slipway-kubelet-'));
    events = [];
  });

  afterEach(async () => {
    await running?.stop();
    running = undefined;
    await cluster.close();
    await rm(dir, { recursive: true, force: true });
  });
}

const noMounts: Mounter = {
  tmpfs: async () => undefined,
  unmountAll: async () => undefined,
};

const recorder: EventRecorder = {
  event: (_object, _type, reason, message) => void events.push(`${reason}: ${message}`),
};

function nodeFacts(): NodeFacts {
  return {
    name: 'node-1',
    ips: ['172.30.1.11'],
    allocatable: { cpuMilli: 2000, memoryBytes: 2 ** 31, storageBytes: 2 ** 34 },
    dns: { server: '10.96.0.10', domain: 'cluster.local' },
    resolver: { servers: [], searches: [], options: [] },
    hosts: '127.0.0.1\tlocalhost\n',
    unavailableCapabilities: new Set(),
    directories: { disk: join(dir, 'pods'), memory: join(dir, 'memory') },
    logRoot: join(dir, 'logs'),
  };
}

/** A kubelet on this runtime, stopped after the test. */
export function startKubelet(runtime: FakeRuntime): { kubelet: Kubelet; node: NodeFacts } {
  const abort = new AbortController();
  const { client } = cluster;
  const services = createInformer({ client, kind: serviceKind, clock: systemClock });
  const node = nodeFacts();
  const kubelet = createKubelet({
    client,
    clock: systemClock,
    runtime,
    mounter: noMounts,
    events: recorder,
    node,
    services,
    log: () => undefined,
  });
  const done = Promise.all([services.run(abort.signal), kubelet.run(abort.signal)]);
  running = {
    async stop() {
      abort.abort();
      await done;
    },
  };
  return { kubelet, node };
}

export function fake(options: Partial<FakeRuntimeOptions> = {}): FakeRuntime {
  return new FakeRuntime({ clock: systemClock, images: ['busybox:1'], ...options });
}

type Container = Partial<PodSpec['containers'][number]> & { name: string };

export function createPod(
  name: string,
  containers: readonly Container[],
  spec: Partial<PodSpec> = {},
): Promise<unknown> {
  return cluster.client.create<Pod>(podKind, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName: 'node-1',
      automountServiceAccountToken: false,
      ...spec,
      containers: containers.map((container) => ({ image: 'busybox:1', ...container })),
    },
  });
}

/** The pod, as soon as it is as wanted. */
export async function until(
  name: string,
  is: (pod: DeepReadonly<Pod>) => boolean,
): Promise<DeepReadonly<Pod>> {
  return expect
    .poll(
      async () => {
        const pod = await cluster.client.get<Pod>(podKind, { namespace: 'default', name });
        return is(pod) ? pod : undefined;
      },
      { timeout: 10_000, interval: 20 },
    )
    .not.toBeUndefined()
    .then(() => cluster.client.get<Pod>(podKind, { namespace: 'default', name }));
}
