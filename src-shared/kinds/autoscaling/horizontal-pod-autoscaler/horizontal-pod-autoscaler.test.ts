import { describe, expect, it } from 'vitest';
import { created, createErrors, defaulted, row, updateErrors } from '../../testing.ts';
import type { HorizontalPodAutoscaler } from '../../wire.ts';
import { horizontalPodAutoscalerKind } from './kind.ts';

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
      'a target of no group',
      { scaleTargetRef: { kind: 'Deployment', name: 'web' } },
      ['spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group'],
    ],
    [
      'a replication controller',
      { scaleTargetRef: { apiVersion: 'v1', kind: 'ReplicationController', name: 'web' } },
      [],
    ],
    [
      'a target of an unreadable version',
      { scaleTargetRef: { apiVersion: 'a/b/c', kind: 'Deployment', name: 'web' } },
      ['spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
    ],
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
        'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
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
