import type { UncheckedDraft } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import type { HorizontalPodAutoscaler } from '../../wire.ts';
import { checkAgainst, validateAutoscaler, validateAutoscalerStatusUpdate } from './autoscaler-validation.ts';

type Behavior = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['behavior']>;
type Rules = NonNullable<Behavior['scaleUp']>;

const defaultUtilization = 80;

export const autoscalerStrategy: Strategy<HorizontalPodAutoscaler> = {
  defaults(autoscaler) {
    const spec = autoscaler.spec ?? {};
    autoscaler.spec = spec;
    spec.minReplicas ??= 1;
    if ((spec.metrics ?? []).length === 0) {
      const target = { type: 'Utilization', averageUtilization: defaultUtilization };
      spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
    }
    if (spec.behavior) defaultBehavior(spec.behavior);
  },
  prepareForCreate(autoscaler) {
    autoscaler.status = { desiredReplicas: 0, currentMetrics: [] };
  },
  validate: validateAutoscaler,
  validateCreate: (autoscaler) => checkAgainst(autoscaler, undefined),
  validateUpdate: checkAgainst,
  validateStatusUpdate: validateAutoscalerStatusUpdate,
};

/** Up: at once, by four pods or doubling every 15 seconds. Down: to any number, once it has been low for a while. */
function defaultBehavior(behavior: UncheckedDraft<Behavior>): void {
  behavior.scaleUp = {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
    ...given(behavior.scaleUp),
  };
  behavior.scaleDown = {
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    ...given(behavior.scaleDown),
  };
}

/** An empty list of policies counts as given, to be refused. */
function given(rules: UncheckedDraft<Rules> | undefined): UncheckedDraft<Rules> {
  return Object.fromEntries(Object.entries(rules ?? {}).filter(([, value]) => value !== undefined));
}
