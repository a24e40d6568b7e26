import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { Namespace } from '../../wire.ts';
import { namespaceStrategy } from './namespace-strategy.ts';

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
  strategy: namespaceStrategy,
  hasStatus: true,
  subresources: ['finalize'],
  columns: [
    nameColumn(),
    {
      name: 'Status',
      type: 'string',
      description: 'Active, or Terminating while its contents are being deleted.',
      cell: (namespace) => namespace.status?.phase ?? '',
    },
    ageColumn(),
  ],
  selectableFields: {
    'status.phase': (namespace) => namespace.status?.phase ?? '',
  },
  view: {
    section: 'cluster',
    title: 'Namespaces',
    purpose: 'Namespaces divide a cluster into rooms, each with names, quotas and permissions of its own.',
    health,
  },
});

function health(namespace: Unchecked<Namespace>): Health {
  if (namespace.status?.phase !== 'Terminating') return { level: 'ok', text: 'Active' };
  const stuck = namespace.status.conditions?.some(
    ({ type, status }) => type?.endsWith('Failure') && status === 'True',
  );
  return { level: stuck ? 'warn' : 'progress', text: 'Terminating' };
}
