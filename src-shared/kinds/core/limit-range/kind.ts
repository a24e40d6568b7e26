import { createdAtColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { LimitRange } from '../../wire.ts';
import { limitRangeStrategy } from './limit-range-strategy.ts';

export const limitRangeKind = defineKind<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.LimitRange',
  createsOnUpdate: true,
  strategy: limitRangeStrategy,
  columns: [nameColumn(), createdAtColumn()],
  view: {
    section: 'config',
    title: 'Limit ranges',
    purpose:
      'A limit range says how little and how much pods of a namespace may ask for, and what they get unasked.',
  },
});
