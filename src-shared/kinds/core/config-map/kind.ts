import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { ConfigMap } from '../../wire.ts';
import { configMapStrategy } from './config-map-strategy.ts';

export const configMapKind = defineKind<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ConfigMap',
  strategy: configMapStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Data',
      type: 'integer',
      description: 'Number of entries.',
      cell: ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    },
    ageColumn(),
  ],
  view: {
    section: 'config',
    title: 'Config maps',
    purpose: 'A config map holds settings and files that pods read as variables or volumes.',
  },
});
