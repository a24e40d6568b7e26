import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../lib/types.ts';
import { created, createErrors, defaulted, row, updateErrors } from '../testing.ts';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerV1 } from '../wire.ts';
import { horizontalPodAutoscalerKind } from './horizontal-pod-autoscaler/kind.ts';
import { autoscalerConversion } from './horizontal-pod-autoscaler-v1/autoscaler-conversion.ts';
import { horizontalPodAutoscalerV1Kind } from './horizontal-pod-autoscaler-v1/kind.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;

const metadata = { name: 'web', namespace: 'default' };
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

const autoscaler = (spec: Partial<Spec>): HorizontalPodAutoscaler => ({
  metadata,
  spec: { scaleTargetRef, maxReplicas: 3, ...spec },
});

describe('an autoscaler', () => {
  it('watches the CPU unless told otherwise', () => {
    expect(created(horizontalPodAutoscalerKind, autoscaler({})).spec).toEqual({
      scaleTargetRef,
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [cpu(80)],
    });
  });

  it('with some behavior has all of it', () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } };
    expect(defaulted(horizontalPodAutoscalerKind, autoscaler({ behavior })).spec?.behavior).toEqual({
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ],
      },
      scaleDown: {
        stabilizationWindowSeconds: 60,
        selectPolicy: 'Max',
        policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
      },
    });
  });

  it.each<[string, Partial<Spec>, string[]]>([
    ['no fault', {}, []],
    [
      'bounds in the wrong order',
      { minReplicas: 5 },
      ['spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`'],
    ],
    [
      'no pods at all',
      { minReplicas: 0, maxReplicas: 0 },
      [
        'spec.maxReplicas: Invalid value: 0: must be greater than 0',
        'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
        'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      ],
    ],
    [
      'a target of no name',
      { scaleTargetRef: { kind: 'a/b', name: '' } },
      [
        'spec.scaleTargetRef.kind: Invalid value: "a/b": may not contain \'/\'',
        'spec.scaleTargetRef.name: Required value',
      ],
    ],
    [
      'a metric of no type',
      { metrics: [{ type: 'Mood' }] },
      [
        'spec.metrics[0].type: Unsupported value: "Mood": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
        'spec.metrics[0].type: Unsupported value: "Mood": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      ],
    ],
    [
      'a metric that says something else',
      { metrics: [{ type: 'Pods', resource: cpu(0).resource }] },
      [
        'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
        'spec.metrics[0].pods: Required value: must populate information for the given metric source',
      ],
    ],
    [
      'two targets for one metric',
      {
        metrics: [
          {
            type: 'External',
            external: { metric: { name: '' }, target: { type: 'Value', value: '0', averageValue: '1' } },
          },
        ],
      },
      [
        'spec.metrics[0].external.metric.name: Required value: must specify a metric name',
        'spec.metrics[0].external.target.value: Invalid value: "0": must be positive',
        'spec.metrics[0].external.target.value: Forbidden: may not set both a target value for metric and a per-pod target',
      ],
    ],
    [
      'container metrics without a container',
      {
        metrics: [
          {
            type: 'ContainerResource',
            containerResource: { name: 'cpu', container: '', target: { type: 'Utilization' } },
          },
        ],
      },
      [
        'spec.metrics[0].containerResource.container: Required value: must specify a container',
        'spec.metrics[0].containerResource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
      ],
    ],
    [
      'odd behavior',
      {
        behavior: {
          scaleUp: { stabilizationWindowSeconds: 3601, selectPolicy: 'Often', policies: [] },
          scaleDown: { policies: [{ type: 'Pods', value: 0, periodSeconds: 1801 }] },
        },
      },
      [
        'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
        'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Often": supported values: "Disabled", "Max", "Min"',
        'spec.behavior.scaleUp.policies: Required value: must specify at least one Policy',
        'spec.behavior.scaleDown.policies[0].value: Invalid value: 0: must be greater than zero',
        'spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
      ],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(horizontalPodAutoscalerKind, autoscaler(spec))).toEqual(expected);
  });

  it('that could go down to no pods still can', () => {
    const old = autoscaler({ minReplicas: 0 });
    expect(updateErrors(horizontalPodAutoscalerKind, old, old)).toEqual([]);
    expect(updateErrors(horizontalPodAutoscalerKind, old, autoscaler({}))).toEqual([
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
    ]);
  });

  it('shows two metrics and how many more there are', () => {
    const rps = {
      type: 'Pods',
      pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '10' } },
    };
    const object = {
      ...autoscaler({ metrics: [cpu(80), rps, rps] }),
      status: {
        currentReplicas: 2,
        desiredReplicas: 2,
        currentMetrics: [
          { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 30 } } },
        ],
      },
    };
    expect(row(horizontalPodAutoscalerKind.columns, object)).toMatchObject({
      Reference: 'Deployment/web',
      Targets: 'cpu: 30%/80%, <unknown>/10 + 1 more...',
      MinPods: '<unset>',
      MaxPods: 3,
      Replicas: 2,
    });
  });
});

