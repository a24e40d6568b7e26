import type { ApiError } from '@shared/api/status.ts';
import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const namespace = 'default';
const configMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
  metadata: { name, namespace, labels },
  data,
});
const deployment = (name: string, replicas = 1) => ({
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'app', image: 'example.test/app' }] },
    },
  },
});

/** The refusal of a call that must fail. */
async function refusal(call: Promise<unknown>): Promise<ApiError['status']> {
  const error = await call.then(
    () => expect.unreachable('the call succeeded'),
    (reason: ApiError) => reason,
  );
  return error.status;
}

test('a created object has what the server adds, and is read back the same', async () => {
  const created = await cluster.client.create(configMapKind, configMap('a', { x: '1' }));
  expect(created).toMatchObject({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace, uid: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    data: { x: '1' },
  });
  expect(created.metadata?.resourceVersion).toBe(String(cluster.store.revision));
  expect(created.metadata?.managedFields).toMatchObject([
    { operation: 'Update', fieldsV1: { 'f:data': {} } },
  ]);
  expect(await cluster.client.get(configMapKind, { namespace, name: 'a' })).toEqual(created);
});

test('a taken name and a missing object are refused in Kubernetes’ words', async () => {
  await cluster.client.create(configMapKind, configMap('a'));
  expect(await refusal(cluster.client.create(configMapKind, configMap('a')))).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'configmaps "a" already exists',
    reason: 'AlreadyExists',
    details: { name: 'a', kind: 'configmaps' },
    code: 409,
  });
  const missing = await refusal(cluster.client.get(deploymentKind, { namespace, name: 'b' }));
  expect(missing).toMatchObject({
    message: 'deployments.apps "b" not found',
    reason: 'NotFound',
    details: { name: 'b', group: 'apps', kind: 'deployments' },
    code: 404,
  });
});

