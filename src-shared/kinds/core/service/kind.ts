import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { Service } from '../../wire.ts';

export const serviceKind = defineKind<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  nameRule: 'dns-1035-label',
  schema: 'io.k8s.api.core.v1.Service',
  hasStatus: true,
  subresources: ['proxy'],
  columns: [nameColumn(), ageColumn()],
  view: {
    section: 'network',
    title: 'Services',
    purpose: 'A service gives a set of pods one stable name and address.',
  },
});
