import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, row, updateErrors } from '../../testing.ts';
import type { PriorityClass } from '../../wire.ts';
import { priorityClassKind } from './kind.ts';

const ofClass = (name: string, value: number, fields: Partial<PriorityClass> = {}): PriorityClass => ({
  metadata: { name },
  value,
  ...fields,
});

describe('priority classes', () => {
  it('displace others unless told otherwise', () => {
    expect(defaulted(priorityClassKind, ofClass('a', 5)).preemptionPolicy).toBe('PreemptLowerPriority');
    expect(createErrors(priorityClassKind, ofClass('a', 5, { preemptionPolicy: 'Always' }))).toEqual([
      'preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"',
    ]);
  });

  it('stay below those of the system', () => {
    expect(createErrors(priorityClassKind, ofClass('a', 1_000_000_000))).toEqual([]);
    expect(createErrors(priorityClassKind, ofClass('a', 1_000_000_001))).toEqual([
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    ]);
  });

  it('of the system are two, with values of their own', () => {
    const intro =
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error:";
    expect(createErrors(priorityClassKind, ofClass('system-node-critical', 2_000_001_000))).toEqual([]);
    expect(createErrors(priorityClassKind, ofClass('system-node-critical', 5))).toEqual([
      `${intro} value of system-node-critical PriorityClass must be 2000001000`,
    ]);
    expect(createErrors(priorityClassKind, ofClass('system-mine', 5))).toEqual([
      `${intro} system-mine is not a known system priority class`,
    ]);
    expect(
      createErrors(
        priorityClassKind,
        ofClass('system-cluster-critical', 2_000_000_000, { globalDefault: true }),
      ),
    ).toEqual([`${intro} globalDefault of system-cluster-critical PriorityClass must be false`]);
  });

  it('keep their value and their manners', () => {
    expect(
      updateErrors(priorityClassKind, ofClass('a', 5, { globalDefault: true }), ofClass('a', 5)),
    ).toEqual([]);
    expect(
      updateErrors(priorityClassKind, ofClass('a', 6, { preemptionPolicy: 'Never' }), ofClass('a', 5)),
    ).toEqual([
      'value: Forbidden: may not be changed in an update.',
      'preemptionPolicy: Invalid value: "Never": field is immutable',
    ]);
  });

  it('show both', () => {
    expect(row(priorityClassKind.columns, defaulted(priorityClassKind, ofClass('a', 5)))).toEqual({
      Name: 'a',
      Value: 5,
      'Global-Default': false,
      Age: null,
      PreemptionPolicy: 'PreemptLowerPriority',
    });
  });
});