test('generateName makes different names', async () => {
  const object = { metadata: { generateName: 'job-', namespace } };
  const made = await Promise.all(
    Array.from({ length: 20 }, () => cluster.client.create(configMapKind, object)),
  );
  const names = made.map(({ metadata }) => metadata?.name ?? '');
  expect(new Set(names).size).toBe(20);
  for (const name of names) expect(name).toMatch(/^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
});

test('every field error is told at once', async () => {
  const broken = { metadata: { name: 'Not_A_Name', namespace }, spec: { containers: [] } };
  const status = await refusal(cluster.client.create(podKind, broken));
  expect(status).toMatchObject({ reason: 'Invalid', code: 422 });
  expect(status.details?.causes?.map(({ field }) => field)).toEqual(
    expect.arrayContaining(['metadata.name', 'spec.containers']),
  );
});

test('a stale update is refused, one without resourceVersion wins', async () => {
  const first = await cluster.client.create(configMapKind, configMap('a', { x: '1' }));
  await cluster.client.update(configMapKind, { ...first, data: { x: '2' } });
  expect(await refusal(cluster.client.update(configMapKind, { ...first, data: { x: '3' } }))).toMatchObject({
    message:
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    reason: 'Conflict',
    details: { name: 'a', kind: 'configmaps' },
    code: 409,
  });
  const forced = await cluster.client.update(configMapKind, configMap('a', { x: '4' }));
  expect(forced.data).toEqual({ x: '4' });
});

test('an update that changes nothing writes nothing', async () => {
  const first = await cluster.client.create(configMapKind, configMap('a', { x: '1' }));
  const revision = cluster.store.revision;
  const second = await cluster.client.update(configMapKind, first);
  const third = await cluster.client.patch(
    configMapKind,
    { namespace, name: 'a' },
    { type: 'merge', body: { data: { x: '1' } } },
  );
  expect([second, third]).toEqual([first, first]);
  expect(cluster.store.revision).toBe(revision);
});

test('many writers through patches lose no write', async () => {
  await cluster.client.create(configMapKind, configMap('a'));
  const writers = Array.from({ length: 50 }, (_, index) =>
    cluster.client.patch(
      configMapKind,
      { namespace, name: 'a' },
      { type: 'merge', body: { data: { [`k${index}`]: 'v' } } },
    ),
  );
  await Promise.all(writers);
  const { data } = await cluster.client.get(configMapKind, { namespace, name: 'a' });
  expect(Object.keys(data ?? {})).toHaveLength(50);
});

test('generation counts changes of the spec, not of metadata or status', async () => {
  const created = await cluster.client.create(deploymentKind, deployment('web'));
  expect(created.metadata?.generation).toBe(1);
  const ref = { namespace, name: 'web' };
  const labelled = await cluster.client.patch(deploymentKind, ref, {
    type: 'merge',
    body: { metadata: { labels: { a: 'b' } } },
  });
  expect(labelled.metadata?.generation).toBe(1);
  const scaled = await cluster.client.patch(deploymentKind, ref, {
    type: 'merge',
    body: { spec: { replicas: 3 } },
  });
  expect(scaled.metadata?.generation).toBe(2);
  const reported = await cluster.client.updateStatus(deploymentKind, { ...scaled, status: { replicas: 3 } });
  expect(reported.metadata?.generation).toBe(2);
  expect(reported.status?.replicas).toBe(3);
});

test('status and spec are written apart', async () => {
  const created = await cluster.client.create(deploymentKind, {
    ...deployment('web'),
    status: { replicas: 9 },
  });
  expect(created.status?.replicas).toBeUndefined();
  const viaSpec = await cluster.client.update(deploymentKind, { ...created, status: { replicas: 9 } });
  expect(viaSpec.status?.replicas).toBeUndefined();
  const viaStatus = await cluster.client.updateStatus(deploymentKind, {
    ...deployment('web', 5),
    status: { replicas: 4 },
  });
  expect([viaStatus.spec?.replicas, viaStatus.status?.replicas]).toEqual([1, 4]);
});

test('scale reads and writes the replica count, with the resourceVersion as condition', async () => {
  await cluster.client.create(deploymentKind, deployment('web', 2));
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web/scale`;
  const { transport } = cluster.client;
  const scale = await transport.request({ method: 'GET', path });
  expect(scale).toMatchObject({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name: 'web', namespace },
    spec: { replicas: 2 },
    status: { replicas: 0, selector: 'app=web' },
  });
  const body = { ...(scale as object), spec: { replicas: 7 } };
  expect(await transport.request({ method: 'PUT', path, body })).toMatchObject({ spec: { replicas: 7 } });
  expect((await refusal(transport.request({ method: 'PUT', path, body }))).reason).toBe('Conflict');
  const patched = await transport.request({
    method: 'PATCH',
    path,
    patchType: 'merge',
    body: { spec: { replicas: 1 } },
  });
  expect(patched).toMatchObject({ spec: { replicas: 1 } });
  const negative = await refusal(
    transport.request({ method: 'PATCH', path, patchType: 'merge', body: { spec: { replicas: -1 } } }),
  );
  expect(negative.message).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0');
});

test('a dry run answers as if, and stores nothing', async () => {
  const revision = cluster.store.revision;
  const created = await cluster.client.create(configMapKind, configMap('a', { x: '1' }), { dryRun: true });
  expect(created.metadata?.uid).toBeDefined();
  expect(created.metadata?.resourceVersion).toBeUndefined();
  expect(cluster.store.revision).toBe(revision);
  await cluster.client.create(configMapKind, configMap('b', { x: '1' }));
  const patch = { type: 'merge', body: { data: { x: '2' } } } as const;
  const patched = await cluster.client.patch(configMapKind, { namespace, name: 'b' }, patch, {
    dryRun: true,
  });
  expect(patched.data).toEqual({ x: '2' });
  await cluster.client.delete(configMapKind, { namespace, name: 'b' }, { dryRun: true });
  expect((await cluster.client.get(configMapKind, { namespace, name: 'b' })).data).toEqual({ x: '1' });
});

test('unknown fields are dropped, warned of or refused, as asked', async () => {
  const object = { ...configMap('a'), colour: 'blue' };
  const created = await cluster.client.create(configMapKind, object);
  expect(created).not.toHaveProperty('colour');
  const strict = await refusal(
    cluster.client.create(configMapKind, { ...configMap('b'), colour: 'blue' } as never, {
      fieldValidation: 'Strict',
    }),
  );
  expect(strict).toMatchObject({
    reason: 'BadRequest',
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "colour"',
  });
});

test('deletion answers with a Status, checks preconditions, and ends with 404', async () => {
  const { metadata } = await cluster.client.create(configMapKind, configMap('a'));
  const ref = { namespace, name: 'a' };
  const wrong = await refusal(cluster.client.delete(configMapKind, ref, { preconditions: { uid: 'other' } }));
  expect(wrong).toMatchObject({
    reason: 'Conflict',
    message: expect.stringContaining('the UID in the precondition (other) does not match the UID in record'),
  });
  const answer = await cluster.client.delete(configMapKind, ref, {
    preconditions: { uid: metadata?.uid ?? '' },
  });
  expect(answer).toMatchObject({
    kind: 'Status',
    status: 'Success',
    details: { name: 'a', kind: 'configmaps', uid: metadata?.uid },
  });
  expect((await refusal(cluster.client.delete(configMapKind, ref))).reason).toBe('NotFound');
});

test('finalizers keep a deleted object until the last one is gone', async () => {
  await cluster.client.create(configMapKind, {
    metadata: { name: 'a', namespace, finalizers: ['test.example/hold'] },
  });
  const ref = { namespace, name: 'a' };
  const going = await cluster.client.delete(configMapKind, ref);
  expect(going).toMatchObject({
    metadata: { deletionTimestamp: expect.any(String), deletionGracePeriodSeconds: 0 },
  });
  const added = await refusal(
    cluster.client.patch(configMapKind, ref, {
      type: 'merge',
      body: { metadata: { finalizers: ['test.example/hold', 'test.example/more'] } },
    }),
  );
  expect(added.message).toContain('no new finalizers can be added if the object is being deleted');
  await cluster.client.patch(configMapKind, ref, { type: 'merge', body: { metadata: { finalizers: null } } });
  expect((await refusal(cluster.client.get(configMapKind, ref))).reason).toBe('NotFound');
});

test('propagation policies become finalizers', async () => {
  await cluster.client.create(configMapKind, configMap('orphaning'));
  await cluster.client.create(configMapKind, configMap('foreground'));
  const orphaning = await cluster.client.delete(
    configMapKind,
    { namespace, name: 'orphaning' },
    { propagationPolicy: 'Orphan' },
  );
  expect(orphaning).toMatchObject({ metadata: { finalizers: ['orphan'] } });
  const foreground = await cluster.client.delete(
    configMapKind,
    { namespace, name: 'foreground' },
    { propagationPolicy: 'Foreground' },
  );
  expect(foreground).toMatchObject({ metadata: { finalizers: ['foregroundDeletion'] } });
});

test('a pod on a node gets its grace period, which may only be shortened', async () => {
  const pod = { metadata: { name: 'p', namespace }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const ref = { namespace, name: 'p' };
  await cluster.client.create(podKind, pod);
  expect(await cluster.client.delete(podKind, ref)).toMatchObject({ kind: 'Pod' });
  expect((await refusal(cluster.client.get(podKind, ref))).reason).toBe('NotFound');

  await cluster.client.create(podKind, pod);
  await cluster.client.post(podKind, ref, 'binding', { target: { kind: 'Node', name: 'n' } });
  await cluster.client.delete(podKind, ref);
  expect((await cluster.client.get(podKind, ref)).metadata?.deletionGracePeriodSeconds).toBe(30);
  await cluster.client.delete(podKind, ref, { gracePeriodSeconds: 60 });
  expect((await cluster.client.get(podKind, ref)).metadata?.deletionGracePeriodSeconds).toBe(30);
  await cluster.client.delete(podKind, ref, { gracePeriodSeconds: 5 });
  expect((await cluster.client.get(podKind, ref)).metadata?.deletionGracePeriodSeconds).toBe(5);
  await cluster.client.delete(podKind, ref, { gracePeriodSeconds: 0 });
  expect((await refusal(cluster.client.get(podKind, ref))).reason).toBe('NotFound');
});

test('deletecollection removes what the selector matches', async () => {
  await cluster.client.create(configMapKind, configMap('a', {}, { app: 'x' }));
  await cluster.client.create(configMapKind, configMap('b', {}, { app: 'y' }));
  await cluster.client.deleteCollection(configMapKind, { namespace, labelSelector: 'app=x' });
  const left = await cluster.client.list(configMapKind, { namespace });
  expect(left.items.map(({ metadata }) => metadata?.name)).toEqual(['b']);
});

test('lists are selected by labels and fields, sorted by name', async () => {
  for (const name of ['c', 'a', 'b'])
    await cluster.client.create(configMapKind, configMap(name, {}, { odd: String(name !== 'b') }));
  await cluster.client.create(namespaceKind, { metadata: { name: 'other' } });
  await cluster.client.create(configMapKind, { metadata: { name: 'a', namespace: 'other' } });
  const names = async (options: Parameters<typeof cluster.client.list>[1]) =>
    (await cluster.client.list(configMapKind, options)).items
      .filter(({ metadata }) => metadata?.namespace !== 'kube-system')
      .map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);
  expect(await names({ namespace })).toEqual(['default/a', 'default/b', 'default/c']);
  expect(await names({})).toEqual(['default/a', 'default/b', 'default/c', 'other/a']);
  expect(await names({ labelSelector: 'odd=true' })).toEqual(['default/a', 'default/c']);
  expect(await names({ labelSelector: 'odd notin (true)' })).toEqual(['default/b', 'other/a']);
  expect(await names({ fieldSelector: 'metadata.name=a' })).toEqual(['default/a', 'other/a']);
  expect(await names({ fieldSelector: 'metadata.name!=a,metadata.namespace=default' })).toEqual([
    'default/b',
    'default/c',
  ]);
  const unknown = await refusal(cluster.client.list(configMapKind, { fieldSelector: 'data.x=1' }));
  expect(unknown).toMatchObject({
    reason: 'BadRequest',
    message: expect.stringContaining(
      '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ),
  });
});

test('a list in chunks is a consistent picture, whatever changes meanwhile', async () => {
  for (let index = 0; index < 10; index++)
    await cluster.client.create(configMapKind, configMap(`m${index}`, {}, { even: String(index % 2 === 0) }));
  const first = await cluster.client.list(configMapKind, { namespace, limit: 4 });
  expect([first.items.length, first.metadata.remainingItemCount]).toEqual([4, 6]);
  await cluster.client.create(configMapKind, configMap('m55'));
  await cluster.client.delete(configMapKind, { namespace, name: 'm9' });
  const names = first.items.map(({ metadata }) => metadata?.name);
  let token = first.metadata.continue;
  while (token) {
    const next = await cluster.client.list(configMapKind, { namespace, limit: 4, continue: token });
    expect(next.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    names.push(...next.items.map(({ metadata }) => metadata?.name));
    token = next.metadata.continue;
  }
  expect(names).toEqual(Array.from({ length: 10 }, (_, index) => `m${index}`));

  const selected = await cluster.client.list(configMapKind, {
    namespace,
    limit: 2,
    labelSelector: 'even=true',
  });
  expect(selected.items.map(({ metadata }) => metadata?.name)).toEqual(['m0', 'm2']);
  expect(selected.metadata.remainingItemCount).toBeUndefined();
  expect(selected.metadata.continue).toBeDefined();
});

test('a chunk whose history is gone is 410, with a token to go on without consistency', async () => {
  for (let index = 0; index < 4; index++) await cluster.client.create(configMapKind, configMap(`m${index}`));
  const first = await cluster.client.list(configMapKind, { namespace, limit: 2 });
  await cluster.client.create(configMapKind, configMap('m4'));
  await cluster.store.compact(cluster.store.revision);
  const options = { namespace, limit: 2, continue: first.metadata.continue ?? '' };
  const status = await refusal(cluster.client.list(configMapKind, options));
  expect(status).toMatchObject({ reason: 'Expired', code: 410 });
  const rest = await cluster.client.list(configMapKind, {
    namespace,
    continue: status.metadata.continue ?? '',
  });
  expect(rest.items.map(({ metadata }) => metadata?.name)).toEqual(['m2', 'm3', 'm4']);
  expect((await refusal(cluster.client.list(configMapKind, { continue: 'nonsense' }))).reason).toBe(
    'BadRequest',
  );
});

test('a list may ask for a past state', async () => {
  const { metadata } = await cluster.client.create(configMapKind, configMap('a'));
  await cluster.client.create(configMapKind, configMap('b'));
  const { transport } = cluster.client;
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const query = { resourceVersion: metadata?.resourceVersion, resourceVersionMatch: 'Exact' };
  const past = await transport.request({ method: 'GET', path, query });
  expect((past as { items: unknown[] }).items).toHaveLength(1);
});
