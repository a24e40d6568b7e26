import { describe, expect, it } from 'vitest';
import { createErrors, updateErrors } from '../../testing.ts';
import { runtimeClassKind } from './kind.ts';

describe('runtime classes', () => {
  it('name a handler, for good', () => {
    expect(createErrors(runtimeClassKind, { handler: 'runc' })).toEqual([]);
    expect(createErrors(runtimeClassKind, { handler: 'a.b' })).toEqual([
      'handler: Invalid value: "a.b": must not contain dots',
    ]);
    expect(updateErrors(runtimeClassKind, { handler: 'gvisor' }, { handler: 'runc' })).toEqual([
      'handler: Invalid value: "gvisor": field is immutable',
    ]);
  });

  it('add overhead and choose nodes as pods do', () => {
    const scheduling = {
      nodeSelector: { a: 'b c' },
      tolerations: [{ operator: 'Exists', tolerationSeconds: 5 }, { operator: 'Exists' }],
    };
    expect(
      createErrors(runtimeClassKind, {
        handler: 'runc',
        overhead: { podFixed: { cpu: '-1' } },
        scheduling,
      }).map((text) => text.replace(/(a valid label must).*/, '$1 …')),
    ).toEqual([
      'overhead.podFixed.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'scheduling.nodeSelector: Invalid value: "b c": a valid label must …',
      'scheduling.tolerations[0].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      'scheduling.tolerations[1]: Duplicate value: {"operator":"Exists"}',
    ]);
  });
});
