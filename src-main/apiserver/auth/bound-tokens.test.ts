import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { claimsOf, tokenForDefault, whoIsBearer } from './tokens.test-fixture.ts';

let cluster: TestCluster;
const namespace = 'default';
const account = { username: 'system:serviceaccount:default:default' };

beforeEach(async () => {
  cluster = await startTestCluster();
});

afterEach(() => cluster.close());

const boundTo = (kind: string, name: string, uid?: string) =>
  tokenForDefault(cluster, { boundObjectRef: { apiVersion: 'v1', kind, name, ...(uid && { uid }) } });
const whoIs = (token: string) => whoIsBearer(cluster, token);

const makePod = (nodeName = '') =>
  cluster.client.create(podKind, {
    metadata: { name: 'p', namespace },
    spec: { containers: [{ name: 'c', image: 'i' }], ...(nodeName && { nodeName }) },
  });

test('a token bound to a Secret dies with it, and does not come back with another of its name', async () => {
  const make = () => cluster.client.create(secretKind, { metadata: { name: 's', namespace } });
  const { metadata } = await make();
  const token = await boundTo('Secret', 's');
  expect(claimsOf(token)['kubernetes.io']).toMatchObject({ secret: { name: 's', uid: metadata?.uid } });
  expect(await whoIs(token)).toMatchObject(account);
  await cluster.client.delete(secretKind, { name: 's', namespace });
  expect(await whoIs(token)).toBeUndefined();
  await make();
  expect(await whoIs(token)).toBeUndefined();
});

test('a token bound to a Node dies with it', async () => {
  const { metadata } = await cluster.client.create(nodeKind, { metadata: { name: 'n' } });
  const token = await boundTo('Node', 'n', metadata?.uid);
  expect(await whoIs(token)).toMatchObject({
    ...account,
    extra: {
      'authentication.kubernetes.io/node-name': ['n'],
      'authentication.kubernetes.io/node-uid': [metadata?.uid],
    },
  });
  await cluster.client.delete(nodeKind, { name: 'n' });
  expect(await whoIs(token)).toBeUndefined();
  await cluster.client.create(nodeKind, { metadata: { name: 'n' } });
  expect(await whoIs(token)).toBeUndefined();
});

test('a token dies with its service account, even when that comes back', async () => {
  const token = await tokenForDefault(cluster);
  await cluster.client.delete(serviceAccountKind, { namespace, name: 'default' });
  await cluster.client.create(serviceAccountKind, { metadata: { namespace, name: 'default' } });
  expect(await whoIs(token)).toBeUndefined();
  expect(await whoIs(await tokenForDefault(cluster))).toMatchObject(account);
});

test("a pod's token tells its node and outlives it", async () => {
  const node = await cluster.client.create(nodeKind, { metadata: { name: 'n' } });
  const pod = await makePod('n');
  const token = await boundTo('Pod', 'p');
  const extra = {
    'authentication.kubernetes.io/pod-name': ['p'],
    'authentication.kubernetes.io/pod-uid': [pod.metadata?.uid],
    'authentication.kubernetes.io/node-name': ['n'],
    'authentication.kubernetes.io/node-uid': [node.metadata?.uid],
  };
  expect(await whoIs(token)).toMatchObject({ ...account, extra });
  await cluster.client.delete(nodeKind, { name: 'n' });
  expect(await whoIs(token)).toMatchObject({ ...account, extra });
});

test('of a node that does not exist, a token tells the name', async () => {
  await makePod('n');
  const token = await boundTo('Pod', 'p');
  expect(claimsOf(token)['kubernetes.io']).toMatchObject({ node: { name: 'n' } });
  const { extra } = (await whoIs(token)) ?? {};
  expect(extra?.['authentication.kubernetes.io/node-name']).toEqual(['n']);
  expect(extra?.['authentication.kubernetes.io/node-uid']).toBeUndefined();
});

test('a token is bound to a pod of the account, a Secret or a Node, by the uid that was asked for', async () => {
  await makePod();
  await cluster.client.create(serviceAccountKind, { metadata: { namespace, name: 'other' } });
  await expect(
    cluster.client.post(serviceAccountKind, { namespace, name: 'other' }, 'token', {
      spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' } },
    }),
  ).rejects.toMatchObject({
    reason: 'BadRequest',
    message:
      'cannot bind token for serviceaccount "other" to pod running with different serviceaccount name.',
  });
  await expect(boundTo('ConfigMap', 'kube-root-ca.crt')).rejects.toMatchObject({
    reason: 'BadRequest',
    message: 'cannot bind token to object of type /v1, Kind=ConfigMap',
  });
  await expect(boundTo('Pod', 'p', 'another')).rejects.toMatchObject({
    reason: 'Conflict',
    message:
      'Operation cannot be fulfilled on Pod "p": the UID in the bound object reference (another) does not match the UID in record. The object might have been deleted and then recreated',
  });
});
