import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { podDisruptionBudgetKind } from '@shared/kinds/policy/pod-disruption-budget/kind.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callJson } from '../../testing/https.ts';

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management: who owns what was written through a subresource. */
let cluster: TestCluster;
const namespace = 'default';
const pods = '/api/v1/namespaces/default/pods';

beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.client.create(nodeKind, { metadata: { name: 'n1' } });
});

afterAll(() => cluster.close());

async function createPod(name: string) {
  const resources = { requests: { cpu: '100m' }, limits: { cpu: '100m' } };
  const body = {
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: 'main', image: 'web:1', resources }] },
  };
  await callJson(cluster, { method: 'POST', path: `${pods}?fieldManager=maker`, body });
}

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1: Readonly<Record<string, unknown>>;
}

/** `manager operation subresource`, and what of the object it owns. */
async function owners(kind: typeof podKind | typeof podDisruptionBudgetKind, name: string) {
  const { metadata } = (await cluster.client.get<object>(kind, { namespace, name })) as {
    metadata: { managedFields: Entry[] };
  };
  return Object.fromEntries(
    metadata.managedFields.map(({ manager, operation, subresource = '', fieldsV1 }) => [
      [manager, operation, subresource].filter(Boolean).join(' '),
      fieldsV1,
    ]),
  );
}

const strategic = 'application/strategic-merge-patch+json';
const maker = { 'maker Update': expect.any(Object) };

test('ephemeral containers belong to who added them, under the name of the subresource', async () => {
  await createPod('debugged');
  const body = { spec: { ephemeralContainers: [{ name: 'shell', image: 'busybox' }] } };
  const path = `${pods}/debugged/ephemeralcontainers?fieldManager=debugger`;
  expect((await callJson(cluster, { method: 'PATCH', path, body, type: strategic })).status).toBe(200);
  const found = await owners(podKind, 'debugged');
  expect(found).toEqual({ ...maker, 'debugger Update ephemeralcontainers': expect.any(Object) });
  expect(found['debugger Update ephemeralcontainers']).toMatchObject({
    'f:spec': { 'f:ephemeralContainers': { 'k:{"name":"shell"}': { 'f:image': {}, 'f:name': {} } } },
  });
});

test('resized resources belong to who resized', async () => {
  await createPod('resized');
  const resources = { requests: { cpu: '200m' }, limits: { cpu: '200m' } };
  const body = { spec: { containers: [{ name: 'main', resources }] } };
  const path = `${pods}/resized/resize?fieldManager=sizer`;
  expect((await callJson(cluster, { method: 'PATCH', path, body, type: strategic })).status).toBe(200);
  const found = await owners(podKind, 'resized');
  expect(found).toEqual({ ...maker, 'sizer Update resize': expect.any(Object) });
  expect(found['sizer Update resize']).toEqual({
    'f:spec': {
      'f:containers': {
        'k:{"name":"main"}': {
          'f:resources': { 'f:limits': { 'f:cpu': {} }, 'f:requests': { 'f:cpu': {} } },
        },
      },
    },
  });
});

test('the node of a pod belongs to nobody: a binding is no change of the pod by its sender', async () => {
  await createPod('bound');
  const before = await owners(podKind, 'bound');
  const body = { metadata: { name: 'bound' }, target: { kind: 'Node', name: 'n1' } };
  const path = `${pods}/bound/binding?fieldManager=binder`;
  expect((await callJson(cluster, { method: 'POST', path, body })).status).toBe(201);
  expect((await cluster.client.get(podKind, { namespace, name: 'bound' })).spec?.nodeName).toBe('n1');
  expect(await owners(podKind, 'bound')).toEqual(before);
});

test('an eviction leaves the owners of the pod as they are, and takes from the budget in the server’s name', async () => {
  await createPod('evicted');
  const selector = { matchLabels: { app: 'evicted' } };
  await cluster.client.create(podDisruptionBudgetKind, {
    metadata: { name: 'b', namespace },
    spec: { minAvailable: 0, selector },
  });
  const target = {
    method: 'POST',
    path: `${pods}/evicted/binding`,
    body: { metadata: { name: 'evicted' }, target: { kind: 'Node', name: 'n1' } },
  };
  await callJson(cluster, target);
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  await callJson(cluster, {
    method: 'PATCH',
    path: `${pods}/evicted/status?fieldManager=kubelet`,
    body: { status },
    type: strategic,
  });
  const counted = {
    observedGeneration: 1,
    disruptionsAllowed: 1,
    currentHealthy: 1,
    desiredHealthy: 0,
    expectedPods: 1,
  };
  await callJson(cluster, {
    method: 'PATCH',
    path: '/apis/policy/v1/namespaces/default/poddisruptionbudgets/b/status?fieldManager=counter',
    body: { status: counted },
    type: 'application/merge-patch+json',
  });
  const before = await owners(podKind, 'evicted');
  const path = `${pods}/evicted/eviction?fieldManager=evictor`;
  expect(
    (await callJson(cluster, { method: 'POST', path, body: { metadata: { name: 'evicted' } } })).status,
  ).toBe(201);
  expect(await owners(podKind, 'evicted')).toEqual(before);
  expect(Object.keys(await owners(podDisruptionBudgetKind, 'b'))).toContain('kube-apiserver Update status');
});
