import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps, type HttpsAnswer } from '../../testing/https.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const configMaps = '/api/v1/namespaces/default/configmaps';

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1: Record<string, unknown>;
}

function send(method: string, path: string, body: unknown, type: string): Promise<HttpsAnswer> {
  return callHttps(cluster, { method, path, headers: { 'content-type': type }, body: JSON.stringify(body) });
}

function apply(path: string, manager: string, body: object, query = ''): Promise<HttpsAnswer> {
  return send('PATCH', `${path}?fieldManager=${manager}${query}`, body, 'application/apply-patch+yaml');
}

function merge(path: string, manager: string, body: object): Promise<HttpsAnswer> {
  return send('PATCH', `${path}?fieldManager=${manager}`, body, 'application/merge-patch+json');
}

/** `manager operation subresource`, sorted: they stand there by time. */
function managers({ json }: HttpsAnswer): string[] {
  const entries = (json.metadata.managedFields ?? []) as Entry[];
  return entries
    .map(({ manager, operation, subresource }) => [manager, operation, subresource].filter(Boolean).join(' '))
    .toSorted();
}

function fieldsOf({ json }: HttpsAnswer, manager: string): unknown {
  return (json.metadata.managedFields as Entry[]).find((entry) => entry.manager === manager)?.fieldsV1;
}

const configMap = (data: Record<string, string>) => ({ apiVersion: 'v1', kind: 'ConfigMap', data });
const deployment = (spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  spec: {
    selector: { matchLabels: { app: 'a' } },
    template: {
      metadata: { labels: { app: 'a' } },
      spec: { containers: [{ name: 'c', image: 'example.test/a' }] },
    },
    ...spec,
  },
});

