import { expect, test } from 'vitest';
import { kinds } from '../data/window-kinds.ts';
import { unattendedNote } from './unattended.ts';

test('kinds without a controller say so, others say nothing', () => {
  const noted = kinds.filter((kind) => unattendedNote(kind) !== undefined).map((kind) => kind.kind);
  expect(noted).toEqual([
    'ReplicationController',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'DaemonSet',
    'StatefulSet',
    'Job',
    'CronJob',
    'HorizontalPodAutoscaler',
    'Ingress',
    'NetworkPolicy',
    'StorageClass',
    'VolumeAttachment',
    'ResourceClaim',
  ]);
});
