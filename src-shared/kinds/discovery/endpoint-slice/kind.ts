import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { EndpointSlice } from '../../wire.ts';

export const endpointSliceKind = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  columns: [nameColumn(), ageColumn()],
  view: {
    section: 'network',
    title: 'Endpoint slices',
    purpose: 'Endpoint slices list the addresses and ports behind a service.',
  },
});
