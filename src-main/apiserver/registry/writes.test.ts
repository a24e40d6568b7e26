import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps, type HttpsAnswer } from '../../testing/https.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

const core = '/api/v1/namespaces/default';
const configMaps = `${core}/configmaps`;
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

function call(method: string, path: string, body?: unknown, type = 'application/json'): Promise<HttpsAnswer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  // Node sends no length with the body of a DELETE by itself.
  const length = { 'content-length': String(Buffer.byteLength(text ?? '')) };
  const headers = { 'content-type': type, ...length };
  return callHttps(cluster, { method, path, headers, ...(text !== undefined && { body: text }) });
}

const merge = (path: string, body: unknown) => call('PATCH', path, body, 'application/merge-patch+json');
const metadataOf = ({ json }: HttpsAnswer) => json.metadata as Record<string, unknown>;

async function create(path: string, object: { metadata: object } & Record<string, unknown>) {
  const made = await call('POST', path, object);
  expect(made.status, made.text).toBe(201);
  return made.json;
}

describe('metadata of a changed object', () => {
  it.each([
    ['uid', 'other', 'metadata.uid: Invalid value: "other": field is immutable'],
    ['name', 'other', 'the name of the object (other) does not match the name on the URL (meta)'],
    [
      'namespace',
      'other',
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'deletionTimestamp',
      '2026-01-01T00:00:00Z',
      'metadata.deletionTimestamp: Invalid value: "2026-01-01T00:00:00Z": field is immutable',
    ],
    [
      'deletionGracePeriodSeconds',
      5,
      'metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable',
    ],
    [
      'finalizers',
      ['Not/A/Name'],
      'metadata.finalizers: Invalid value: "Not/A/Name": a valid label key must',
    ],
  ])('%s is refused by a patch', async (field, value, why) => {
    await call('POST', configMaps, { metadata: { name: 'meta' } });
    const refused = await merge(`${configMaps}/meta`, { metadata: { [field]: value } });
    expect([400, 422]).toContain(refused.status);
    expect(refused.json.message).toContain(why);
  });

  it('is refused through the status as well', async () => {
    const path = `${core}/services/kubernetes/status`;
    const refused = await merge(path, { metadata: { deletionGracePeriodSeconds: 5 } });
    expect(refused.json.message).toBe(
      'Service "kubernetes" is invalid: metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable',
    );
  });

  it('the times, versions and counters a client sends are the server’s all the same', async () => {
    const made = await create(configMaps, {
      metadata: { name: 'own', creationTimestamp: null, generation: 7 },
    });
    const sent = { creationTimestamp: '2000-01-01T00:00:00Z', generation: 9, selfLink: '/x' };
    const put = await call('PUT', `${configMaps}/own`, {
      metadata: { name: 'own', ...sent },
      data: { a: '1' },
    });
    expect(put.status).toBe(200);
    const { creationTimestamp, uid } = made.metadata;
    expect(metadataOf(put)).toMatchObject({ creationTimestamp, uid });
    expect(metadataOf(put).generation).toBeUndefined();
    expect(metadataOf(put).selfLink).toBeUndefined();
  });

  it('owners that stand there twice are kept once, with a warning', async () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'u1' };
    const body = { metadata: { name: 'owned', ownerReferences: [owner, owner, { ...owner, uid: 'u2' }] } };
    const made = await call('POST', configMaps, body);
    expect(metadataOf(made).ownerReferences).toEqual([owner, { ...owner, uid: 'u2' }]);
    expect(made.headers.warning).toBe(
      '299 - ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: u1"',
    );
  });

  it('what does nothing in an object is warned of, once it is taken in', async () => {
    const spec = { ports: [{ port: 80 }], externalName: 'x' };
    const services = `${core}/services`;
    const made = await call('POST', services, { metadata: { name: 'warned' }, spec });
    expect([made.status, made.headers.warning]).toEqual([
      201,
      '299 - "spec.externalName is ignored when spec.type is not \\"ExternalName\\""',
    ]);
    const refused = await call('POST', services, {
      metadata: { name: 'refused' },
      spec: { ...spec, ports: [] },
    });
    expect([refused.status, refused.headers.warning]).toEqual([422, undefined]);
  });
});

