import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, labelsText, nameColumn, selectorColumn, templateColumns } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { DaemonSet } from '../../wire.ts';
import { daemonSetStrategy } from './daemon-set-strategy.ts';

const count = (
  name: string,
  key:
    | 'desiredNumberScheduled'
    | 'currentNumberScheduled'
    | 'numberReady'
    | 'updatedNumberScheduled'
    | 'numberAvailable',
  description: string,
) => ({
  name,
  type: 'integer' as const,
  description,
  cell: ({ status }: Unchecked<DaemonSet>) => status?.[key] ?? 0,
});

export const daemonSetKind = defineKind<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.DaemonSet',
  strategy: daemonSetStrategy,
  hasGeneration: true,
  hasStatus: true,
  columns: [
    nameColumn(),
    count('Desired', 'desiredNumberScheduled', 'Nodes that should run a pod.'),
    count('Current', 'currentNumberScheduled', 'Nodes that should run a pod and have one.'),
    count('Ready', 'numberReady', 'Nodes whose pod is ready to serve.'),
    count('Up-to-date', 'updatedNumberScheduled', 'Nodes whose pod is of the newest template.'),
    count('Available', 'numberAvailable', 'Nodes whose pod has been ready for long enough.'),
    {
      name: 'Node Selector',
      type: 'string',
      description: 'Labels of the nodes that run a pod.',
      cell: ({ spec }) => labelsText(spec?.template?.spec?.nodeSelector),
    },
    ageColumn(),
    ...templateColumns<DaemonSet>(({ spec }) => spec?.template?.spec),
    selectorColumn<DaemonSet>(({ spec }) => spec?.selector),
  ],
  view: {
    section: 'workloads',
    title: 'Daemon sets',
    purpose: 'A daemon set runs one pod on every node, or on every node of a kind.',
    health,
  },
});

function health({ metadata, status }: Unchecked<DaemonSet>): Health {
  const { desiredNumberScheduled: wanted = 0, numberAvailable = 0 } = status ?? {};
  const { updatedNumberScheduled = 0, numberMisscheduled = 0 } = status ?? {};
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) {
    return { level: 'progress', text: 'Updating' };
  }
  if (updatedNumberScheduled < wanted) {
    return { level: 'progress', text: `${updatedNumberScheduled} of ${wanted} updated` };
  }
  if (numberAvailable < wanted) {
    return { level: 'progress', text: `${numberAvailable} of ${wanted} available` };
  }
  if (numberMisscheduled > 0) return { level: 'progress', text: 'Removing pods' };
  return wanted === 0 ? { level: 'done', text: 'No nodes' } : { level: 'ok', text: 'Available' };
}
