import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../api/meta.ts';
import { decode } from '../schema/decode.ts';
import { builtinSchemas, resolve } from '../schema/registry.ts';
import type { Schema } from '../schema/schema.ts';
import { exampleOf, examples, nameOf } from './examples.test-fixture.ts';
import { kinds } from './index.ts';
import { createErrors } from './testing.ts';

const withExample = kinds.filter((kind) => Object.hasOwn(examples, nameOf(kind)));

describe('every example', () => {
  it('belongs to a kind', () => {
    expect(withExample.map(nameOf).toSorted()).toEqual(Object.keys(examples).toSorted());
  });

  it.each(withExample.map((kind) => [nameOf(kind), kind] as const))('%s passes', (_name, kind) => {
    const { object, errors, unknown } = decode(builtinSchemas, kind.schema, exampleOf(kind));
    expect([errors, unknown]).toEqual([[], []]);
    expect(createErrors(kind, object as KubeObject)).toEqual([]);
  });

  it.each(withExample.map((kind) => [nameOf(kind), kind] as const))(
    '%s stays as it is once completed',
    (_name, kind) => {
      const once = structuredClone(exampleOf(kind)) as object;
      kind.strategy.defaults?.(once);
      const twice = structuredClone(once);
      kind.strategy.defaults?.(twice);
      expect(twice).toEqual(once);
    },
  );
});

/** Field selectors that name no field: Kubernetes computes them or keeps them for old clients. */
const computed = new Set(['status.successful', 'spec.host', 'reportingComponent', 'source', 'reason']);

describe('what kinds say about their fields', () => {
  // Events of the newer group are selected by the field names of the older one.
  const stored = kinds.filter(({ stored: kept, group }) => kept && group !== 'events.k8s.io');

  it.each(stored.map((kind) => [nameOf(kind), kind] as const))(
    '%s has the fields it selects and scales by',
    (_name, kind) => {
      const { scale } = kind;
      const paths = [
        ...Object.keys(kind.selectableFields).filter((field) => !computed.has(field)),
        ...(scale ? [scale.specReplicas, scale.statusReplicas, scale.selector] : []),
      ];
      expect(paths.filter((path) => !hasField(kind.schema, path.split('.')))).toEqual([]);
    },
  );
});

function hasField(schemaName: string, path: readonly string[]): boolean {
  let schema: Schema | undefined = builtinSchemas.get(schemaName);
  for (const key of path) {
    schema = schema && resolve(builtinSchemas, schema)?.properties?.[key];
    if (!schema) return false;
  }
  return true;
}
