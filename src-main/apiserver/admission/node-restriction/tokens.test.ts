import { persistentVolumeKind } from '@shared/kinds/core/persistent-volume/kind.ts';
import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { clusterRoleKind } from '@shared/kinds/rbac/cluster-role/kind.ts';
import { clusterRoleBindingKind } from '@shared/kinds/rbac/cluster-role-binding/kind.ts';
import { csiDriverKind } from '@shared/kinds/storage/csi-driver/kind.ts';
import { storageClassKind } from '@shared/kinds/storage/storage-class/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { askToken, asNode, namespace, outcome, podOn } from './nodes.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

type Volumes = NonNullable<NonNullable<Pod['spec']>['volumes']>;

const pod = (name: string, volumes: Volumes = []) =>
  podOn(cluster, { name, nodeName: 'n1', spec: { volumes } });

/** What becomes of the node's request for a token for a pod, for these audiences. */
const ask = (name: string, uid: string | undefined, audiences: string[] = []) =>
  outcome(
    askToken(asNode(cluster, 'n1'), {
      audiences,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, ...(uid !== undefined && { uid }) },
    }),
  );

const refused = 'serviceaccounts "default" is forbidden: ';
const unknownAudience = (audience: string) =>
  `${refused}audience ${JSON.stringify(audience)} not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience`;

test('a node asks for tokens of one of its pods, named by its uid', async () => {
  const uid = await pod('mine');
  const foreign = await podOn(cluster, { name: 'foreign', nodeName: 'n2' });
  const node = asNode(cluster, 'n1');
  const unbound = `${refused}node requested token not bound to a pod`;
  expect(await outcome(askToken(node, {}))).toBe(unbound);
  const secret = { apiVersion: 'v1', kind: 'Secret', name: 'mine', uid };
  expect(await outcome(askToken(node, { boundObjectRef: secret }))).toBe(unbound);
  expect(await ask('mine', undefined)).toBe(
    `${refused}node requested token with a pod binding without a uid`,
  );
  expect(await ask('mine', foreign)).toBe(
    `${refused}the UID in the bound object reference (${foreign}) does not match the UID in record. The object might have been deleted and then recreated`,
  );
  expect(await ask('foreign', foreign)).toBe(
    `${refused}node requested token bound to a pod scheduled on a different node`,
  );
  expect(await ask('gone', uid)).toBe('pods "gone" not found');
  expect(await ask('mine', uid)).toBe('allowed');
});

test('a node asks only for audiences for which its pod projects a token', async () => {
  const sources = [{ serviceAccountToken: { path: 'token', audience: 'vault' } }];
  const uid = await pod('mine', [{ name: 'v', projected: { sources } }]);
  expect(await ask('mine', uid, ['vault'])).toBe('allowed');
  expect(await ask('mine', uid, ['other'])).toBe(unknownAudience('other'));
  expect(await ask('mine', uid, ['vault', 'other'])).toBe(`${refused}node may only request 0 or 1 audiences`);
});

test('the audience of the server itself takes a volume as well', async () => {
  const uid = await podOn(cluster, {
    name: 'bare',
    nodeName: 'n1',
    spec: { automountServiceAccountToken: false },
  });
  expect(await ask('bare', uid)).toBe(unknownAudience(''));
});

async function createDriver(audience: string): Promise<void> {
  await cluster.client.create(csiDriverKind, {
    metadata: { name: 'csi.example.com' },
    spec: { tokenRequests: [{ audience }] },
  });
}

test('a volume of a CSI driver that asks for tokens allows its audience', async () => {
  const uid = await pod('inline', [{ name: 'v', csi: { driver: 'csi.example.com' } }]);
  expect(await ask('inline', uid, ['storage'])).toContain('not found');
  await createDriver('storage');
  expect(await ask('inline', uid, ['storage'])).toBe('allowed');
});

const claimSpec = (storageClassName: string, volumeName?: string) => ({
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
  storageClassName,
  ...(volumeName && { volumeName }),
});

test('so does a claim bound to a volume of such a driver', async () => {
  await createDriver('storage');
  await cluster.client.create(persistentVolumeKind, {
    metadata: { name: 'volume' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      csi: { driver: 'csi.example.com', volumeHandle: 'h' },
    },
  });
  await cluster.client.create(persistentVolumeClaimKind, {
    metadata: { name: 'claim', namespace },
    spec: claimSpec('', 'volume'),
  });
  const uid = await pod('claims', [{ name: 'v', persistentVolumeClaim: { claimName: 'claim' } }]);
  expect(await ask('claims', uid, ['storage'])).toBe('allowed');
  expect(await ask('claims', uid, ['other'])).toBe(unknownAudience('other'));
});

test('so does a volume that is made for the pod by a class of such a driver', async () => {
  await createDriver('storage');
  await cluster.client.create(storageClassKind, {
    metadata: { name: 'fast' },
    provisioner: 'csi.example.com',
  });
  const volumeClaimTemplate = { spec: claimSpec('fast') };
  const uid = await pod('makes', [{ name: 'v', ephemeral: { volumeClaimTemplate } }]);
  expect(await ask('makes', uid, ['storage'])).toBe('allowed');
});

test('further audiences are granted by a role, for all accounts or for one', async () => {
  const uid = await pod('mine');
  const grant = async (audience: string, resourceNames?: string[]) => {
    const rule = {
      verbs: ['request-serviceaccounts-token-audience'],
      apiGroups: [''],
      resources: [audience],
    };
    await cluster.client.create(clusterRoleKind, {
      metadata: { name: audience },
      rules: [{ ...rule, ...(resourceNames && { resourceNames }) }],
    });
    await cluster.client.create(clusterRoleBindingKind, {
      metadata: { name: audience },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: audience },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:nodes' }],
    });
  };
  await grant('registry');
  await grant('registry-of-default', ['default']);
  await grant('registry-of-others', ['others']);
  expect([
    await ask('mine', uid, ['registry']),
    await ask('mine', uid, ['registry-of-default']),
    await ask('mine', uid, ['registry-of-others']),
  ]).toEqual(['allowed', 'allowed', unknownAudience('registry-of-others')]);
});
