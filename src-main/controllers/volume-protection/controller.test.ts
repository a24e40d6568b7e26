import { persistentVolumeKind } from '@shared/kinds/core/persistent-volume/kind.ts';
import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, startWorld, type World } from '../../testing/world.ts';
import { claimProtection, volumeProtection } from './controller.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld({ controllers: [claimProtection, volumeProtection] });
});

afterEach(() => world.close());

const namespace = 'default';
const resources = { requests: { storage: '1Gi' } };

test('a deleted claim stays while a pod on a node uses it, and goes when the pod has ended', async () => {
  const { client } = world;
  await client.create(persistentVolumeClaimKind, {
    metadata: { name: 'data', namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources },
  });
  const pod = await client.create(podKind, {
    metadata: { name: 'a', namespace },
    spec: {
      nodeName: 'n',
      containers: [{ name: 'c', image: 'i' }],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
    },
  });
  const going = await client.delete(persistentVolumeClaimKind, { name: 'data', namespace });
  expect(going).toMatchObject({ metadata: { finalizers: ['kubernetes.io/pvc-protection'] } });
  await client.updateStatus(podKind, { ...pod, status: { phase: 'Succeeded' } });
  await eventually(client, persistentVolumeClaimKind, { until: (claims) => claims.length === 0 });
});

test('a deleted volume goes unless a claim is bound to it', async () => {
  const { client } = world;
  const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' } };
  await client.create(persistentVolumeKind, { metadata: { name: 'free' }, spec });
  const bound = await client.create(persistentVolumeKind, { metadata: { name: 'bound' }, spec });
  await client.updateStatus(persistentVolumeKind, { ...bound, status: { phase: 'Bound' } });
  await client.delete(persistentVolumeKind, { name: 'bound' });
  await client.delete(persistentVolumeKind, { name: 'free' });
  await eventually(client, persistentVolumeKind, {
    until: (volumes) => volumes.length === 1 && volumes[0]?.metadata?.name === 'bound',
  });
  const released = await client.get(persistentVolumeKind, { name: 'bound' });
  await client.updateStatus(persistentVolumeKind, { ...released, status: { phase: 'Released' } });
  await eventually(client, persistentVolumeKind, { until: (volumes) => volumes.length === 0 });
});
