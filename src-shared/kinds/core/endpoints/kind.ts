import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { Endpoints } from '../../wire.ts';

export const endpointsKind = defineKind<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Endpoints',
  columns: [nameColumn(), ageColumn()],
  view: {
    section: 'network',
    title: 'Endpoints',
    purpose:
      'Endpoints list the addresses behind a service in the old form; endpoint slices are the current one.',
  },
});
