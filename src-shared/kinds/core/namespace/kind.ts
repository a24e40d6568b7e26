import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { Namespace } from '../../wire.ts';

export const namespaceKind = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  nameRule: 'dns-label',
  verbs: ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete'],
  schema: 'io.k8s.api.core.v1.Namespace',
  hasStatus: true,
  subresources: ['finalize'],
  columns: [nameColumn(), ageColumn()],
  view: {
    section: 'cluster',
    title: 'Namespaces',
    purpose: 'Namespaces divide a cluster into rooms, each with names, quotas and permissions of its own.',
  },
});