describe('the first version of an autoscaler', () => {
  const convert = (direction: 'toHub' | 'fromHub', object: object): JsonObject => {
    const converted = autoscalerConversion[direction]([object as JsonObject]);
    if (!Array.isArray(converted)) throw new Error('converted later');
    return converted[0] as JsonObject;
  };

  const selector = { matchLabels: { queue: 'a' } };
  const full = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { ...metadata, annotations: { mine: 'kept' } },
    spec: {
      scaleTargetRef,
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [
        {
          type: 'Pods',
          pods: { metric: { name: 'rps', selector }, target: { type: 'AverageValue', averageValue: '10' } },
        },
        {
          type: 'Object',
          object: {
            describedObject: scaleTargetRef,
            metric: { name: 'depth' },
            target: { type: 'Value', value: '5' },
          },
        },
        {
          type: 'Object',
          object: {
            describedObject: scaleTargetRef,
            metric: { name: 'depth' },
            target: { type: 'AverageValue', averageValue: '5' },
          },
        },
        {
          type: 'External',
          external: {
            metric: { name: 'jobs', selector },
            target: { type: 'AverageValue', averageValue: '2' },
          },
        },
        {
          type: 'Resource',
          resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
        },
        {
          type: 'ContainerResource',
          containerResource: {
            name: 'cpu',
            container: 'main',
            target: { type: 'Utilization', averageUtilization: 50 },
          },
        },
        cpu(60),
      ],
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: 'Max',
          policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }],
        },
        scaleDown: { selectPolicy: 'Disabled', tolerance: '50m' },
      },
    },
    status: {
      observedGeneration: 2,
      currentReplicas: 2,
      desiredReplicas: 3,
      currentMetrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', current: { averageUtilization: 70, averageValue: '140m' } },
        },
        { type: 'Pods', pods: { metric: { name: 'rps', selector }, current: { averageValue: '12' } } },
      ],
      conditions: [
        {
          type: 'AbleToScale',
          status: 'True',
          reason: 'Ready',
          message: 'm',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    },
  };

  it('says what it can, and keeps the rest in annotations of the known form', () => {
    const old = convert('fromHub', full) as HorizontalPodAutoscalerV1 & JsonObject;
    expect(old).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 3, targetCPUUtilizationPercentage: 60 },
      status: {
        observedGeneration: 2,
        currentReplicas: 2,
        desiredReplicas: 3,
        currentCPUUtilizationPercentage: 70,
      },
    });
    const annotations = old.metadata?.annotations ?? {};
    expect(annotations.mine).toBe('kept');
    const kept = (name: string) =>
      JSON.parse(annotations[`autoscaling.alpha.kubernetes.io/${name}`] ?? 'null');
    expect(kept('metrics').slice(0, 2)).toEqual([
      { type: 'Pods', pods: { metricName: 'rps', selector, targetAverageValue: '10' } },
      { type: 'Object', object: { target: scaleTargetRef, metricName: 'depth', targetValue: '5' } },
    ]);
    expect(kept('behavior').ScaleUp).toEqual({
      StabilizationWindowSeconds: 0,
      SelectPolicy: 'Max',
      Policies: [{ Type: 'Pods', Value: 4, PeriodSeconds: 15 }],
    });
    expect(kept('current-metrics')[0]).toEqual({
      type: 'Resource',
      resource: { name: 'cpu', currentAverageUtilization: 70, currentAverageValue: '140m' },
    });
    expect(kept('conditions')).toEqual(full.status.conditions);
  });

  it('loses nothing on the way there and back', () => {
    expect(convert('toHub', convert('fromHub', full))).toEqual(full);
    const old = {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
      status: { currentReplicas: 1, desiredReplicas: 1 },
    };
    expect(convert('fromHub', convert('toHub', old))).toEqual(old);
  });

  it.each(['', 'null', '{}', '[1]', 'not JSON'])('takes no harm from an annotation that says %j', (text) => {
    const annotations = Object.fromEntries(
      ['metrics', 'behavior', 'current-metrics', 'conditions'].map((name) => [
        `autoscaling.alpha.kubernetes.io/${name}`,
        text,
      ]),
    );
    const { metrics, metadata: meta } = {
      ...(convert('toHub', { metadata: { ...metadata, annotations }, spec: { scaleTargetRef } }) as never as {
        metrics?: unknown;
        metadata: object;
      }),
    };
    expect([metrics, meta]).toEqual([undefined, metadata]);
  });

  it('is completed and checked as the second one', () => {
    const old = (spec: object): HorizontalPodAutoscalerV1 => ({
      metadata,
      spec: { scaleTargetRef, maxReplicas: 3, ...spec },
    });
    expect(defaulted(horizontalPodAutoscalerV1Kind, old({})).spec).toEqual({
      scaleTargetRef,
      minReplicas: 1,
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 80,
    });
    expect(createErrors(horizontalPodAutoscalerV1Kind, old({ maxReplicas: 0 }))).toEqual([
      'spec.maxReplicas: Invalid value: 0: must be greater than 0',
      'spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`',
    ]);
    expect(
      row(horizontalPodAutoscalerV1Kind.columns, old({ targetCPUUtilizationPercentage: 50 })),
    ).toMatchObject({
      Targets: 'cpu: <unknown>/50%',
    });
  });
});
