import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { CSIDriver } from '../../wire.ts';
import { csiDriverStrategy } from './csi-driver-strategy.ts';

export const csiDriverKind = defineKind<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSIDriver',
  returnsDeletedObject: true,
  needsResourceVersion: true,
  strategy: csiDriverStrategy,
  columns: [
    nameColumn(),
    {
      name: 'AttachRequired',
      type: 'boolean',
      description: 'Whether volumes must be attached before they are mounted.',
      cell: ({ spec }) => spec?.attachRequired ?? true,
    },
    {
      name: 'PodInfoOnMount',
      type: 'boolean',
      description: 'Whether the driver is told about the pod when it mounts.',
      cell: ({ spec }) => spec?.podInfoOnMount ?? false,
    },
    {
      name: 'StorageCapacity',
      type: 'boolean',
      description: 'Whether scheduling heeds how much the driver can still provide.',
      cell: ({ spec }) => spec?.storageCapacity ?? false,
    },
    {
      name: 'TokenRequests',
      type: 'string',
      description: 'Audiences of the service account tokens that the driver gets.',
      cell: ({ spec }) => (spec?.tokenRequests ?? []).map(({ audience }) => audience).join(',') || '<unset>',
    },
    {
      name: 'RequiresRepublish',
      type: 'boolean',
      description: 'Whether the driver wants to be called again and again for a mounted volume.',
      cell: ({ spec }) => spec?.requiresRepublish ?? false,
    },
    {
      name: 'Modes',
      type: 'string',
      description: 'How volumes of the driver live: on their own, or with their pod.',
      cell: ({ spec }) => (spec?.volumeLifecycleModes ?? []).join(',') || '<none>',
    },
    ageColumn(),
  ],
  view: {
    section: 'storage',
    title: 'CSI drivers',
    purpose: 'A CSI driver tells Kubernetes how to deal with the volumes of a storage vendor.',
  },
});
