import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { type Column, defineKind, type Health } from '../../define.ts';
import type { PersistentVolume } from '../../wire.ts';
import { accessModesText } from '../access-modes.ts';
import { betaClassAnnotation } from '../persistent-volume-claim/claim-validation.ts';
import { volumeStrategy } from './volume-strategy.ts';

type ReadonlyVolume = Unchecked<PersistentVolume>;

const columns: readonly Column<PersistentVolume>[] = [
  nameColumn(),
  {
    name: 'Capacity',
    type: 'string',
    description: 'Size of the volume.',
    cell: ({ spec }) => spec?.capacity?.storage ?? '0',
  },
  {
    name: 'Access Modes',
    type: 'string',
    description: 'How the volume can be mounted.',
    cell: ({ spec }) => accessModesText(spec?.accessModes),
  },
  {
    name: 'Reclaim Policy',
    type: 'string',
    description: 'What becomes of the volume when its claim is deleted.',
    cell: ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
  },
  {
    name: 'Status',
    type: 'string',
    description: 'Whether the volume is free, bound or given back.',
    cell: ({ metadata, status }) =>
      metadata?.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
  },
  {
    name: 'Claim',
    type: 'string',
    description: 'Claim the volume belongs to.',
    cell: ({ spec }) =>
      spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
  },
  {
    name: 'StorageClass',
    type: 'string',
    description: 'Storage class of the volume.',
    cell: ({ metadata, spec }) =>
      metadata?.annotations?.[betaClassAnnotation] ?? spec?.storageClassName ?? '',
  },
  {
    name: 'VolumeAttributesClass',
    type: 'string',
    description: 'Class of the volume’s attributes.',
    cell: ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
  },
  {
    name: 'Reason',
    type: 'string',
    description: 'Why the volume is in its state.',
    cell: ({ status }) => status?.reason ?? '',
  },
  ageColumn(),
  {
    name: 'VolumeMode',
    type: 'string',
    priority: 1,
    description: 'Whether the volume is a file system or a raw device.',
    cell: ({ spec }) => spec?.volumeMode ?? '<unset>',
  },
];

export const persistentVolumeKind = defineKind<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.PersistentVolume',
  returnsDeletedObject: true,
  strategy: volumeStrategy,
  hasStatus: true,
  columns,
  view: {
    section: 'storage',
    title: 'Volumes',
    purpose: 'A persistent volume is a piece of storage that a claim can bind to.',
    health,
  },
});

function health({ metadata, status }: ReadonlyVolume): Health {
  if (metadata?.deletionTimestamp !== undefined) return { level: 'progress', text: 'Terminating' };
  switch (status?.phase) {
    case 'Available':
      return { level: 'ok', text: 'Available' };
    case 'Bound':
      return { level: 'ok', text: 'Bound' };
    case 'Released':
      return { level: 'warn', text: 'Released' };
    case 'Failed':
      return { level: 'error', text: status.reason || 'Failed' };
    default:
      return { level: 'progress', text: 'Pending' };
  }
}
