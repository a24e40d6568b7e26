import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { type Column, defineKind } from '../../define.ts';
import type { PriorityLevelConfiguration } from '../../wire.ts';
import { priorityLevelStrategy } from './priority-level-strategy.ts';

type ReadonlyLevel = Unchecked<PriorityLevelConfiguration>;

export const priorityLevelConfigurationKind = defineKind<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  namespaced: false,
  schema: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
  needsResourceVersion: true,
  hasGeneration: true,
  hasStatus: true,
  strategy: priorityLevelStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Type',
      type: 'string',
      description: 'Limited, or Exempt from every limit.',
      cell: ({ spec }) => spec?.type ?? '',
    },
    {
      name: 'NominalConcurrencyShares',
      type: 'string',
      description: 'Share of the requests that are served at the same time.',
      cell: sharesText,
    },
    queuingColumn('Queues', 'queues', 'Number of queues.'),
    queuingColumn('HandSize', 'handSize', 'Number of queues that one flow can get into.'),
    queuingColumn('QueueLengthLimit', 'queueLengthLimit', 'Number of requests that fit into a queue.'),
    ageColumn(),
  ],
  view: {
    section: 'cluster',
    title: 'Priority levels',
    purpose: 'A priority level gives its requests to the API server a share of their own.',
  },
});

function sharesText({ spec }: ReadonlyLevel): string {
  const shares = spec?.limited?.nominalConcurrencyShares;
  return shares === undefined ? '<none>' : `${shares}`;
}

function queuingColumn(
  name: string,
  field: 'queues' | 'handSize' | 'queueLengthLimit',
  description: string,
): Column<PriorityLevelConfiguration> {
  const cell = ({ spec }: ReadonlyLevel) => {
    const queuing = spec?.limited?.limitResponse?.queuing;
    return queuing ? `${queuing[field] ?? 0}` : '<none>';
  };
  return { name, type: 'string', description, cell };
}
