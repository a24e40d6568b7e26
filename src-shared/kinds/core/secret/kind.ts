import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { Secret } from '../../wire.ts';

export const secretKind = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Secret',
  columns: [nameColumn(), ageColumn()],
  view: {
    section: 'config',
    title: 'Secrets',
    purpose: 'A secret holds passwords, tokens and keys that pods read as variables or volumes.',
  },
});
