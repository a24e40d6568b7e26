import { describe, expect, it } from 'vitest';
import { createErrors, row, updateErrors } from '../../testing.ts';
import type { ControllerRevision } from '../../wire.ts';
import { controllerRevisionKind } from './kind.ts';

const metadata = { name: 'web', namespace: 'default' };

describe('a controller revision', () => {
  const revision = (data: unknown, number = 1): ControllerRevision => ({
    metadata: {
      ...metadata,
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'web', uid: 'u', controller: true },
      ],
    },
    revision: number,
    data: data as object,
  });

  it.each<[string, unknown, number, string[]]>([
    ['no fault', { spec: {} }, 1, []],
    ['no data', undefined, 1, ['data: Required value: data is mandatory']],
    [
      'data of the wrong kind',
      'text',
      -1,
      [
        'revision: Invalid value: -1: must be greater than or equal to 0',
        'data: Required value: data must be a valid JSON object',
      ],
    ],
  ])('with %s', (_title, data, number, expected) => {
    expect(createErrors(controllerRevisionKind, revision(data, number))).toEqual(expected);
  });

  it('is history: its data never changes, its number may', () => {
    expect(updateErrors(controllerRevisionKind, revision({ a: 2 }, 5), revision({ a: 1 }))).toEqual([
      'data: Invalid value: {"a":2}: field is immutable',
    ]);
  });

  it('names what it is of', () => {
    expect(row(controllerRevisionKind.columns, revision({}))).toMatchObject({
      Controller: 'daemonset.apps/web',
      Revision: 1,
    });
  });
});
