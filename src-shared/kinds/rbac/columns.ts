import type { Unchecked } from '../../lib/types.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import type { AnyColumn, Column } from '../define.ts';
import type { Role, RoleBinding } from '../wire.ts';

/** Columns of roles and cluster roles: the time of creation stands there as it is, not as an age. */
export function roleColumns(): readonly AnyColumn[] {
  const created: Column<Role> = {
    name: 'Created At',
    type: 'string',
    description: 'When the role was created.',
    cell: ({ metadata }) => metadata?.creationTimestamp ?? '<unknown>',
  };
  return [nameColumn(), created];
}

/** Columns of role bindings and cluster role bindings. */
export function bindingColumns(): readonly AnyColumn[] {
  const role: Column<RoleBinding> = {
    name: 'Role',
    type: 'string',
    description: 'The role that is granted.',
    cell: ({ roleRef }) => `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`,
  };
  return [
    nameColumn(),
    role,
    ageColumn(),
    subjectsColumn('Users', 'User'),
    subjectsColumn('Groups', 'Group'),
    subjectsColumn('ServiceAccounts', 'ServiceAccount'),
  ];
}

function subjectsColumn(name: string, kind: string): Column<RoleBinding> {
  return {
    name,
    type: 'string',
    priority: 1,
    description: `${name} to whom it is granted.`,
    cell: (binding) => subjectsText(binding, kind),
  };
}

function subjectsText({ subjects }: Unchecked<RoleBinding>, kind: string): string {
  return (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');
}
