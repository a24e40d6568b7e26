import { nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { Binding } from '../../wire.ts';

/** The old way to put a pod on a node; pods have a subresource for it. Posting one is all there is. */
export const bindingKind = defineKind<Binding>({
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Binding',
  verbs: ['create'],
  stored: false,
  columns: [nameColumn()],
  view: {
    section: 'workloads',
    title: 'Bindings',
    purpose: 'A binding puts a pod on a node; it is not kept.',
  },
});
