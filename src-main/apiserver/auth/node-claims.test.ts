import { persistentVolumeKind } from '@shared/kinds/core/persistent-volume/kind.ts';
import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import { volumeAttachmentKind } from '@shared/kinds/storage/volume-attachment/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { asNode, namespace, outcome, podOn } from '../admission/node-restriction/nodes.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const unrelated = (node: string) =>
  expect.stringContaining(`no relationship found between node '${node}' and this object`);

const size = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };

const createClaim = (name: string, volumeName?: string) =>
  cluster.client.create(persistentVolumeClaimKind, {
    metadata: { name, namespace },
    spec: { ...size, storageClassName: '', ...(volumeName && { volumeName }) },
  });

const createVolume = (name: string, claim: string | undefined, source: object) =>
  cluster.client.create(persistentVolumeKind, {
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      ...(claim && { claimRef: { namespace, name: claim } }),
      ...source,
    },
  });

const createSecret = (name: string) => cluster.client.create(secretKind, { metadata: { name, namespace } });

const usesClaim = (claimName: string) => ({
  volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }],
});

test('a node reads the claims of its pods, one by one, and reports on them', async () => {
  await createClaim('mine');
  await createClaim('other');
  await podOn(cluster, { name: 'a', nodeName: 'n1', spec: usesClaim('mine') });
  const node = asNode(cluster, 'n1');
  const read = (name: string, who = node) => outcome(who.get(persistentVolumeClaimKind, { namespace, name }));
  const report = (name: string) =>
    outcome(
      node.patch(
        persistentVolumeClaimKind,
        { namespace, name },
        { type: 'merge', body: { status: { capacity: { storage: '2Gi' } } } },
        { subresource: 'status' },
      ),
    );
  expect({
    own: await read('mine'),
    foreign: await read('other'),
    byAnother: await read('mine', asNode(cluster, 'n2')),
    list: await outcome(node.list(persistentVolumeClaimKind, { namespace })),
    reports: await report('mine'),
    reportsForeign: await report('other'),
  }).toEqual({
    own: 'allowed',
    foreign: unrelated('n1'),
    byAnother: unrelated('n2'),
    list: expect.stringContaining('can only get individual resources of this type'),
    reports: 'allowed',
    reportsForeign: unrelated('n1'),
  });
});

test('a claim that is made for a pod is one of the pod', async () => {
  await createClaim('a-scratch');
  const volumeClaimTemplate = { spec: { ...size, storageClassName: '' } };
  const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate } }];
  await podOn(cluster, { name: 'a', nodeName: 'n1', spec: { volumes } });
  const read = (who: string) =>
    outcome(asNode(cluster, who).get(persistentVolumeClaimKind, { namespace, name: 'a-scratch' }));
  expect([await read('n1'), await read('n2')]).toEqual(['allowed', unrelated('n2')]);
});

test('a node reads the volumes bound to claims of its pods', async () => {
  const csi = { csi: { driver: 'csi.example.com', volumeHandle: 'h' } };
  await createClaim('mine', 'bound');
  await createVolume('bound', 'mine', csi);
  await createVolume('elsewhere', 'other', csi);
  await createVolume('free', undefined, csi);
  await podOn(cluster, { name: 'a', nodeName: 'n1', spec: usesClaim('mine') });
  const node = asNode(cluster, 'n1');
  const read = (name: string) => outcome(node.get(persistentVolumeKind, { name }));
  expect([await read('bound'), await read('elsewhere'), await read('free'), await read('gone')]).toEqual([
    'allowed',
    unrelated('n1'),
    unrelated('n1'),
    unrelated('n1'),
  ]);
  expect(await outcome(node.list(persistentVolumeKind))).toContain('can only get individual resources');
});

test('a node reads the secrets its volumes name for it, not those of controllers', async () => {
  const secretRef = (name: string) => ({ namespace, name });
  for (const name of ['publish', 'stage', 'expand', 'controller']) await createSecret(name);
  await createClaim('mine', 'bound');
  await createVolume('bound', 'mine', {
    csi: {
      driver: 'csi.example.com',
      volumeHandle: 'h',
      nodePublishSecretRef: secretRef('publish'),
      nodeStageSecretRef: secretRef('stage'),
      nodeExpandSecretRef: secretRef('expand'),
      controllerPublishSecretRef: secretRef('controller'),
    },
  });
  await podOn(cluster, { name: 'a', nodeName: 'n1', spec: usesClaim('mine') });
  const read = (name: string) => outcome(asNode(cluster, 'n1').get(secretKind, { namespace, name }));
  expect([await read('publish'), await read('stage'), await read('expand')]).toEqual([
    'allowed',
    'allowed',
    'allowed',
  ]);
  expect(await read('controller')).toEqual(unrelated('n1'));
});

test('the secrets of an Azure file share and of older plugins count in the namespace of the claim', async () => {
  await createSecret('azure');
  await createSecret('ceph');
  await createClaim('azure', 'azure');
  await createClaim('ceph', 'ceph');
  await createVolume('azure', 'azure', { azureFile: { secretName: 'azure', shareName: 's' } });
  await createVolume('ceph', 'ceph', { cephfs: { monitors: ['m'], secretRef: { name: 'ceph' } } });
  await podOn(cluster, { name: 'a', nodeName: 'n1', spec: usesClaim('azure') });
  await podOn(cluster, { name: 'b', nodeName: 'n1', spec: usesClaim('ceph') });
  const read = (name: string) => outcome(asNode(cluster, 'n1').get(secretKind, { namespace, name }));
  expect([await read('azure'), await read('ceph')]).toEqual(['allowed', 'allowed']);
});

test("a claim that names a volume bound to another one does not open the volume's secrets", async () => {
  await createSecret('publish');
  await createClaim('greedy', 'foreign');
  await createVolume('foreign', 'other', {
    csi: { driver: 'd', volumeHandle: 'h', nodePublishSecretRef: { namespace, name: 'publish' } },
  });
  await podOn(cluster, { name: 'a', nodeName: 'n1', spec: usesClaim('greedy') });
  const node = asNode(cluster, 'n1');
  expect(await outcome(node.get(secretKind, { namespace, name: 'publish' }))).toEqual(unrelated('n1'));
});

test('a node reads the attachments of volumes to itself', async () => {
  const attach = (name: string, nodeName: string) =>
    cluster.client.create(volumeAttachmentKind, {
      metadata: { name },
      spec: { attacher: 'csi.example.com', nodeName, source: { persistentVolumeName: 'v' } },
    });
  await attach('mine', 'n1');
  await attach('foreign', 'n2');
  const node = asNode(cluster, 'n1');
  const read = (name: string) => outcome(node.get(volumeAttachmentKind, { name }));
  expect([await read('mine'), await read('foreign')]).toEqual(['allowed', unrelated('n1')]);
  expect(await outcome(node.list(volumeAttachmentKind))).toContain('can only get individual resources');
});
