import { objectPath, refOf } from '@shared/client/client.ts';
import { customResourceDefinitionKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { nameOf } from '@shared/kinds/examples.test-fixture.ts';
import { podDisruptionBudgetKind } from '@shared/kinds/policy/pod-disruption-budget/kind.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callJson, type JsonCall } from '../../testing/https.ts';
import { creatableKinds, everyKind, type KindExample, patience } from '../every-kind.test-fixture.ts';

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run: for every writing verb of every subresource. */

let cluster: TestCluster;
const examples = new Map<string, KindExample>();
const namespace = 'default';

beforeAll(async () => {
  cluster = await startTestCluster();
  const { client } = cluster;
  for (const example of await everyKind()) {
    await client.create(example.kind, example.object);
    examples.set(nameOf(example.kind), example);
  }
  // Its names are accepted a moment after it was created: what is compared below must be at rest.
  await vi.waitFor(async () => {
    const { object } = examples.get(nameOf(customResourceDefinitionKind)) ?? {};
    const { status } = await client.get(customResourceDefinitionKind, refOf(object ?? {}));
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Established', status: 'True' }),
    );
  });
  const resources = { requests: { cpu: '100m' }, limits: { cpu: '100m' } };
  for (const [name, spec] of [
    ['pending', {}],
    ['placed', { nodeName: 'n1' }],
  ] as const) {
    await client.create(podKind, {
      metadata: { name, namespace, labels: { app: 'budgeted' } },
      spec: { ...spec, containers: [{ name: 'main', image: 'web:1', resources }] },
    });
  }
  await client.create(nodeKind, { metadata: { name: 'n1' } });
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  await client.patch(podKind, { namespace, name: 'placed' }, { type: 'merge', body: { status } }, onStatus);
  const budget = {
    metadata: { name: 'b', namespace },
    spec: { minAvailable: 0, selector: { matchLabels: { app: 'budgeted' } } },
  };
  await client.create(podDisruptionBudgetKind, budget);
  const counted = {
    observedGeneration: 1,
    disruptionsAllowed: 1,
    currentHealthy: 1,
    desiredHealthy: 0,
    expectedPods: 1,
  };
  await client.patch(
    podDisruptionBudgetKind,
    { namespace, name: 'b' },
    { type: 'merge', body: { status: counted } },
    onStatus,
  );
}, patience);
const onStatus = { subresource: 'status' };

afterAll(() => cluster.close());

/** The object a subresource belongs to, as it is stored. */
async function ownerOf({ path }: Pick<JsonCall, 'path'>): Promise<string> {
  return (await callJson(cluster, { method: 'GET', path: path.replace(/\/[a-z]+(\?.*)?$/, '') })).text;
}

/** Sends the request dry, and says what it was answered with once the object is known to be as it was. */
async function dry(call: JsonCall) {
  const before = await ownerOf(call);
  const separator = call.path.includes('?') ? '&' : '?';
  const { status, json, text } = await callJson(cluster, {
    ...call,
    path: `${call.path}${separator}dryRun=All`,
  });
  expect(await ownerOf(call), text).toBe(before);
  return { status, json, text };
}

const patches = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
} as const;

describe('a dry run of a status', () => {
  it.each(creatableKinds.filter(({ hasStatus }) => hasStatus).map((kind) => [nameOf(kind), kind] as const))(
    '%s',
    async (name, kind) => {
      const { object } = examples.get(name) ?? {};
      const path = `${objectPath(kind, refOf(object ?? {}))}/status`;
      const annotations = { dry: 'run' };
      const patched = await dry({
        method: 'PATCH',
        path,
        body: { metadata: { annotations } },
        type: patches.merge,
      });
      expect(patched.status, patched.text).toBe(200);
      expect(patched.json.metadata.annotations).toMatchObject(annotations);
      const stored = await callJson(cluster, { method: 'GET', path });
      const put = { ...stored.json, metadata: { ...stored.json.metadata, annotations } };
      expect((await dry({ method: 'PUT', path, body: put })).json.metadata.annotations).toMatchObject(
        annotations,
      );
      const applied = { apiVersion: object?.apiVersion, kind: object?.kind, metadata: { annotations } };
      const apply = { path: `${path}?fieldManager=m`, body: applied, type: 'application/apply-patch+yaml' };
      expect((await dry({ method: 'PATCH', ...apply })).json.metadata.annotations).toMatchObject(annotations);
    },
  );
});

