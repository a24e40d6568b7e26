import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { type Column, defineKind, type Health } from '../../define.ts';
import type { PersistentVolumeClaim } from '../../wire.ts';
import { accessModesText } from '../access-modes.ts';
import { claimStrategy } from './claim-strategy.ts';
import { betaClassAnnotation } from './claim-validation.ts';

type Claim = Unchecked<PersistentVolumeClaim>;

const columns: readonly Column<PersistentVolumeClaim>[] = [
  nameColumn(),
  {
    name: 'Status',
    type: 'string',
    description: 'Whether the claim has a volume.',
    cell: (claim) =>
      claim.metadata?.deletionTimestamp === undefined ? (claim.status?.phase ?? '') : 'Terminating',
  },
  {
    name: 'Volume',
    type: 'string',
    description: 'Volume the claim is bound to.',
    cell: (claim) => claim.spec?.volumeName ?? '',
  },
  {
    name: 'Capacity',
    type: 'string',
    description: 'Size of the volume.',
    cell: (claim) => (claim.spec?.volumeName ? (claim.status?.capacity?.storage ?? '0') : ''),
  },
  {
    name: 'Access Modes',
    type: 'string',
    description: 'How the volume can be mounted.',
    cell: (claim) => (claim.spec?.volumeName ? accessModesText(claim.status?.accessModes) : ''),
  },
  {
    name: 'StorageClass',
    type: 'string',
    description: 'Storage class of the claim.',
    cell: (claim) => claim.metadata?.annotations?.[betaClassAnnotation] ?? claim.spec?.storageClassName ?? '',
  },
  {
    name: 'VolumeAttributesClass',
    type: 'string',
    description: 'Class of the volume’s attributes.',
    cell: (claim) => claim.spec?.volumeAttributesClassName ?? '<unset>',
  },
  ageColumn(),
  {
    name: 'VolumeMode',
    type: 'string',
    priority: 1,
    description: 'Whether the volume is a file system or a raw device.',
    cell: (claim) => claim.spec?.volumeMode ?? '<unset>',
  },
];

export const persistentVolumeClaimKind = defineKind<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  returnsDeletedObject: true,
  strategy: claimStrategy,
  hasStatus: true,
  columns,
  view: {
    section: 'storage',
    title: 'Volume claims',
    purpose: 'A volume claim asks for storage that outlasts the pods using it.',
    health,
  },
});

function health({ metadata, status }: Claim): Health {
  if (metadata?.deletionTimestamp !== undefined) return { level: 'progress', text: 'Terminating' };
  if (status?.phase === 'Lost') return { level: 'error', text: 'Volume lost' };
  if (status?.phase !== 'Bound') return { level: 'progress', text: 'Waiting for a volume' };
  const resizing = status.conditions?.some(
    ({ type, status: met }) => (type === 'Resizing' || type === 'FileSystemResizePending') && met === 'True',
  );
  return resizing ? { level: 'progress', text: 'Resizing' } : { level: 'ok', text: 'Bound' };
}
