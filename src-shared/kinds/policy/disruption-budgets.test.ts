import { describe, expect, it } from 'vitest';
import { created, createErrors, row } from '../testing.ts';
import type { PodDisruptionBudget } from '../wire.ts';
import { podDisruptionBudgetKind } from './pod-disruption-budget/kind.ts';

type Spec = NonNullable<PodDisruptionBudget['spec']>;

const budget = (spec: Spec): PodDisruptionBudget => ({
  metadata: { name: 'web', namespace: 'default' },
  spec,
});

describe('a disruption budget', () => {
  it('starts with nothing counted', () => {
    expect(created(podDisruptionBudgetKind, budget({})).status).toEqual({
      currentHealthy: 0,
      desiredHealthy: 0,
      disruptionsAllowed: 0,
      expectedPods: 0,
    });
  });

  it.each<[string, Spec, string[]]>([
    ['no fault', { minAvailable: '50%', selector: {} }, []],
    [
      'both bounds',
      { minAvailable: 1, maxUnavailable: 1 },
      [
        'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
      ],
    ],
    [
      'bounds of no sense',
      { maxUnavailable: '120%', unhealthyPodEvictionPolicy: 'Pray' },
      [
        'spec.maxUnavailable: Invalid value: "120%": must not be greater than 100%',
        'spec.unhealthyPodEvictionPolicy: Unsupported value: "Pray": supported values: "AlwaysAllow", "IfHealthyBudget"',
      ],
    ],
    [
      'fewer than none',
      { minAvailable: -1 },
      ['spec.minAvailable: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'a selector of no sense',
      { selector: { matchExpressions: [{ key: 'a', operator: 'Like' }] } },
      ['spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator'],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(podDisruptionBudgetKind, budget(spec))).toEqual(expected);
  });

  it('has a status of counts and conditions', () => {
    const status = {
      currentHealthy: -1,
      desiredHealthy: 0,
      disruptionsAllowed: 0,
      expectedPods: 0,
      disruptedPods: { 'Not A Pod': '2026-01-01T00:00:00Z' },
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: 'Perhaps',
          reason: 'no reason',
          message: '',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
        {
          type: 'DisruptionAllowed',
          status: 'True',
          reason: '',
          message: '',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    };
    const errors = podDisruptionBudgetKind.strategy.validateStatusUpdate?.({ status }, {});
    expect(errors?.map(({ type, field }) => `${type} ${field}`)).toEqual([
      'FieldValueNotSupported status.conditions[0].status',
      'FieldValueInvalid status.conditions[0].reason',
      'FieldValueDuplicate status.conditions[1]',
      'FieldValueRequired status.conditions[1].reason',
      'FieldValueInvalid status.currentHealthy',
      'FieldValueInvalid status.disruptedPods[Not A Pod]',
    ]);
  });

  it('shows what is open as not applicable', () => {
    expect(row(podDisruptionBudgetKind.columns, budget({ minAvailable: 2 }))).toMatchObject({
      'Min Available': '2',
      'Max Unavailable': 'N/A',
      'Allowed Disruptions': 0,
    });
  });
});
