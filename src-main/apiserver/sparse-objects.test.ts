import type { KubeObject } from '@shared/api/meta.ts';
import { ApiError } from '@shared/api/status.ts';
import { type AnyKind, allVerbs } from '@shared/kinds/define.ts';
import { exampleOf, examples, nameOf } from '@shared/kinds/examples.test-fixture.ts';
import { kinds } from '@shared/kinds/index.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { builtinSchemas, resolve } from '@shared/schema/registry.ts';
import type { Schema } from '@shared/schema/schema.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';

/**
 * Admission, defaults and field ownership see objects before they are validated: whatever the types call required
 * may be absent. Every object and list item that a schema knows is sent with nothing in it, one at a time.
 */

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster({ https: false });
  await cluster.client.create(kindOf('v1/LimitRange'), limitRange);
  await cluster.client.create(kindOf('v1/ResourceQuota'), quota);
});
afterAll(() => cluster.close());

/** So that the modules that read pods and claims most closely have something to do. */
const limitRange = {
  metadata: { namespace: 'default', name: 'limits' },
  spec: { limits: ['Container', 'Pod'].map((type) => ({ type, min: { cpu: '1m' }, max: { cpu: '100' } })) },
};
const quota = {
  metadata: { namespace: 'default', name: 'quota' },
  spec: {
    hard: { pods: '1000', 'requests.cpu': '1000', 'requests.storage': '1000Gi', 'count/services': '9' },
  },
};

describe('objects with nothing where something is required', () => {
  it.each(kinds.filter(isCreated).map((kind) => [nameOf(kind), kind] as const))(
    'are stored or refused, never a fault of the server: %s',
    async (_name, kind) => {
      const faults: string[] = [];
      for (const part of sparseParts(kind)) {
        const object = { ...exampleOf(kind), ...part };
        const fault = await faultOf(() => cluster.client.create(kind, object, { dryRun: true }));
        if (fault) faults.push(`create ${JSON.stringify(part)}: ${fault}`);
      }
      expect(faults).toEqual([]);
    },
  );

  it.each(
    kinds
      .filter((kind) => isCreated(kind) && nameOf(kind) in examples)
      .map((kind) => [nameOf(kind), kind] as const),
  )('are changed or refused, never a fault of the server: %s', async (_name, kind) => {
    const example = exampleOf(kind);
    await cluster.client.create(kind, example).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status.reason === 'AlreadyExists')) throw error;
    });
    const ref = { name: 'a', ...(kind.namespaced && { namespace: 'default' }) };
    const faults: string[] = [];
    for (const part of sparseParts(kind)) {
      for (const type of ['merge', 'strategic'] as const) {
        const fault = await faultOf(() =>
          cluster.client.patch(kind, ref, { type, body: part }, { dryRun: true }),
        );
        if (fault) faults.push(`${type} patch ${JSON.stringify(part)}: ${fault}`);
      }
    }
    expect(faults).toEqual([]);
  });
});

function kindOf(name: string): AnyKind {
  const kind = kinds.find((one) => nameOf(one) === name);
  if (!kind) throw new Error(`there is no ${name}`);
  return kind;
}

function isCreated({ stored, verbs = allVerbs }: AnyKind): boolean {
  return stored && verbs.includes('create');
}

/** What the server answered when that was its own fault. */
async function faultOf(call: () => Promise<KubeObject>): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && error.status.code < 500) return undefined;
    return String(error);
  }
}

/** Top-level parts of objects of a kind, each with one empty object, or one list of an empty object, in it. */
function sparseParts(kind: AnyKind): JsonObject[] {
  const root = builtinSchemas.get(kind.schema);
  if (!root) throw new Error(`${nameOf(kind)} has no schema`);
  const parts = sparse(root, []).filter((part) => !('metadata' in part));
  return [...parts, ...Object.keys(root.properties ?? {}).map((key) => ({ [key]: null }))].filter(
    (part) => !('apiVersion' in part || 'kind' in part || 'metadata' in part),
  );
}

/** Schemas may contain themselves (JSONSchemaProps): each is entered once on a way. */
function sparse(schema: Schema, way: readonly string[]): JsonObject[] {
  if (schema.ref !== undefined && way.includes(schema.ref)) return [];
  const within = schema.ref === undefined ? way : [...way, schema.ref];
  const { properties = {} } = resolve(builtinSchemas, schema) ?? {};
  return Object.entries(properties).flatMap(([key, property]) =>
    valuesOf(property, within).map((value) => ({ [key]: value })),
  );
}

function valuesOf(property: Schema, way: readonly string[]): Json[] {
  const found = resolve(builtinSchemas, property);
  if (!found) return [];
  if (found.type === 'array')
    return [[], ...valuesOf(found.items ?? { type: 'any' }, way).map((item) => [item])];
  if (found.type !== 'object') return [];
  const values: Json[] = [{}, ...sparse(property, way)];
  if (found.additionalProperties)
    values.push(...valuesOf(found.additionalProperties, way).map((value) => ({ key: value })));
  return values;
}
