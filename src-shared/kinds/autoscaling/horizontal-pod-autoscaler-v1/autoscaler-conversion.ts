/**
 * Autoscalers of the first version, which knew one metric, the CPU's use. What else the second version can say
 * travels in annotations, so that reading an object in the first version and writing it back loses nothing.
 */
import { isJsonObject } from '../../../lib/json.ts';
import type { Json, JsonObject } from '../../../lib/types.ts';
import type { Conversion } from '../../define.ts';
import { horizontalPodAutoscalerKind } from '../horizontal-pod-autoscaler/kind.ts';
import { fromGoNames, metricFromFlat, metricToFlat, toGoNames } from './flat-metrics.ts';

const names = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
} as const;

type Annotations = Readonly<Record<string, string>>;
type Items = readonly JsonObject[];

export const autoscalerConversion: Conversion = {
  hub: horizontalPodAutoscalerKind,
  toHub: (objects) => objects.map(toHub),
  fromHub: (objects) => objects.map(fromHub),
};

function fromHub(object: JsonObject): JsonObject {
  const { metrics, behavior, ...spec } = member(object, 'spec') ?? {};
  const { currentMetrics, conditions, ...status } = member(object, 'status') ?? {};
  const wanted = items(metrics);
  const cpu = wanted.find((metric) => cpuUtilization(metric, 'target') !== undefined);
  const others = wanted.filter((metric) => metric !== cpu);
  const current = items(currentMetrics);
  const annotations = {
    ...withoutKept(annotationsOf(object)),
    ...(others.length > 0 && { [names.metrics]: list(others, 'target') }),
    ...(isJsonObject(behavior) && { [names.behavior]: JSON.stringify(toGoNames(behavior)) }),
    ...(current.length > 0 && { [names.currentMetrics]: list(current, 'current') }),
    ...(items(conditions).length > 0 && { [names.conditions]: JSON.stringify(conditions) }),
  };
  const target = cpu && cpuUtilization(cpu, 'target');
  const use = current.map((metric) => cpuUtilization(metric, 'current')).findLast((one) => one !== undefined);
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    ...withAnnotations(object, annotations),
    ...(object.spec !== undefined && {
      spec: { ...spec, ...(target !== undefined && { targetCPUUtilizationPercentage: target }) },
    }),
    ...(object.status !== undefined && {
      status: { ...status, ...(use !== undefined && { currentCPUUtilizationPercentage: use }) },
    }),
  };
}

function toHub(object: JsonObject): JsonObject {
  const { targetCPUUtilizationPercentage: target, ...spec } = member(object, 'spec') ?? {};
  const { currentCPUUtilizationPercentage: use, ...status } = member(object, 'status') ?? {};
  const annotations = annotationsOf(object);
  const others = parsedItems(annotations[names.metrics]).map((metric) => metricFromFlat(metric, 'target'));
  const metrics = [...others, ...(typeof target === 'number' ? [cpuMetric('target', target)] : [])];
  const behavior = parsed(annotations[names.behavior]);
  const recorded = parsedItems(annotations[names.currentMetrics]);
  const current =
    recorded.length > 0
      ? recorded.map((metric) => metricFromFlat(metric, 'current'))
      : typeof use === 'number'
        ? [cpuMetric('current', use)]
        : [];
  const conditions = parsedItems(annotations[names.conditions]);
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    ...withAnnotations(object, withoutKept(annotations)),
    ...(object.spec !== undefined && {
      spec: {
        ...spec,
        ...(metrics.length > 0 && { metrics }),
        ...(isJsonObject(behavior) && { behavior: fromGoNames(behavior) }),
      },
    }),
    ...(object.status !== undefined && {
      status: {
        ...status,
        ...(current.length > 0 && { currentMetrics: current }),
        ...(conditions.length > 0 && { conditions }),
      },
    }),
  };
}

/** The CPU's use in percent, when that is what the metric is about. */
function cpuUtilization(metric: JsonObject, side: 'target' | 'current'): number | undefined {
  const resource = metric.type === 'Resource' ? member(metric, 'resource') : undefined;
  const share = resource?.name === 'cpu' ? member(resource, side)?.averageUtilization : undefined;
  return typeof share === 'number' ? share : undefined;
}

function cpuMetric(side: 'target' | 'current', averageUtilization: number): JsonObject {
  const value = side === 'target' ? { type: 'Utilization', averageUtilization } : { averageUtilization };
  return { type: 'Resource', resource: { name: 'cpu', [side]: value } };
}

function list(metrics: Items, side: 'target' | 'current'): string {
  return JSON.stringify(metrics.map((metric) => metricToFlat(metric, side)));
}

function member(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key];
  return isJsonObject(value) ? value : undefined;
}

function items(value: Json | undefined): Items {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** Whatever else stands in an annotation, a user may have written it there: it counts for nothing. */
function parsed(text: string | undefined): Json | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function parsedItems(text: string | undefined): Items {
  return items(parsed(text));
}

function annotationsOf(object: JsonObject): Annotations {
  const annotations = member(member(object, 'metadata') ?? {}, 'annotations');
  return (annotations ?? {}) as Annotations;
}

function withoutKept(annotations: Annotations): Annotations {
  const kept: readonly string[] = Object.values(names);
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !kept.includes(key)));
}

/** The metadata member with these annotations; none where there neither were nor are any. */
function withAnnotations(object: JsonObject, annotations: Annotations): { readonly metadata?: JsonObject } {
  if (object.metadata === undefined && Object.keys(annotations).length === 0) return {};
  const { annotations: _old, ...rest } = member(object, 'metadata') ?? {};
  return { metadata: Object.keys(annotations).length === 0 ? rest : { ...rest, annotations } };
}
