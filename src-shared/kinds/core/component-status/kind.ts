import type { Unchecked } from '../../../lib/types.ts';
import { nameColumn } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { ComponentStatus } from '../../wire.ts';

type ReadonlyComponent = Unchecked<ComponentStatus>;

/** Nothing is stored: the server answers with what it finds at the moment of asking. */
export const componentStatusKind = defineKind<ComponentStatus>({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  shortNames: ['cs'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.ComponentStatus',
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  verbs: ['get', 'list'],
  stored: false,
  columns: [
    nameColumn(),
    {
      name: 'Status',
      type: 'string',
      description: 'Whether the component works.',
      cell: (component) => {
        const healthy = healthCondition(component);
        if (!healthy) return 'Unknown';
        return healthy.status === 'True' ? 'Healthy' : 'Unhealthy';
      },
    },
    {
      name: 'Message',
      type: 'string',
      description: 'What the component says of itself.',
      cell: (component) => healthCondition(component)?.message ?? '',
    },
    {
      name: 'Error',
      type: 'string',
      description: 'Why the component does not work.',
      cell: (component) => healthCondition(component)?.error ?? '',
    },
  ],
  view: {
    section: 'cluster',
    title: 'Components',
    purpose: 'Components are the parts of the control plane.',
    health: (component): Health =>
      healthCondition(component)?.status === 'True'
        ? { level: 'ok', text: 'Healthy' }
        : { level: 'error', text: 'Unhealthy' },
  },
});

function healthCondition({ conditions }: ReadonlyComponent) {
  return conditions?.find(({ type }) => type === 'Healthy');
}
