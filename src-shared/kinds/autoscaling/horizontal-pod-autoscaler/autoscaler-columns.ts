import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import type { Column } from '../../define.ts';
import type { HorizontalPodAutoscaler } from '../../wire.ts';

type ReadonlyAutoscaler = Unchecked<HorizontalPodAutoscaler>;
type Metric = NonNullable<NonNullable<ReadonlyAutoscaler['spec']>['metrics']>[number];
type Status = NonNullable<NonNullable<ReadonlyAutoscaler['status']>['currentMetrics']>[number] | undefined;

export const autoscalerColumns: readonly Column<HorizontalPodAutoscaler>[] = [
  nameColumn(),
  {
    name: 'Reference',
    type: 'string',
    description: 'What is scaled.',
    cell: ({ spec }) => `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`,
  },
  {
    name: 'Targets',
    type: 'string',
    description: 'What the metrics are and should be.',
    cell: targetsText,
  },
  {
    name: 'MinPods',
    type: 'string',
    description: 'Fewest pods.',
    cell: ({ spec }) => (spec?.minReplicas === undefined ? '<unset>' : `${spec.minReplicas}`),
  },
  {
    name: 'MaxPods',
    type: 'string',
    description: 'Most pods.',
    cell: ({ spec }) => spec?.maxReplicas ?? 0,
  },
  {
    name: 'Replicas',
    type: 'string',
    description: 'Pods at present.',
    cell: ({ status }) => status?.currentReplicas ?? 0,
  },
  ageColumn(),
];

const maxShown = 2;

function targetsText({ spec, status }: ReadonlyAutoscaler): string {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const texts = metrics.slice(0, maxShown).map((metric, index) => {
    return metricText(metric, status?.currentMetrics?.[index]);
  });
  const more = metrics.length - maxShown;
  return more > 0 ? `${texts.join(', ')} + ${more} more...` : texts.join(', ');
}

function metricText(metric: Metric, status: Status): string {
  switch (metric.type) {
    case 'External':
      return amountText(metric.external?.target, status?.external?.current);
    case 'Object':
      return amountText(metric.object?.target, status?.object?.current);
    case 'Pods': {
      const current = status?.pods ? (status.pods.current?.averageValue ?? '0') : '<unknown>';
      return `${current}/${metric.pods?.target?.averageValue ?? '0'}`;
    }
    case 'Resource':
      return `${metric.resource?.name ?? ''}: ${shareText(metric.resource?.target, status?.resource?.current)}`;
    case 'ContainerResource': {
      const { name = '', target } = metric.containerResource ?? {};
      return `${name}: ${shareText(target, status?.containerResource?.current)}`;
    }
    default:
      return '<unknown type>';
  }
}

interface Amounts {
  readonly value?: string;
  readonly averageValue?: string;
  readonly averageUtilization?: number;
}

function amountText(target: Amounts | undefined, current: Amounts | undefined): string {
  if (target?.averageValue !== undefined)
    return `${current?.averageValue ?? '<unknown>'}/${target.averageValue} (avg)`;
  return `${current ? (current.value ?? '0') : '<unknown>'}/${target?.value ?? '0'}`;
}

function shareText(target: Amounts | undefined, current: Amounts | undefined): string {
  if (target?.averageValue !== undefined) {
    return `${current ? (current.averageValue ?? '0') : '<unknown>'}/${target.averageValue}`;
  }
  const percent = (share: number | undefined, unknown: string) =>
    share === undefined ? unknown : `${share}%`;
  return `${percent(current?.averageUtilization, '<unknown>')}/${percent(target?.averageUtilization, '<auto>')}`;
}
