import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { priorityClassKind } from '@shared/kinds/scheduling/priority-class/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { createPod, createQuota, namespace, outcome, usedOf } from './quotas.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const used = async (...names: string[]) =>
  Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await usedOf(cluster, name))?.pods])),
  );

const exceeded = (quota: string) => expect.stringContaining(`exceeded quota: ${quota}, requested: pods=1`);

test('Terminating is about pods with a deadline, NotTerminating about all others', async () => {
  await createQuota(cluster, 'jobs', { hard: { pods: '1' }, scopes: ['Terminating'] });
  await createQuota(cluster, 'servers', { hard: { pods: '1' }, scopes: ['NotTerminating'] });
  await createPod(cluster, 'job', { activeDeadlineSeconds: 60 });
  expect(await used('jobs', 'servers')).toEqual({ jobs: '1', servers: undefined });
  await createPod(cluster, 'server');
  expect(await used('jobs', 'servers')).toEqual({ jobs: '1', servers: '1' });
  expect(await outcome(createPod(cluster, 'job-2', { activeDeadlineSeconds: 60 }))).toEqual(exceeded('jobs'));
  expect(await outcome(createPod(cluster, 'server-2'))).toEqual(exceeded('servers'));
});

test('a pod that gets its deadline later is counted, but not refused', async () => {
  await createQuota(cluster, 'jobs', { hard: { pods: '0' }, scopes: ['Terminating'] });
  await createPod(cluster, 'server');
  const deadline = cluster.client.patch(
    podKind,
    { namespace, name: 'server' },
    { type: 'merge', body: { spec: { activeDeadlineSeconds: 60 } } },
  );
  expect(await outcome(deadline)).toBe('allowed');
});

test('NotBestEffort is about pods that ask for something', async () => {
  await createQuota(cluster, 'q', { hard: { pods: '1', 'requests.cpu': '1' }, scopes: ['NotBestEffort'] });
  const asking = (cpu: string) => ({
    containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }],
  });
  await createPod(cluster, 'best-effort');
  await createPod(cluster, 'burstable', asking('400m'));
  expect(await usedOf(cluster, 'q')).toEqual({ pods: '1', 'requests.cpu': '400m' });
  expect(await outcome(createPod(cluster, 'another', asking('1m')))).toEqual(
    expect.stringContaining('exceeded quota: q'),
  );
});

test('PriorityClass is about pods of the classes that are named', async () => {
  for (const [name, value] of [
    ['low', 1],
    ['high', 100],
  ] as const)
    await cluster.client.create(priorityClassKind, { metadata: { name }, value });
  const of = (operator: string, values?: string[]) => ({
    hard: { pods: '1' },
    scopeSelector: {
      matchExpressions: [{ scopeName: 'PriorityClass', operator, ...(values && { values }) }],
    },
  });
  await createQuota(cluster, 'high', of('In', ['high']));
  await createQuota(cluster, 'others', of('NotIn', ['high']));
  await createQuota(cluster, 'any', { ...of('Exists'), hard: { pods: '9' } });
  await createQuota(cluster, 'none', { ...of('DoesNotExist'), hard: { pods: '9' } });
  await createPod(cluster, 'a', { priorityClassName: 'high' });
  await createPod(cluster, 'b', { priorityClassName: 'low' });
  expect(await used('high', 'others', 'any', 'none')).toEqual({
    high: '1',
    others: '1',
    any: '2',
    none: undefined,
  });
  expect(await outcome(createPod(cluster, 'c', { priorityClassName: 'high' }))).toEqual(exceeded('high'));
  expect(await outcome(createPod(cluster, 'd'))).toEqual(exceeded('others'));
});

test('CrossNamespacePodAffinity is about pods that look into other namespaces', async () => {
  await createQuota(cluster, 'q', { hard: { pods: '0' }, scopes: ['CrossNamespacePodAffinity'] });
  const term = (more: object = {}) => ({ topologyKey: 'zone', labelSelector: {}, ...more });
  const affine = (name: string, kind: string, more?: object) =>
    outcome(
      createPod(cluster, name, {
        affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [term(more)] } },
      }),
    );
  const preferred = (name: string, more: object) =>
    outcome(
      createPod(cluster, name, {
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term(more) }],
          },
        },
      }),
    );
  expect({
    own: await affine('a', 'podAffinity'),
    named: await affine('b', 'podAffinity', { namespaces: ['other'] }),
    selected: await affine('c', 'podAntiAffinity', { namespaceSelector: {} }),
    preferred: await preferred('d', { namespaces: ['other'] }),
  }).toEqual({
    own: 'allowed',
    named: exceeded('q'),
    selected: exceeded('q'),
    preferred: exceeded('q'),
  });
});
