import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { Node } from '../../wire.ts';

export const nodeKind = defineKind<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Node',
  hasStatus: true,
  subresources: ['proxy'],
  columns: [nameColumn(), ageColumn()],
  view: {
    section: 'cluster',
    title: 'Nodes',
    purpose: 'Nodes are the machines that run your pods.',
  },
});
