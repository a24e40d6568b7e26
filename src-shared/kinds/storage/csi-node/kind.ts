import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { CSINode } from '../../wire.ts';
import { csiNodeStrategy } from './csi-node-strategy.ts';

export const csiNodeKind = defineKind<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSINode',
  returnsDeletedObject: true,
  needsResourceVersion: true,
  strategy: csiNodeStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Drivers',
      type: 'integer',
      description: 'Number of drivers on the node.',
      cell: ({ spec }) => (spec?.drivers ?? []).length,
    },
    ageColumn(),
  ],
  view: {
    section: 'storage',
    title: 'CSI nodes',
    purpose: 'A CSI node says which CSI drivers a node has, and under which name they know it.',
  },
});
