import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { ResourceSlice } from '../../wire.ts';
import { resourceSliceStrategy } from './resource-slice-strategy.ts';

export const resourceSliceKind = defineKind<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  namespaced: false,
  schema: 'io.k8s.api.resource.v1.ResourceSlice',
  returnsDeletedObject: true,
  hasGeneration: true,
  strategy: resourceSliceStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Node',
      type: 'string',
      description: 'The node that has the devices.',
      cell: ({ spec }) => spec?.nodeName ?? '',
    },
    {
      name: 'Driver',
      type: 'string',
      description: 'The driver that offers them.',
      cell: ({ spec }) => spec?.driver ?? '',
    },
    {
      name: 'Pool',
      type: 'string',
      description: 'The pool that they belong to.',
      cell: ({ spec }) => spec?.pool?.name ?? '',
    },
    ageColumn(),
  ],
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec?.nodeName ?? '',
    'spec.driver': ({ spec }) => spec?.driver ?? '',
  },
  view: {
    section: 'cluster',
    title: 'Resource slices',
    purpose: 'A resource slice lists devices that a driver offers.',
  },
});
