import { nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { CSIStorageCapacity } from '../../wire.ts';
import { csiStorageCapacityStrategy } from './csi-storage-capacity-strategy.ts';

export const csiStorageCapacityKind = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  namespaced: true,
  schema: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  needsResourceVersion: true,
  strategy: csiStorageCapacityStrategy,
  columns: [
    nameColumn(),
    {
      name: 'StorageClassName',
      type: 'string',
      description: 'The storage class whose volumes it is about.',
      cell: ({ storageClassName }) => storageClassName ?? '',
    },
    {
      name: 'Capacity',
      type: 'string',
      description: 'How much the driver can still provide.',
      cell: ({ capacity }) => capacity ?? '<unset>',
    },
  ],
  view: {
    section: 'storage',
    title: 'CSI storage capacities',
    purpose: 'A CSI storage capacity says how much a driver can still provide for a set of nodes.',
  },
});
