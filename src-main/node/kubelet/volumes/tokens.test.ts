import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { createManualClock, type ManualClock } from '../../../testing/manual-clock.ts';
import type { ReadonlyPod } from '../pod/spec.ts';
import { refreshVolumes, setUpVolumes } from './pod-volumes.ts';
import { ServiceAccountTokens } from './tokens.ts';
import type { VolumeContext } from './volume.ts';

let cluster: TestCluster;
let clock: ManualClock;
let dir: string;
let pod: ReadonlyPod;

beforeEach(async () => {
  clock = createManualClock();
  cluster = await startTestCluster({ clock, https: false });
  dir = await mkdtemp(join(tmpdir(), 'slipway-tokens-'));
  const metadata = { name: 'default', namespace: 'default' };
  await cluster.client
    .create(serviceAccountKind, { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
    .catch(() => undefined); // it may be there from the start
  pod = await cluster.client.create<Pod>(podKind, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      nodeName: 'node-1',
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image: 'busybox:1' }],
      volumes: [
        {
          name: 'token',
          projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 600 } }] },
        },
      ],
    },
  });
});

afterEach(async () => {
  await cluster.close();
  await rm(dir, { recursive: true, force: true });
});

function context(): VolumeContext {
  return {
    pod,
    podDir: join(dir, 'pod'),
    memoryDir: join(dir, 'memory'),
    configMap: async () => undefined,
    secret: async () => undefined,
    facts: { podIps: [], hostIps: [], allocatable: { cpuMilli: 1000, memoryBytes: 1, storageBytes: 1 } },
    tokens: new ServiceAccountTokens(cluster.client, clock),
    mounter: { tmpfs: async () => undefined, unmountAll: async () => undefined },
  };
}

const claims = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number };

test('a token file is written anew after 80 % of the life of the token, not before', async () => {
  const volumes = context();
  const { paths, failures } = await setUpVolumes(volumes);
  expect(failures).toEqual([]);
  const read = () => readFile(join(paths.get('token') ?? '', 'token'), 'utf8');
  const first = await read();
  expect(claims(first).exp - clock.now() / 1000).toBeGreaterThan(590);
  clock.advance(470_000);
  expect(await refreshVolumes(volumes)).toEqual([]);
  expect(await read()).toBe(first);
  clock.advance(20_000);
  expect(await refreshVolumes(volumes)).toEqual([]);
  const second = await read();
  expect(claims(second).exp - claims(first).exp).toBe(490);
});

test('while the API server is away the token stays, and afterwards it is renewed', async () => {
  const volumes = context();
  const { paths } = await setUpVolumes(volumes);
  const read = () => readFile(join(paths.get('token') ?? '', 'token'), 'utf8');
  const first = await read();
  clock.advance(500_000);
  const post = cluster.client.post.bind(cluster.client);
  cluster.client.post = () => Promise.reject(new Error('connect ECONNREFUSED'));
  expect(await refreshVolumes(volumes)).toEqual([]);
  expect(await read()).toBe(first);
  cluster.client.post = post;
  await refreshVolumes(volumes);
  expect(await read()).not.toBe(first);
});
