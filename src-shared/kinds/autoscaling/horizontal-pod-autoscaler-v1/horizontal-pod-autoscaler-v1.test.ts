import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../lib/types.ts';
import { createErrors, defaulted, row } from '../../testing.ts';
import type { HorizontalPodAutoscalerV1 } from '../../wire.ts';
import { autoscalerConversion } from './autoscaler-conversion.ts';
import { horizontalPodAutoscalerV1Kind } from './kind.ts';

const metadata = { name: 'web', namespace: 'default' };

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };

const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
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
