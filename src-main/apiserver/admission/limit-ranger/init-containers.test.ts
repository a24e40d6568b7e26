import type { ApiError } from '@shared/api/status.ts';
import { limitRangeKind } from '@shared/kinds/core/limit-range/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { LimitRange } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';

let cluster: TestCluster;
const namespace = 'default';

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const limit = (...limits: NonNullable<LimitRange['spec']>['limits']) =>
  cluster.client.create(limitRangeKind, { metadata: { name: 'limits', namespace }, spec: { limits } });

const container = (name: string, cpu: string) => ({
  name,
  image: 'i',
  resources: { requests: { cpu }, limits: { cpu } },
});
const sidecar = (name: string, cpu: string) => ({ ...container(name, cpu), restartPolicy: 'Always' });

/** What becomes of a pod with a container of 400m and these before it. */
const start = (name: string, ...initContainers: object[]) =>
  cluster.client
    .create(podKind, {
      metadata: { name, namespace },
      spec: { containers: [container('main', '400m')], initContainers: initContainers as never },
    })
    .then(
      () => 'allowed',
      (error: ApiError) => error.status.message ?? '',
    );

test('sidecars count beside the containers, other init containers by the largest moment', async () => {
  await limit({ type: 'Pod', max: { cpu: '1' } });
  const refused = (cpu: string) =>
    expect.stringContaining(`maximum cpu usage per Pod is 1, but limit is ${cpu}`);
  expect({
    'an init container': await start('a', container('init', '1')),
    'a larger one': await start('b', container('init', '1100m')),
    'a sidecar': await start('c', sidecar('side', '600m')),
    'a larger sidecar': await start('d', sidecar('side', '700m')),
    'two sidecars': await start('e', sidecar('one', '400m'), sidecar('two', '300m')),
    'an init container after a sidecar': await start('f', sidecar('side', '300m'), container('init', '800m')),
    'an init container before it': await start('g', container('init', '800m'), sidecar('side', '300m')),
  }).toEqual({
    'an init container': 'allowed',
    'a larger one': refused('1100m'),
    'a sidecar': 'allowed',
    'a larger sidecar': refused('1100m'),
    'two sidecars': refused('1100m'),
    'an init container after a sidecar': refused('1100m'),
    'an init container before it': 'allowed',
  });
});

test('each container is judged alone too, init containers and sidecars as well', async () => {
  await limit({ type: 'Container', max: { cpu: '500m' } });
  const refused = expect.stringContaining('maximum cpu usage per Container is 500m, but limit is 600m');
  expect([
    await start('a', container('init', '600m')),
    await start('b', sidecar('side', '600m')),
    await start('c', sidecar('side', '500m'), container('init', '500m')),
  ]).toEqual([refused, refused, 'allowed']);
});

test('sidecars and init containers get the defaults', async () => {
  await limit({ type: 'Container', default: { cpu: '200m' } });
  const bare = { image: 'i' };
  const { spec } = await cluster.client.create(podKind, {
    metadata: { name: 'a', namespace },
    spec: {
      containers: [{ ...bare, name: 'main' }],
      initContainers: [
        { ...bare, name: 'side', restartPolicy: 'Always' },
        { ...bare, name: 'init' },
      ],
    },
  });
  const limits = { limits: { cpu: '200m' }, requests: { cpu: '200m' } };
  expect(
    [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map((each) => each.resources),
  ).toEqual([limits, limits, limits]);
});
