import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { PriorityClass } from '../../wire.ts';
import { priorityClassStrategy } from './priority-class-strategy.ts';

export const priorityClassKind = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  schema: 'io.k8s.api.scheduling.v1.PriorityClass',
  hasGeneration: true,
  strategy: priorityClassStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Value',
      type: 'integer',
      description: 'The priority; more comes first.',
      cell: ({ value }) => value ?? 0,
    },
    {
      name: 'Global-Default',
      type: 'boolean',
      description: 'Whether pods that name no class get this one.',
      cell: ({ globalDefault }) => globalDefault ?? false,
    },
    ageColumn(),
    {
      name: 'PreemptionPolicy',
      type: 'string',
      description: 'Whether pods of this class may displace others.',
      cell: ({ preemptionPolicy }) => preemptionPolicy ?? 'PreemptLowerPriority',
    },
  ],
  view: {
    section: 'cluster',
    title: 'Priority classes',
    purpose: 'A priority class says which pods come first when nodes are full.',
  },
});
