import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { RuntimeClass } from '../../wire.ts';
import { runtimeClassStrategy } from './runtime-class-strategy.ts';

export const runtimeClassKind = defineKind<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  namespaced: false,
  schema: 'io.k8s.api.node.v1.RuntimeClass',
  needsResourceVersion: true,
  strategy: runtimeClassStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Handler',
      type: 'string',
      description: 'Name of the container runtime in the settings of the nodes.',
      cell: ({ handler }) => handler ?? '',
    },
    ageColumn(),
  ],
  view: {
    section: 'cluster',
    title: 'Runtime classes',
    purpose: 'A runtime class names the container runtime that pods are run with.',
  },
});
