import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { asNode, namespace, outcome } from './nodes.test-fixture.ts';

let cluster: TestCluster;
let uid: string;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  const { metadata } = await cluster.client.create(nodeKind, { metadata: { name: 'n1' } });
  uid = metadata?.uid ?? '';
});

afterEach(() => cluster.close());

type Owner = NonNullable<NonNullable<Pod['metadata']>['ownerReferences']>[number];

const owner = (): Owner => ({ apiVersion: 'v1', kind: 'Node', name: 'n1', uid, controller: true });

/** What becomes of a mirror pod of node `n1` with these owners. */
function mirror(ownerReferences: readonly Owner[], spec: Partial<NonNullable<Pod['spec']>> = {}) {
  const annotations = { 'kubernetes.io/config.mirror': 'x' };
  return outcome(
    asNode(cluster, 'n1').create(podKind, {
      metadata: { name: 'mirror', namespace, annotations, ownerReferences: [...ownerReferences] },
      spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }], ...spec },
    }),
  );
}

test('a mirror pod has one owner: its node, by its uid, which controls it', async () => {
  const refused = 'pods "mirror" is forbidden: ';
  const itself = `${refused}node "n1" can only create pods with an owner reference set to itself`;
  expect(await mirror([])).toBe(itself);
  expect(await mirror([{ ...owner(), name: 'n2' }])).toBe(itself);
  expect(await mirror([{ ...owner(), kind: 'ConfigMap' }])).toBe(itself);
  expect(await mirror([owner(), { ...owner(), uid: 'other', controller: false }])).toBe(
    `${refused}node "n1" can only create pods with a single owner reference set to itself`,
  );
  expect(await mirror([{ ...owner(), controller: false }])).toBe(
    `${refused}node "n1" can only create pods with a controller owner reference set to itself`,
  );
  expect(await mirror([{ ...owner(), blockOwnerDeletion: true }])).toBe(
    `${refused}node "n1" must not set blockOwnerDeletion on an owner reference`,
  );
  expect(await mirror([{ ...owner(), uid: 'other' }])).toBe(
    `${refused}node n1 UID mismatch: expected other got ${uid}`,
  );
  expect(await mirror([owner()])).toBe('allowed');
});

test('a mirror pod of a node that does not exist is refused', async () => {
  await cluster.client.delete(nodeKind, { name: 'n1' });
  expect(await mirror([owner()])).toBe('nodes "n1" not found');
});

test('a mirror pod refers to nothing else of the cluster', async () => {
  const refused = 'pods "mirror" is forbidden: node "n1" can not create pods that reference ';
  const volume = (source: object) => ({ volumes: [{ name: 'v', ...source }] });
  expect({
    account: await mirror([owner()], { serviceAccountName: 'default' }),
    secret: await mirror([owner()], volume({ secret: { secretName: 's' } })),
    configMap: await mirror([owner()], volume({ configMap: { name: 'c' } })),
    claim: await mirror([owner()], volume({ persistentVolumeClaim: { claimName: 'c' } })),
    devices: await mirror([owner()], {
      resourceClaims: [{ name: 'd', resourceClaimTemplateName: 'template' }],
    }),
  }).toEqual({
    account: `${refused}a service account`,
    secret: `${refused}secrets`,
    configMap: `${refused}configmaps`,
    claim: `${refused}persistentvolumeclaims`,
    devices: `${refused}resourceclaims`,
  });
});
