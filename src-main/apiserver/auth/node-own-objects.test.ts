import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { resourceClaimKind } from '@shared/kinds/resource/resource-claim/kind.ts';
import { csiNodeKind } from '@shared/kinds/storage/csi-node/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { asNode, namespace, outcome, podOn } from '../admission/node-restriction/nodes.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const unrelated = expect.stringContaining("no relationship found between node 'n1' and this object");

test('a node reads the accounts of its pods and makes no others', async () => {
  const node = asNode(cluster, 'n1');
  await cluster.client.create(serviceAccountKind, { metadata: { namespace, name: 'other' } });
  const read = (name: string) => outcome(node.get(serviceAccountKind, { namespace, name }));
  expect(await read('default')).toEqual(unrelated);
  await podOn(cluster, { name: 'a', nodeName: 'n1' });
  expect({
    own: await read('default'),
    foreign: await read('other'),
    list: await outcome(node.list(serviceAccountKind, { namespace })),
    create: await outcome(node.create(serviceAccountKind, { metadata: { namespace, name: 'x' } })),
    token: await outcome(node.post(serviceAccountKind, { namespace, name: 'other' }, 'token', { spec: {} })),
  }).toEqual({
    own: 'allowed',
    foreign: unrelated,
    list: expect.stringContaining('can only get individual resources of this type'),
    create: expect.stringContaining('can only get individual resources of this type'),
    token: unrelated,
  });
});

test('a node looks after its own CSINode and Lease', async () => {
  const node = asNode(cluster, 'n1');
  const lease = (name: string, place = 'kube-node-lease') => ({ metadata: { namespace: place, name } });
  const csiNode = (name: string) => ({ metadata: { name }, spec: { drivers: [] } });
  const notNamed = (what: string) => expect.stringContaining(`can only access ${what} with the same name`);
  await cluster.client.create(csiNodeKind, csiNode('n2'));
  expect({
    create: await outcome(node.create(csiNodeKind, csiNode('n1'))),
    read: await outcome(node.get(csiNodeKind, { name: 'n1' })),
    remove: await outcome(node.delete(csiNodeKind, { name: 'n1' })),
    createForeign: await outcome(node.create(csiNodeKind, csiNode('n3'))),
    readForeign: await outcome(node.get(csiNodeKind, { name: 'n2' })),
    list: await outcome(node.list(csiNodeKind)),
    lease: await outcome(node.create(leaseKind, lease('n1'))),
    leaseForeign: await outcome(node.create(leaseKind, lease('n2'))),
    leaseElsewhere: await outcome(node.create(leaseKind, lease('n1', 'default'))),
  }).toEqual({
    create: 'allowed',
    read: 'allowed',
    remove: 'allowed',
    createForeign: notNamed('CSINode'),
    readForeign: notNamed('CSINode'),
    list: expect.stringContaining('can only get, create, update, patch, or delete a CSINode'),
    lease: 'allowed',
    leaseForeign: notNamed('node lease'),
    leaseElsewhere: expect.stringContaining('can only access leases in the "kube-node-lease"'),
  });
});

const createClaim = (name: string) =>
  cluster.client.create(resourceClaimKind, {
    metadata: { namespace, name },
    spec: { devices: { requests: [{ name: 'd', exactly: { deviceClassName: 'c' } }] } },
  });

test('a node reads the device claims of its pods, also those noted after the pod was bound', async () => {
  for (const name of ['named', 'made', 'other']) await createClaim(name);
  await podOn(cluster, {
    name: 'a',
    nodeName: 'n1',
    spec: {
      resourceClaims: [
        { name: 'x', resourceClaimName: 'named' },
        { name: 'y', resourceClaimTemplateName: 'template' },
      ],
    },
  });
  const node = asNode(cluster, 'n1');
  const read = (name: string) => outcome(node.get(resourceClaimKind, { namespace, name }));
  expect([await read('named'), await read('made')]).toEqual(['allowed', unrelated]);
  const resourceClaimStatuses = [{ name: 'y', resourceClaimName: 'made' }];
  await cluster.client.patch(
    podKind,
    { namespace, name: 'a' },
    { type: 'merge', body: { status: { resourceClaimStatuses } } },
    { subresource: 'status' },
  );
  expect([await read('named'), await read('made'), await read('other')]).toEqual([
    'allowed',
    'allowed',
    unrelated,
  ]);
});

test('what an ephemeral container refers to is read from when it is there', async () => {
  await cluster.client.create(secretKind, { metadata: { namespace, name: 's' } });
  await podOn(cluster, { name: 'a', nodeName: 'n1' });
  const read = () => outcome(asNode(cluster, 'n1').get(secretKind, { namespace, name: 's' }));
  expect(await read()).toEqual(unrelated);
  const envFrom = [{ secretRef: { name: 's' } }];
  await cluster.client.patch(
    podKind,
    { namespace, name: 'a' },
    { type: 'merge', body: { spec: { ephemeralContainers: [{ name: 'debug', image: 'i', envFrom }] } } },
    { subresource: 'ephemeralcontainers' },
  );
  expect(await read()).toBe('allowed');
});

test('a mirror pod opens nothing to its node, whatever it names', async () => {
  await cluster.client.create(secretKind, { metadata: { namespace, name: 's' } });
  await cluster.client.create(podKind, {
    metadata: { namespace, name: 'mirror', annotations: { 'kubernetes.io/config.mirror': 'x' } },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'c', image: 'i' }],
      volumes: [{ name: 'v', secret: { secretName: 's' } }],
    },
  });
  const read = outcome(asNode(cluster, 'n1').get(secretKind, { namespace, name: 's' }));
  expect(await read).toEqual(unrelated);
});
