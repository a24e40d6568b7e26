import type { ApiError } from '@shared/api/status.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { resourceQuotaKind } from '@shared/kinds/core/resource-quota/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import type { ResourceQuota } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const namespace = 'default';

const quota = (hard: Record<string, string>, spec: Partial<NonNullable<ResourceQuota['spec']>> = {}) =>
  cluster.client.create(resourceQuotaKind, { metadata: { name: 'q', namespace }, spec: { hard, ...spec } });

const createPod = (name: string, requests: Record<string, string> = {}, spec: object = {}) =>
  cluster.client.create(podKind, {
    metadata: { name, namespace },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests } }], ...spec },
  });

const used = async () => (await cluster.client.get(resourceQuotaKind, { namespace, name: 'q' })).status?.used;

async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => expect.unreachable('the call succeeded'),
    (error: ApiError) => error.status.message ?? '',
  );
}

test('what was there before the quota counts, and what would exceed it is refused', async () => {
  await createPod('before', { cpu: '300m', memory: '64Mi' });
  await quota({ pods: '2', 'requests.cpu': '1', memory: '1Gi' });
  expect(await refusal(createPod('greedy', { cpu: '800m', memory: '64Mi' }))).toBe(
    'pods "greedy" is forbidden: exceeded quota: q, requested: requests.cpu=800m, used: requests.cpu=300m, limited: requests.cpu=1',
  );
  await createPod('second', { cpu: '700m', memory: '64Mi' });
  expect(await used()).toEqual({ pods: '2', 'requests.cpu': '1', memory: '128Mi' });
  expect(await refusal(createPod('third', { cpu: '1m', memory: '1' }))).toBe(
    'pods "third" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=1m, used: pods=2,requests.cpu=1, limited: pods=2,requests.cpu=1',
  );
});

test('a container must state what a quota limits', async () => {
  await quota({ 'limits.cpu': '1', 'requests.memory': '1Gi' });
  expect(await refusal(createPod('silent'))).toBe(
    'pods "silent" is forbidden: failed quota: q: must specify limits.cpu for: c; requests.memory for: c',
  );
});

test('many at once do not get past a quota', async () => {
  await quota({ 'count/configmaps': '5' });
  const creates = Array.from({ length: 20 }, (_, i) =>
    cluster.client.create(configMapKind, { metadata: { name: `m${i}`, namespace } }),
  );
  const outcomes = await Promise.allSettled(creates);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  expect(await used()).toEqual({ 'count/configmaps': '5' });
});

test("services count by type and node ports, also when they change (one is the API server's own)", async () => {
  await quota({ services: '3', 'services.nodeports': '2', 'services.loadbalancers': '0' });
  const service = await cluster.client.create(serviceKind, {
    metadata: { name: 's', namespace },
    spec: {
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
    },
  });
  expect(await used()).toEqual({ services: '2', 'services.nodeports': '0', 'services.loadbalancers': '0' });
  expect(
    await refusal(
      cluster.client.update(serviceKind, { ...service, spec: { ...service.spec, type: 'LoadBalancer' } }),
    ),
  ).toBe(
    'services "s" is forbidden: exceeded quota: q, requested: services.loadbalancers=1, used: services.loadbalancers=0, limited: services.loadbalancers=0',
  );
  await cluster.client.update(serviceKind, { ...service, spec: { ...service.spec, type: 'NodePort' } });
  expect(await used()).toEqual({ services: '2', 'services.nodeports': '2', 'services.loadbalancers': '0' });
});

test('scopes narrow a quota to some pods', async () => {
  await quota({ pods: '1' }, { scopes: ['BestEffort'] });
  await createPod('burstable', { cpu: '1m' });
  await createPod('best-effort');
  expect(await used()).toEqual({ pods: '1' });
  expect(await refusal(createPod('another'))).toContain('exceeded quota: q, requested: pods=1, used: pods=1');
  await createPod('second-burstable', { cpu: '1m' });
});

test('a dry run is refused like the real thing and counts nothing', async () => {
  await quota({ configmaps: '1' });
  const create = (name: string, dryRun: boolean) =>
    cluster.client.create(configMapKind, { metadata: { name, namespace } }, { dryRun });
  await create('a', true);
  await create('a', false);
  expect(await used()).toEqual({ configmaps: '1' });
  expect(await refusal(create('b', true))).toContain('exceeded quota');
});