describe('a dry run of a scale', () => {
  it.each(creatableKinds.filter(({ scale }) => scale).map((kind) => [nameOf(kind), kind] as const))(
    '%s',
    async (name, kind) => {
      const { object } = examples.get(name) ?? {};
      const path = `${objectPath(kind, refOf(object ?? {}))}/scale`;
      const { json: scale } = await callJson(cluster, { method: 'GET', path });
      const put = await dry({ method: 'PUT', path, body: { ...scale, spec: { replicas: 7 } } });
      expect([put.status, put.json.spec]).toEqual([200, { replicas: 7 }]);
      const bodies = {
        merge: { spec: { replicas: 8 } },
        strategic: { spec: { replicas: 8 } },
        json: [{ op: 'replace', path: '/spec/replicas', value: 8 }],
      };
      for (const type of ['merge', 'strategic', 'json'] as const) {
        const patched = await dry({ method: 'PATCH', path, body: bodies[type], type: patches[type] });
        expect([type, patched.json.spec]).toEqual([type, { replicas: 8 }]);
      }
    },
  );
});

const pods = '/api/v1/namespaces/default/pods';

describe('a dry run', () => {
  it.each([
    ['the binding of a pod', `${pods}/pending/binding`],
    ['a binding', '/api/v1/namespaces/default/bindings'],
  ])('of %s', async (_what, path) => {
    const body = { metadata: { name: 'pending' }, target: { kind: 'Node', name: 'n1' } };
    expect((await dry({ method: 'POST', path, body })).status).toBe(201);
    expect(
      (await cluster.client.get(podKind, { namespace, name: 'pending' })).spec?.nodeName,
    ).toBeUndefined();
  });

  it('of an eviction, asked for in the query or in its options, leaves the budget alone', async () => {
    const path = `${pods}/placed/eviction`;
    const body = { metadata: { name: 'placed' } };
    expect((await dry({ method: 'POST', path, body })).status).toBe(201);
    const inBody = { ...body, deleteOptions: { dryRun: ['All'] } };
    const before = await ownerOf({ path });
    expect((await callJson(cluster, { method: 'POST', path, body: inBody })).status).toBe(201);
    expect(await ownerOf({ path })).toBe(before);
    const budget = await cluster.client.get(podDisruptionBudgetKind, { namespace, name: 'b' });
    expect(budget.status).toMatchObject({ disruptionsAllowed: 1 });
  });

  it('of an ephemeral container', async () => {
    const body = { spec: { ephemeralContainers: [{ name: 'shell', image: 'busybox' }] } };
    const path = `${pods}/placed/ephemeralcontainers`;
    const patched = await dry({ method: 'PATCH', path, body, type: patches.strategic });
    expect(patched.json.spec.ephemeralContainers).toMatchObject([{ name: 'shell' }]);
  });

  it('of a resize', async () => {
    const resources = { requests: { cpu: '200m' }, limits: { cpu: '200m' } };
    const body = { spec: { containers: [{ name: 'main', resources }] } };
    const patched = await dry({
      method: 'PATCH',
      path: `${pods}/placed/resize`,
      body,
      type: patches.strategic,
    });
    expect(patched.json.spec.containers[0].resources).toEqual(resources);
  });

  it('of an approval', async () => {
    const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests/a/approval';
    const conditions = [{ type: 'Approved', status: 'True', reason: 'Dry' }];
    const { json } = await callJson(cluster, { method: 'GET', path });
    const put = await dry({ method: 'PUT', path, body: { ...json, status: { conditions } } });
    expect(put.json.status.conditions).toMatchObject(conditions);
    const patched = await dry({
      method: 'PATCH',
      path,
      body: { status: { conditions } },
      type: patches.merge,
    });
    expect(patched.json.status.conditions).toMatchObject(conditions);
  });

  it('of the finalizers of a namespace', async () => {
    const { json } = await callJson(cluster, { method: 'GET', path: '/api/v1/namespaces/a' });
    const put = await dry({
      method: 'PUT',
      path: '/api/v1/namespaces/a/finalize',
      body: { ...json, spec: { finalizers: [] } },
    });
    expect([put.status, put.json.spec.finalizers ?? []]).toEqual([200, []]);
  });

  it('of a token', async () => {
    const path = '/api/v1/namespaces/default/serviceaccounts/a/token';
    const { status } = await dry({ method: 'POST', path, body: { spec: { expirationSeconds: 600 } } });
    expect(status).toBe(201);
  });
});
