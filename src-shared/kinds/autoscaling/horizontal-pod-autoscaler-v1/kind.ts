import { assert } from '../../../lib/assert.ts';
import type { JsonObject, Unchecked } from '../../../lib/types.ts';
import { strategyOfHub } from '../../conversion.ts';
import { defineKind } from '../../define.ts';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerV1 } from '../../wire.ts';
import { autoscalerColumns } from '../horizontal-pod-autoscaler/autoscaler-columns.ts';
import { horizontalPodAutoscalerKind } from '../horizontal-pod-autoscaler/kind.ts';
import { autoscalerConversion } from './autoscaler-conversion.ts';

const { view, plural, shortNames, categories } = horizontalPodAutoscalerKind;

/** The first version, for old manifests: everything about it follows from the second one. */
export const horizontalPodAutoscalerV1Kind = defineKind<HorizontalPodAutoscalerV1>({
  group: 'autoscaling',
  version: 'v1',
  kind: 'HorizontalPodAutoscaler',
  plural,
  shortNames,
  categories,
  namespaced: true,
  schema: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  strategy: strategyOfHub(autoscalerConversion),
  hasStatus: true,
  conversion: autoscalerConversion,
  columns: autoscalerColumns.map((column) => ({
    ...column,
    cell: (autoscaler, nowMs) => column.cell(stored(autoscaler), nowMs),
  })),
  view: { ...view, health: (autoscaler) => view.health?.(stored(autoscaler)) },
});

function stored(autoscaler: Unchecked<HorizontalPodAutoscalerV1>): Unchecked<HorizontalPodAutoscaler> {
  const converted = autoscalerConversion.toHub([autoscaler as unknown as Unchecked<JsonObject>]);
  assert(Array.isArray(converted), 'autoscalers are converted at once');
  return converted[0] as unknown as Unchecked<HorizontalPodAutoscaler>;
}
