import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { storageClassKind } from '@shared/kinds/storage/storage-class/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { createQuota, namespace, outcome, usedOf } from './quotas.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const createClaim = (name: string, storage: string, spec: object = {}) =>
  cluster.client.create(persistentVolumeClaimKind, {
    metadata: { name, namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, ...spec },
  });

test('claims count by number and size, of all classes and of each', async () => {
  await createQuota(cluster, 'q', {
    hard: {
      persistentvolumeclaims: '3',
      'requests.storage': '10Gi',
      'gold.storageclass.storage.k8s.io/requests.storage': '2Gi',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
    },
  });
  await createClaim('plain', '3Gi', { storageClassName: 'silver' });
  expect(await outcome(createClaim('large', '3Gi', { storageClassName: 'gold' }))).toBe(
    'persistentvolumeclaims "large" is forbidden: exceeded quota: q, requested: gold.storageclass.storage.k8s.io/requests.storage=3Gi, used: gold.storageclass.storage.k8s.io/requests.storage=0, limited: gold.storageclass.storage.k8s.io/requests.storage=2Gi',
  );
  await createClaim('gold', '1Gi', { storageClassName: 'gold' });
  expect(await usedOf(cluster, 'q')).toEqual({
    'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
    'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
    persistentvolumeclaims: '2',
    'requests.storage': '4Gi',
  });
  expect(await outcome(createClaim('second', '1Mi', { storageClassName: 'gold' }))).toContain(
    'requested: gold.storageclass.storage.k8s.io/persistentvolumeclaims=1',
  );
});

test('a claim counts for the class it gets by default', async () => {
  await cluster.client.create(storageClassKind, {
    metadata: { name: 'gold', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'p',
  });
  const hard = { 'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1' };
  await createQuota(cluster, 'q', { hard });
  await createClaim('a', '1Gi');
  expect(await usedOf(cluster, 'q')).toEqual(hard);
});

test('VolumeAttributesClass is about claims of the classes that are named', async () => {
  const of = (operator: string, values?: string[]) => ({
    hard: { persistentvolumeclaims: '1' },
    scopeSelector: {
      matchExpressions: [{ scopeName: 'VolumeAttributesClass', operator, ...(values && { values }) }],
    },
  });
  await createQuota(cluster, 'fast', of('In', ['fast']));
  await createQuota(cluster, 'others', of('NotIn', ['fast']));
  await createQuota(cluster, 'none', of('DoesNotExist'));
  const used = async () =>
    Promise.all(
      ['fast', 'others', 'none'].map(async (name) => (await usedOf(cluster, name))?.persistentvolumeclaims),
    );
  await createClaim('a', '1Gi', { volumeAttributesClassName: 'fast' });
  expect(await used()).toEqual(['1', undefined, undefined]);
  await createClaim('b', '1Gi');
  expect(await used()).toEqual(['1', '1', '1']);
  expect(await outcome(createClaim('c', '1Gi', { volumeAttributesClassName: 'fast' }))).toContain(
    'exceeded quota: fast, requested: persistentvolumeclaims=1',
  );
});