describe('conditions', () => {
  it('of an update: a uid of another object, and a stale resourceVersion', async () => {
    const { metadata } = await create(configMaps, { metadata: { name: 'cond' } });
    const other = await call('PUT', `${configMaps}/cond`, { metadata: { name: 'cond', uid: 'other' } });
    expect(other.status).toBe(409);
    expect(other.json.message).toBe(
      `Operation cannot be fulfilled on configmaps "cond": StorageError: invalid object, Code: 4, Key: /registry/configmaps/default/cond, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: ${metadata.uid}`,
    );
    const stale = await merge(`${configMaps}/cond`, { metadata: { resourceVersion: '1' } });
    expect(stale.status).toBe(409);
    expect(stale.json.message).toContain('the object has been modified');
  });

  it('of a deletion', async () => {
    const { metadata } = await create(configMaps, { metadata: { name: 'precious' } });
    const refused = await call('DELETE', `${configMaps}/precious`, {
      preconditions: { resourceVersion: '1' },
    });
    expect(refused.status).toBe(409);
    expect(refused.json.message).toBe(
      `Operation cannot be fulfilled on configmaps "precious": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
    const { uid, resourceVersion } = metadata;
    const gone = await call('DELETE', `${configMaps}/precious`, { preconditions: { uid, resourceVersion } });
    expect(gone.status).toBe(200);
  });

  it('an update without resourceVersion is refused where Kubernetes wants one', async () => {
    await create(leases, { metadata: { name: 'l' }, spec: {} });
    const refused = await call('PUT', `${leases}/l`, { metadata: { name: 'l' }, spec: {} });
    expect(refused.status).toBe(422);
    expect(refused.json.message).toBe(
      'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
    expect((await merge(`${leases}/l`, { spec: { holderIdentity: 'a' } })).status).toBe(200);
  });
});

describe('a PUT of what is not there', () => {
  it('creates where Kubernetes does so', async () => {
    const made = await call('PUT', `${leases}/new`, {
      metadata: { name: 'new', resourceVersion: '1' },
      spec: {},
    });
    expect(made.status).toBe(201);
    const ports = [{ port: 80 }];
    expect(
      (await call('PUT', `${core}/services/new`, { metadata: { name: 'new' }, spec: { ports } })).status,
    ).toBe(201);
    expect((await call('PUT', `${core}/endpoints/new`, { metadata: { name: 'new' } })).status).toBe(201);
  });

  it('is 404 elsewhere, and 400 without a name', async () => {
    expect((await call('PUT', `${configMaps}/new`, { metadata: { name: 'new' } })).status).toBe(404);
    const nameless = await call('PUT', `${configMaps}/new`, { data: {} });
    expect(nameless.status).toBe(400);
    expect(nameless.json.message).toBe(
      'the name of the object (new based on URL) was undeterminable: name must be provided',
    );
  });
});

describe('options', () => {
  it.each<[string, string, number, string]>([
    [
      'POST',
      'dryRun=Some',
      422,
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ],
    [
      'POST',
      `fieldManager=${'a'.repeat(129)}`,
      422,
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    ],
    [
      'POST',
      'fieldManager=a%07',
      422,
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\u0007": invalid character U+0007 (at position 1)',
    ],
    [
      'PATCH',
      'force=true&dryRun=Some',
      422,
      'PatchOptions.meta.k8s.io "" is invalid: [force: Forbidden: may not be specified for non-apply patch, dryRun: Unsupported value: ["Some"]: supported values: "All"]',
    ],
    [
      'DELETE',
      'propagationPolicy=Later',
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Later": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
    [
      'DELETE',
      'propagationPolicy=Orphan&orphanDependents=true',
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    ],
  ])('%s ?%s is refused', async (method, query, code, message) => {
    const path = method === 'POST' ? configMaps : `${configMaps}/any`;
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const body = method === 'DELETE' ? undefined : { metadata: {} };
    const refused = await call(method, `${path}?${query}`, body, type);
    expect([refused.status, refused.json.message]).toEqual([code, message]);
  });

  it('an apply patch needs a manager', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap' };
    const refused = await call('PATCH', `${configMaps}/any`, body, 'application/apply-patch+yaml');
    expect(refused.json.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  });

  it('a dry run of every verb answers as if and changes nothing', async () => {
    await create(configMaps, { metadata: { name: 'dry' }, data: { a: '1' } });
    const revision = cluster.store.revision;
    const query = '?dryRun=All';
    const made = await call('POST', `${configMaps}${query}`, { metadata: { generateName: 'dry-' } });
    expect(metadataOf(made)).toMatchObject({ name: expect.stringMatching(/^dry-/), uid: expect.any(String) });
    expect(made.status).toBe(201);
    const put = await call('PUT', `${configMaps}/dry${query}`, {
      metadata: { name: 'dry' },
      data: { a: '2' },
    });
    expect(put.json.data).toEqual({ a: '2' });
    expect((await merge(`${configMaps}/dry${query}`, { data: { b: '1' } })).json.data).toEqual({
      a: '1',
      b: '1',
    });
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', data: { c: '1' } };
    const type = 'application/apply-patch+yaml';
    const apply = await call('PATCH', `${configMaps}/dry${query}&fieldManager=m`, applied, type);
    expect(apply.json.data).toEqual({ a: '1', c: '1' });
    expect((await call('PATCH', `${configMaps}/dryer${query}&fieldManager=m`, applied, type)).status).toBe(
      201,
    );
    expect((await call('PUT', `${leases}/dry${query}`, { metadata: { name: 'dry' } })).status).toBe(201);
    expect((await call('DELETE', `${configMaps}/dry${query}`)).json).toMatchObject({
      kind: 'Status',
      status: 'Success',
    });
    expect((await call('DELETE', `${configMaps}/dry`, { dryRun: ['All'] })).json.status).toBe('Success');
    expect((await call('DELETE', `${configMaps}${query}`)).json.kind).toBe('ConfigMapList');
    expect(cluster.store.revision).toBe(revision);
    expect((await call('GET', `${configMaps}/dry`)).json.data).toEqual({ a: '1' });
  });
});

describe('deletion', () => {
  it('answers 202 to those who asked in the old way, while the object lives on', async () => {
    await create(configMaps, { metadata: { name: 'held', finalizers: ['example.com/a'] } });
    const marked = await call('DELETE', `${configMaps}/held?orphanDependents=false`);
    expect(marked.status).toBe(202);
    expect(metadataOf(marked)).toMatchObject({
      deletionGracePeriodSeconds: 0,
      finalizers: ['example.com/a'],
    });
    const orphaning = await call('DELETE', `${configMaps}/held`, { orphanDependents: true });
    expect(orphaning.status).toBe(200);
    expect(metadataOf(orphaning).finalizers).toEqual(['example.com/a', 'orphan']);
    const more = await merge(`${configMaps}/held`, { metadata: { finalizers: ['example.com/b'] } });
    expect(more.json.message).toBe(
      'ConfigMap "held" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/b"}',
    );
    const freed = await merge(`${configMaps}/held`, { metadata: { finalizers: null } });
    expect(freed.status).toBe(200);
    expect((await call('GET', `${configMaps}/held`)).status).toBe(404);
  });

  it('of a collection takes selectors and a limit', async () => {
    const path = '/api/v1/namespaces/kube-public/configmaps';
    for (const name of ['a', 'b', 'c'])
      await create(path, { metadata: { name, labels: { of: 'collection' } } });
    await create(path, { metadata: { name: 'other' } });
    const names = ({ json }: HttpsAnswer) =>
      (json.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
    expect(names(await call('DELETE', `${path}?labelSelector=of%3Dcollection&limit=2`))).toEqual(['a', 'b']);
    expect(names(await call('GET', path))).toEqual(['c', 'other']);
    expect(names(await call('DELETE', `${path}?fieldSelector=metadata.name%3Dc`))).toEqual(['c']);
    expect(names(await call('GET', path))).toEqual(['other']);
  });
});

describe('generation', () => {
  const deployments = '/apis/apps/v1/namespaces/default/deployments';
  const template = {
    metadata: { labels: { app: 'g' } },
    spec: { containers: [{ name: 'c', image: 'example.test/a' }] },
  };
  const spec = { selector: { matchLabels: { app: 'g' } }, template };

  it('of a deployment rises with its annotations, not with its labels or its status', async () => {
    await create(deployments, { metadata: { name: 'g', generation: 5 }, spec });
    const path = `${deployments}/g`;
    const generations = [
      await merge(path, { metadata: { labels: { a: 'b' } } }),
      await merge(path, { metadata: { annotations: { a: 'b' } } }),
      await merge(path, { metadata: { annotations: { a: 'b' } } }),
      await merge(`${path}/status`, {
        metadata: { annotations: { a: 'c' } },
        status: { observedGeneration: 2 },
      }),
      await merge(`${path}/scale`, { spec: { replicas: 3 } }),
      await merge(path, { spec: { paused: true } }),
    ].map(metadataOf);
    expect(generations.map(({ generation }) => generation)).toEqual([1, 2, 2, 2, undefined, 4]);
  });

  it('of other kinds does not', async () => {
    const path = '/apis/apps/v1/namespaces/default/replicasets';
    await create(path, { metadata: { name: 'g' }, spec });
    const annotated = await merge(`${path}/g`, { metadata: { annotations: { a: 'b' } } });
    expect(metadataOf(annotated).generation).toBe(1);
  });
});
