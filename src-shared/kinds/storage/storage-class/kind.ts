import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { StorageClass } from '../../wire.ts';
import { isDefaultClass } from './default-class.ts';
import { storageClassStrategy } from './storage-class-strategy.ts';

export const storageClassKind = defineKind<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.StorageClass',
  returnsDeletedObject: true,
  strategy: storageClassStrategy,
  columns: [
    {
      ...nameColumn(),
      cell: (storageClass) =>
        `${storageClass.metadata?.name ?? ''}${isDefaultClass(storageClass) ? ' (default)' : ''}`,
    },
    {
      name: 'Provisioner',
      type: 'string',
      description: 'What makes the volumes.',
      cell: ({ provisioner }) => provisioner ?? '',
    },
    {
      name: 'ReclaimPolicy',
      type: 'string',
      description: 'What becomes of a volume when its claim is deleted.',
      cell: ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete',
    },
    {
      name: 'VolumeBindingMode',
      type: 'string',
      description: 'When a volume is made and bound: at once, or for the first pod.',
      cell: ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate',
    },
    {
      name: 'AllowVolumeExpansion',
      type: 'boolean',
      description: 'Whether volumes can grow.',
      cell: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    },
    ageColumn(),
  ],
  view: {
    section: 'storage',
    title: 'Storage classes',
    purpose: 'A storage class says how volumes are made for claims.',
  },
});
