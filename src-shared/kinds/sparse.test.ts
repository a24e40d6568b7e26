import { expect, it } from 'vitest';
import type { KubeObject } from '../api/meta.ts';
import { decode } from '../schema/decode.ts';
import { builtinSchemas } from '../schema/registry.ts';
import { sparseParts } from '../schema/sparse.test-fixture.ts';
import type { AnyKind } from './define.ts';
import { nameOf } from './examples.test-fixture.ts';
import { kinds } from './index.ts';
import { row } from './testing.ts';

/** The status of a stored object is hardly checked at all, and its spec only when it was written. */
it.each(kinds.map((kind) => [nameOf(kind), kind] as const))(
  'an object with nothing where something is required has cells, a health and fields to select by: %s',
  (_name, kind) => {
    const faults = sparseParts(kind.schema).flatMap((part) => faultOf(kind, part) ?? []);
    expect(faults).toEqual([]);
  },
);

function faultOf(kind: AnyKind, part: object): string | undefined {
  const { object } = decode(builtinSchemas, kind.schema, part);
  try {
    const cells = Object.values(row(kind.columns, object));
    kind.view.health?.(object as KubeObject);
    kind.gracefulDeletion?.graceSeconds(object);
    const selected = Object.values(kind.selectableFields).map((select) => select(object));
    const odd = [...cells, ...selected].find((value) => /undefined|NaN|\[object/.test(String(value)));
    return odd === undefined ? undefined : `${JSON.stringify(part)} reads ${String(odd)}`;
  } catch (error) {
    return `${JSON.stringify(part)}: ${String(error)}`;
  }
}
