import type { Unchecked } from '../../../lib/types.ts';
import { defineKind, type Health } from '../../define.ts';
import type { HorizontalPodAutoscaler } from '../../wire.ts';
import { autoscalerColumns } from './autoscaler-columns.ts';
import { autoscalerStrategy } from './autoscaler-strategy.ts';

/** The version in which autoscalers are stored. */
export const horizontalPodAutoscalerKind = defineKind<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  strategy: autoscalerStrategy,
  hasStatus: true,
  columns: autoscalerColumns,
  view: {
    section: 'workloads',
    title: 'Autoscalers',
    purpose: 'An autoscaler keeps adding and removing pods so that each has about as much to do as you say.',
    health,
  },
});

function health({ spec, status }: Unchecked<HorizontalPodAutoscaler>): Health {
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type);
  const able = condition('AbleToScale');
  const active = condition('ScalingActive');
  if (able?.status === 'False') return { level: 'error', text: able.reason ?? 'Cannot scale' };
  if (active?.status === 'False') return { level: 'warn', text: active.reason ?? 'Not scaling' };
  const { currentReplicas = 0, desiredReplicas = 0 } = status ?? {};
  if (currentReplicas !== desiredReplicas) {
    return { level: 'progress', text: `Scaling to ${desiredReplicas}` };
  }
  const atMost = desiredReplicas > 0 && desiredReplicas === spec?.maxReplicas;
  return atMost ? { level: 'warn', text: 'At its maximum' } : { level: 'ok', text: 'Scaling' };
}
