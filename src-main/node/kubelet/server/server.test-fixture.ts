import { mkdtemp, rm } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@shared/lib/clock.ts';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { FakeRuntime } from '../../../testing/fake-runtime.ts';
import type { Kubelet } from '../kubelet.ts';
import { podUidLabel } from '../pod/labels.ts';
import { RuntimeView } from '../pod/runtime-view.ts';
import type { ReadonlyPod } from '../pod/spec.ts';
import { ProbeCounts } from '../probes/probe-counts.ts';
import { createKubeletServer, type KubeletServer } from './kubelet-server.ts';

/** Set before each test of a file that calls `serverFixture`. */
export let cluster: TestCluster;
export let dir: string;
export let runtime: FakeRuntime;
export const counts = new ProbeCounts();
let server: KubeletServer;
let port: number;

const pod: ReadonlyPod = {
  metadata: { name: 'web', namespace: 'default', uid: 'u1' },
  spec: { containers: [{ name: 'main' }, { name: 'late' }] },
};

/** Called at the top of a test file: a kubelet's server with one pod, which runs one of its two containers. */
export function serverFixture(): void {
  beforeAll(async () => {
    cluster = await startTestCluster({ https: false });
  });
  afterAll(() => cluster.close());

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slipway-server-'));
    runtime = new FakeRuntime({ clock: systemClock, images: ['busybox:1'] });
    await startContainer();
    const kubelet: Kubelet = {
      view: new RuntimeView(runtime),
      pods: () => [pod],
      probeCounts: () => counts.all(),
      pod: (namespace, name) => (namespace === 'default' && name === 'web' ? pod : undefined),
      run: () => Promise.resolve(),
      evict: () => undefined,
    };
    const { ca, apiServer } = cluster.pki;
    server = createKubeletServer({
      kubelet,
      runtime,
      client: cluster.client,
      clock: systemClock,
      nodeName: 'node-1',
      machine: { cpuMilli: 2000, memoryBytes: 2 ** 31 },
      dns: { server: '10.96.0.10', domain: 'cluster.local' },
      logFolder: dir,
      port: 0,
      cert: apiServer.cert,
      key: apiServer.key,
      clientCa: ca.cert,
      log: () => undefined,
    });
    port = await server.listen('127.0.0.1');
  });
  afterEach(async () => {
    await server.close();
    await rm(dir, { recursive: true, force: true });
  });
}

async function startContainer(): Promise<void> {
  const user = {
    supplementalGroups: [],
    readonlyRootfs: false,
    privileged: false,
    hostNetwork: false,
    hostPid: false,
    hostIpc: false,
    seccomp: 'Unconfined' as const,
  };
  const labels = { [podUidLabel]: 'u1' };
  const sandbox = await runtime.runPodSandbox({
    metadata: { name: 'web', namespace: 'default', uid: 'u1', attempt: 0 },
    hostname: 'web',
    logDirectory: dir,
    portMappings: [],
    labels,
    annotations: {},
    linux: { ...user, cgroupParent: '', sysctls: {}, shareProcessNamespace: false },
  });
  const id = await runtime.createContainer(sandbox, {
    metadata: { name: 'main', attempt: 0 },
    image: 'busybox:1',
    command: [],
    args: [],
    workingDir: '',
    envs: [],
    mounts: [],
    devices: [],
    labels: {
      ...labels,
      'io.kubernetes.container.name': 'main',
      'io.kubernetes.pod.name': 'web',
      'io.kubernetes.pod.namespace': 'default',
    },
    annotations: {},
    logPath: 'main.log',
    stdin: false,
    stdinOnce: false,
    tty: false,
    linux: {
      ...user,
      resources: {},
      addCapabilities: [],
      dropCapabilities: [],
      pidMode: 'Container',
      noNewPrivileges: false,
      maskedPaths: 'default',
    },
  });
  await runtime.startContainer(id);
}

export type Identity = { cert: string; key: string } | null;

export function options(path: string, identity: Identity): https.RequestOptions {
  return { host: '127.0.0.1', port, path, agent: false, ca: cluster.pki.ca.cert, ...identity };
}

/** As the API server, unless another identity is given. */
export function get(
  path: string,
  identity: Identity = cluster.pki.kubeletClient,
  { method = 'GET', token, upgrades }: { method?: string; token?: string; upgrades?: boolean } = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(upgrades && { Connection: 'Upgrade', Upgrade: 'websocket' }),
    };
    const request = https.request({ ...options(path, identity), method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject);
    request.end();
  });
}
