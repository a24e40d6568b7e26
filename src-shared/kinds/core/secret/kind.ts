import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { Secret } from '../../wire.ts';
import { secretStrategy } from './secret-strategy.ts';

export const secretKind = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Secret',
  strategy: secretStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Type',
      type: 'string',
      description: 'What the secret is for, which decides the entries it must have.',
      cell: (secret) => secret.type ?? '',
    },
    {
      name: 'Data',
      type: 'integer',
      description: 'Number of entries.',
      cell: (secret) => Object.keys(secret.data ?? {}).length,
    },
    ageColumn(),
  ],
  selectableFields: { type: (secret) => secret.type ?? '' },
  view: {
    section: 'config',
    title: 'Secrets',
    purpose: 'A secret holds passwords, tokens and keys that pods read as variables or volumes.',
  },
});