describe('server-side apply', () => {
  it('creates, shares, gives up and removes fields as the documentation tells', async () => {
    const path = `${configMaps}/shared`;
    const made = await apply(path, 'one', configMap({ key: 'some value', own: 'one' }));
    expect(made.status).toBe(201);
    expect(fieldsOf(made, 'one')).toEqual({ 'f:data': { 'f:key': {}, 'f:own': {} } });
    const changed = await merge(path, 'two', { data: { key: 'new value' } });
    expect(managers(changed)).toEqual(['one Apply', 'two Update']);
    const conflict = await apply(path, 'one', configMap({ key: 'some value', own: 'one' }));
    expect(conflict.status).toBe(409);
    expect(conflict.json).toMatchObject({
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "two" using v1: .data.key',
      details: {
        causes: [
          { reason: 'FieldManagerConflict', message: 'conflict with "two" using v1', field: '.data.key' },
        ],
      },
    });
    const agreed = await apply(path, 'one', configMap({ key: 'new value', own: 'one' }));
    expect(managers(agreed)).toEqual(['one Apply', 'two Update']);
    const released = await apply(path, 'one', configMap({ own: 'one' }));
    expect(released.json.data).toEqual({ key: 'new value', own: 'one' });
    const forced = await apply(path, 'one', configMap({ key: 'mine' }), '&force=true');
    expect(forced.json.data).toEqual({ key: 'mine' });
    expect(managers(forced)).toEqual(['one Apply']);
    const emptied = await apply(path, 'one', configMap({}));
    expect(emptied.json.data).toBeUndefined();
  });

  it('hands a field over when both apply it and one leaves it out', async () => {
    const path = `${deployments}/handed`;
    await apply(path, 'user', deployment({ replicas: 3 }));
    const scaler = { apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas: 3 } };
    expect(managers(await apply(path, 'scaler', scaler))).toEqual(['scaler Apply', 'user Apply']);
    const left = await apply(path, 'user', deployment());
    expect(left.json.spec.replicas).toBe(3);
    const scaled = await apply(path, 'scaler', { ...scaler, spec: { replicas: 5 } });
    expect([scaled.status, scaled.json.spec.replicas]).toEqual([200, 5]);
  });

  it('defaults a field anew when its only owner leaves it out', async () => {
    const path = `${deployments}/defaulted`;
    await apply(path, 'user', deployment({ replicas: 3 }));
    expect((await apply(path, 'user', deployment())).json.spec.replicas).toBe(1);
  });

  it('that changes nothing writes nothing', async () => {
    const path = `${deployments}/idle`;
    const first = await apply(path, 'user', deployment());
    const second = await apply(path, 'user', deployment());
    expect(second.json).toEqual(first.json);
  });

  it('keeps entries of their own for status and scale', async () => {
    const path = `${deployments}/parts`;
    await apply(path, 'user', deployment({ replicas: 1 }));
    const status = { apiVersion: 'apps/v1', kind: 'Deployment', status: { observedGeneration: 1 } };
    const reported = await apply(`${path}/status`, 'controller', status);
    expect(managers(reported)).toEqual(['controller Apply status', 'user Apply']);
    expect(fieldsOf(reported, 'controller')).toEqual({ 'f:status': { 'f:observedGeneration': {} } });
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 4 } };
    const refused = await apply(`${path}/scale`, 'scaler', scale);
    expect([refused.status, refused.json.message]).toEqual([
      409,
      'Apply failed with 1 conflict: conflict with "user": .spec.replicas',
    ]);
    const scaled = await apply(`${path}/scale`, 'scaler', scale, '&force=true');
    expect(scaled.json).toMatchObject({ kind: 'Scale', spec: { replicas: 4 } });
    const patched = await merge(`${path}/scale`, 'kubectl', { spec: { replicas: 4 } });
    expect(patched.status).toBe(200);
    const read = await callHttps(cluster, { path });
    expect(managers(read)).toEqual(['controller Apply status', 'scaler Apply scale', 'user Apply']);
    expect(fieldsOf(read, 'scaler')).toEqual({ 'f:spec': { 'f:replicas': {} } });
    await merge(`${path}/scale`, 'kubectl', { spec: { replicas: 5 } });
    expect(managers(await callHttps(cluster, { path }))).toEqual([
      'controller Apply status',
      'kubectl Update scale',
      'user Apply',
    ]);
  });

  it('is refused with managedFields, with another identity, and on another version of the object', async () => {
    const path = `${configMaps}/odd`;
    await apply(path, 'one', configMap({ a: '1' }));
    const managed = { ...configMap({}), metadata: { managedFields: [] } };
    const refusals = [
      await apply(path, 'one', { ...configMap({}), metadata: { managedFields: [{ manager: 'x' }] } }),
      await apply(path, 'one', { ...configMap({}), metadata: { name: 'other' } }),
      await apply(path, 'one', { data: {} }),
      await apply(path, 'one', { ...configMap({ a: '2' }), metadata: { resourceVersion: '1' } }),
      await apply(path, 'one', { ...configMap({ a: '2' }), metadata: { uid: 'other' } }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([400, 400, 400, 409, 422]);
    expect(refusals[0]?.json.message).toBe('metadata.managedFields must be nil');
    expect((await apply(path, 'one', managed)).status).toBe(200);
  });

  it('takes over from kubectl’s client-side apply without a conflict', async () => {
    const path = `${configMaps}/migrated`;
    const applied = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'migrated', namespace: 'default' },
      data: { a: '1' },
    };
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const annotations = { [annotation]: `${JSON.stringify(applied)}\n` };
    const body = { ...applied, metadata: { ...applied.metadata, annotations } };
    await send('POST', `${configMaps}?fieldManager=kubectl-client-side-apply`, body, 'application/json');
    const other = await apply(path, 'other', configMap({ a: '2' }));
    expect(other.status).toBe(409);
    const taken = await apply(path, 'kubectl', { ...applied, data: { a: '2' } });
    expect(taken.status).toBe(200);
    expect(managers(taken)).toEqual(['kubectl Apply', 'kubectl-client-side-apply Update']);
    expect(JSON.parse(taken.json.metadata.annotations[annotation]).data).toEqual({ a: '2' });
  });
});

describe('managedFields', () => {
  it('are forgotten when a client sends one empty entry, by any kind of patch', async () => {
    const path = `${configMaps}/reset`;
    await apply(path, 'one', configMap({ a: '1' }));
    const reset = await merge(path, 'two', { metadata: { managedFields: [{}] } });
    expect([reset.status, reset.json.metadata.managedFields]).toEqual([200, undefined]);
    const untracked = await merge(path, 'two', { data: { b: '1' } });
    expect(untracked.json.metadata.managedFields).toBeUndefined();
    const again = await apply(path, 'one', configMap({ a: '1' }));
    expect(managers(again)).toEqual(['before-first-apply Update', 'one Apply']);
    const json = [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }];
    const second = await send('PATCH', path, json, 'application/json-patch+json');
    expect(second.json.metadata.managedFields).toBeUndefined();
  });

  it('may be edited, and are left alone when what is sent makes no sense', async () => {
    const path = `${configMaps}/edited`;
    const made = await apply(path, 'one', configMap({ a: '1' }));
    const [entry] = made.json.metadata.managedFields as Entry[];
    const renamed = await merge(path, 'x', { metadata: { managedFields: [{ ...entry, manager: 'three' }] } });
    expect(managers(renamed)).toEqual(['three Apply']);
    const odd = await merge(path, 'x', {
      metadata: { managedFields: [{ ...entry, fieldsV1: { 'x:a': {} } }] },
    });
    expect(managers(odd)).toEqual(['three Apply']);
  });
});
