import { objectPath, refOf } from '@shared/client/client.ts';
import { nameOf } from '@shared/kinds/examples.test-fixture.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps, callJson } from '../../testing/https.ts';
import { creatableKinds, everyKind, type KindExample, patience } from '../every-kind.test-fixture.ts';

/** What the reference of the API (https://kubernetes.io/docs/reference/kubernetes-api/) says of each `delete`. */

let cluster: TestCluster;
const examples = new Map<string, KindExample>();

beforeAll(async () => {
  cluster = await startTestCluster();
  for (const example of await everyKind()) {
    await cluster.client.create(example.kind, example.object);
    examples.set(nameOf(example.kind), example);
  }
}, patience);

afterAll(() => cluster.close());

const send = (path: string, body?: object) => callJson(cluster, { method: 'DELETE', path, body });

/** Kinds whose deletion answers with the object; all others answer with a Status. */
const answeringWithObject = new Set([
  'v1/PersistentVolume',
  'v1/PersistentVolumeClaim',
  'v1/Pod',
  'v1/PodTemplate',
  'v1/ResourceQuota',
  'v1/Service',
  'v1/ServiceAccount',
  'resource.k8s.io/v1/DeviceClass',
  'resource.k8s.io/v1/ResourceClaim',
  'resource.k8s.io/v1/ResourceClaimTemplate',
  'resource.k8s.io/v1/ResourceSlice',
  'storage.k8s.io/v1/CSIDriver',
  'storage.k8s.io/v1/CSINode',
  'storage.k8s.io/v1/StorageClass',
  'storage.k8s.io/v1/VolumeAttachment',
  'storage.k8s.io/v1/VolumeAttributesClass',
]);
/** What finalizers hold back is answered with as it is, whatever its kind. */
const heldBack = new Set([
  'v1/Namespace',
  'v1/ReplicationController',
  'batch/v1/Job',
  'apiextensions.k8s.io/v1/CustomResourceDefinition',
]);

describe('a deletion answers with the object or a Status', () => {
  it.each(creatableKinds.map((kind) => [nameOf(kind), kind] as const))('%s', async (name, kind) => {
    const { object } = examples.get(name) ?? {};
    const ref = refOf(object ?? {});
    const before = cluster.store.revision;
    const answer = await send(objectPath(kind, ref));
    const isObject = answeringWithObject.has(name) || heldBack.has(name);
    expect(answer.status, answer.text).toBe(200);
    if (isObject) {
      expect(answer.json).toMatchObject({ kind: kind.kind, metadata: object?.metadata });
      expect(Number(answer.json.metadata.resourceVersion)).toBeGreaterThan(before);
      return;
    }
    const { name: objectName } = ref;
    const { group, plural } = kind;
    const details = { name: objectName, ...(group && { group }), kind: plural, uid: expect.any(String) };
    expect(answer.json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details,
    });
  });

  it('and the OpenAPI document says which', async () => {
    const { json } = await callHttps(cluster, { path: '/openapi/v2' });
    const answers = creatableKinds.map((kind) => {
      const path = objectPath(kind, { name: '{name}', namespace: '{namespace}' }).replaceAll(
        /%7B|%7D/g,
        (text) => (text === '%7B' ? '{' : '}'),
      );
      const { responses } = json.paths[path].delete;
      expect(responses['202'].schema).toEqual(responses['200'].schema);
      return [nameOf(kind), responses['200'].schema.$ref.split('.').at(-1)];
    });
    expect(answers).toEqual(
      creatableKinds.map((kind) => [
        nameOf(kind),
        answeringWithObject.has(nameOf(kind)) ? kind.kind : 'Status',
      ]),
    );
  });
});

describe('DeleteOptions in a body', () => {
  const path = '/api/v1/namespaces/default/configmaps/options';
  const create = () =>
    callJson(cluster, {
      method: 'POST',
      path: path.replace('/options', ''),
      body: { metadata: { name: 'options' } },
    });
  const options = { kind: 'DeleteOptions', apiVersion: 'v1' };

  it('make those in the query void, a dry run as well as what would be refused', async () => {
    await create();
    const gone = await send(`${path}?dryRun=All&propagationPolicy=Foreground`, options);
    expect(gone.json.status).toBe('Success');
    expect((await callHttps(cluster, { path })).status).toBe(404);
    await create();
    expect((await send(`${path}?dryRun=Some&gracePeriodSeconds=x`, options)).status).toBe(200);
  });

  it('count in the query of a request without a body', async () => {
    await create();
    const refused = await send(`${path}?gracePeriodSeconds=x`);
    expect([refused.status, refused.json.message]).toEqual([
      400,
      'strconv.ParseInt: parsing "x": invalid syntax',
    ]);
    expect((await send(`${path}?dryRun=All`)).json.status).toBe('Success');
    const held = await send(`${path}?propagationPolicy=Foreground`);
    expect(held.json.metadata.finalizers).toEqual(['foregroundDeletion']);
  });
});
