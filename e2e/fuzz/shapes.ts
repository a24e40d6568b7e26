import type { Seeded } from '../../src-main/testing/seeded.ts';
import { collectionPath } from '../../src-shared/client/client.ts';
import type { AnyKind } from '../../src-shared/kinds/define.ts';
import { exampleOf } from '../../src-shared/kinds/examples.test-fixture.ts';
import { kinds } from '../../src-shared/kinds/index.ts';
import { builtinSchemas, resolve } from '../../src-shared/schema/registry.ts';
import type { Schema } from '../../src-shared/schema/schema.ts';
import { type Json, oddValue } from './mutations.ts';
import { type Generator, json, jsonType, type World } from './world.ts';

/**
 * Objects as their schemas have them, with most fields left out, some empty, null or of a wrong type: what a server
 * meets that takes required fields for granted.
 */

type Members = { [key: string]: Json };

/** Values that fit somewhere, so that what is wrong elsewhere is reached. */
const texts: readonly [string, ...string[]] = [
  '',
  'a',
  'main',
  'sample',
  'default',
  'example.com/a',
  'metadata.name',
  'v1',
  'Pod',
  'User',
  'In',
  'Exists',
  'Always',
  'True',
  '1',
  '1Gi',
  '50%',
  '10.96.0.7',
  '10.0.0.0/24',
  'fd00::1',
  '2026-01-01T00:00:00Z',
  'PT1H',
  '*',
  '/a',
  '.spec.x',
  'object.metadata.name == "a"',
  '@hourly',
];
const numbers: readonly [number, ...number[]] = [0, 1, 2, 80, 100, 443, -1, 65536, 2 ** 31 - 1];

/** Wild ones have values of wrong types as well, at which decoding ends; the others get as far as validation. */
interface Taste {
  readonly random: Seeded;
  readonly isWild: boolean;
}

const tasteOf = (random: Seeded): Taste => ({ random, isWild: random.int(4) === 0 });

/** A value of the schema; `left` is how far down it may go. */
function shape(taste: Taste, schema: Schema, left: number): Json {
  const { random } = taste;
  if (taste.isWild && random.int(100) === 0) return oddValue(random);
  if (random.int(40) === 0) return null;
  const found = resolve(builtinSchemas, schema);
  if (!found) return {};
  const items = found.items;
  switch (found.type) {
    case 'array':
      if (!items || left === 0) return [];
      return Array.from({ length: random.int(4) }, () => shape(taste, items, left - 1));
    case 'object':
      return left === 0 ? {} : members(taste, found, left - 1);
    case 'boolean':
      return random.int(2) === 0;
    case 'integer':
    case 'number':
      return random.pick(numbers);
    case 'int-or-string':
      return random.int(2) === 0 ? random.pick(numbers) : random.pick(texts);
    case 'string': {
      const [first, ...others] = found.enum ?? [];
      return first === undefined || random.int(4) === 0
        ? textOf(taste, found)
        : random.pick([first, ...others]);
    }
    default:
      return random.pick<Json>([{}, { a: 1 }, 'a', [], null]);
  }
}

function textOf({ random, isWild }: Taste, { format }: Schema): string {
  if (isWild && random.int(8) === 0) return random.pick(texts);
  if (format === 'quantity') return random.pick(['0', '1', '100m', '1Gi', '-1', '0.5']);
  if (format === 'date-time' || format === 'micro-time') return '2026-01-01T00:00:00Z';
  return format === 'byte' ? 'YQ==' : random.pick(texts);
}

function members(taste: Taste, schema: Schema, left: number): Members {
  const { random } = taste;
  const { properties, additionalProperties } = schema;
  const made: Members = {};
  if (additionalProperties) {
    for (let count = random.int(3); count > 0; count--)
      made[random.pick(texts)] = shape(taste, additionalProperties, left);
  }
  const all = fieldsOf(taste, properties);
  // Few members of large types, so that what is valid is not drowned.
  const share = Math.max(2, Math.ceil(all.length / 3));
  for (const [key, property] of all) if (random.int(share) === 0) made[key] = shape(taste, property, left);
  return made;
}

/** Of a whole object not what it is: all else would go unread. */
function fieldsOf({ isWild }: Taste, properties: Schema['properties'] = {}): [string, Schema][] {
  const isWhole = 'metadata' in properties && 'apiVersion' in properties;
  return Object.entries(properties).filter(
    ([key]) => isWild || !isWhole || !/^(apiVersion|kind|metadata)$/.test(key),
  );
}

/** A good object with one or two of its places made anew. */
function reshaped(taste: Taste, schema: Schema, given: Json): Json {
  const { random } = taste;
  const found = resolve(builtinSchemas, schema);
  const isObject = given !== null && typeof given === 'object' && !Array.isArray(given);
  if (found?.type !== 'object' || !isObject || random.int(5) === 0) return shape(taste, schema, 6);
  const entries = fieldsOf(taste, found.properties);
  const made: Members = { ...given };
  for (let count = 1 + random.int(2); count > 0 && entries.length > 0; count--) {
    // Rather where there is something already than anywhere.
    const present = entries.filter(([key]) => Object.hasOwn(given, key));
    const from = present.length > 0 && random.int(2) === 0 ? present : entries;
    const [key, property] = from[random.int(from.length)] ?? entries[0] ?? ['', schema];
    made[key] = reshaped(taste, property, given[key] ?? null);
  }
  return made;
}

const created = kinds.filter(({ stored, verbs }) => stored && verbs.includes('create'));
const reviews = kinds.filter(({ stored, verbs }) => !stored && verbs.includes('create'));
const named = ([first, ...others]: readonly AnyKind[]): [AnyKind, ...AnyKind[]] => {
  if (!first) throw new Error('there are no kinds');
  return [first, ...others];
};

/** An object of a kind: the sample there is, or its least example. */
function goodObject(kind: AnyKind, { samples }: World): { readonly [key: string]: Json } {
  const path = collectionPath(kind, 'fuzz');
  const sample = samples.find((one) => one.path === path);
  const { metadata: _, ...example } = exampleOf(kind) as { [key: string]: Json };
  return sample?.manifest ?? { ...example, metadata: { name: 'sample' } };
}

/** Of kinds that reach beyond their own object only what would be. */
const reaches =
  /webhook|admissionpolic|apiservices|flowschemas|prioritylevel|nodes|clusterrolebindings|namespaces$/;

const shapedCreate: Generator = (random, world) => {
  const kind = random.pick(named(created));
  const path = collectionPath(kind, 'fuzz');
  const { metadata = null, ...rest } = goodObject(kind, world);
  const body = { ...(reshapedRoot(random, kind, rest) as Members), metadata };
  return {
    title: 'a sparse object',
    method: 'POST',
    path: `${path}${reaches.test(path) ? '?dryRun=All' : random.pick(['', '', '?dryRun=All'])}`,
    headers: jsonType,
    body: json(body),
  };
};

function reshapedRoot(random: Seeded, kind: AnyKind, given: Json): Json {
  return reshaped(tasteOf(random), builtinSchemas.get(kind.schema) ?? { type: 'object' }, given);
}

const patchTypes: readonly [string, ...string[]] = [
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

/** Victims are of few kinds, so that their specs and states are met often; all of it goes to `/status` as well. */
const shapedChange: Generator = (random, { victims }) => {
  const { path, manifest } = random.pick(victims);
  const kind = kinds.find(
    (one) => manifest.kind === one.kind && path.startsWith(collectionPath(one, 'fuzz')),
  );
  const { metadata = null, apiVersion = null, kind: name = null, ...rest } = manifest;
  const changed = kind ? (reshapedRoot(random, kind, rest) as Members) : rest;
  const method = random.pick(['PUT', 'PATCH', 'PATCH', 'PATCH']);
  const type = random.pick(patchTypes);
  const isApply = type === 'application/apply-patch+yaml';
  const query =
    method === 'PATCH' && isApply ? '?fieldManager=shapes&force=true' : random.pick(['', '?dryRun=All']);
  return {
    title: 'a sparse change',
    method,
    path: `${path}${kind?.hasStatus && random.int(2) === 0 ? '/status' : ''}${query}`,
    headers: method === 'PUT' ? jsonType : { 'content-type': type },
    body: json(method === 'PUT' || isApply ? { ...changed, metadata, apiVersion, kind: name } : changed),
  };
};

/** Schemas of what is sent to a path, beside objects. */
const bodies: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  ['/api/v1/namespaces/fuzz/pods/victim/binding', 'io.k8s.api.core.v1.Binding'],
  ['/api/v1/namespaces/fuzz/bindings', 'io.k8s.api.core.v1.Binding'],
  ['/api/v1/namespaces/fuzz/pods/victim/eviction', 'io.k8s.api.policy.v1.Eviction'],
  ['/api/v1/namespaces/fuzz/serviceaccounts/default/token', 'io.k8s.api.authentication.v1.TokenRequest'],
  ...reviews.map((kind) => [collectionPath(kind, 'fuzz'), kind.schema] as const),
];

const shapedBody: Generator = (random) => {
  const [path, schema] = random.pick(bodies);
  return {
    title: 'a sparse body',
    method: 'POST',
    path: `${path}?dryRun=All`,
    headers: jsonType,
    body: json(shape(tasteOf(random), builtinSchemas.get(schema) ?? { type: 'object' }, 6)),
  };
};

const shapedScale: Generator = (random, { victims }) => {
  const method = random.pick(['PUT', 'PATCH']);
  const scaling = victims.filter(({ manifest }) => /StatefulSet|Victim/.test(String(manifest.kind)));
  const path = scaling[random.int(scaling.length)]?.path ?? '';
  return {
    title: 'a sparse scale',
    method,
    path: `${path}/scale?dryRun=All`,
    headers: method === 'PUT' ? jsonType : { 'content-type': random.pick(patchTypes) },
    body: json(
      shape(tasteOf(random), builtinSchemas.get('io.k8s.api.autoscaling.v1.Scale') ?? { type: 'object' }, 4),
    ),
  };
};

/** The dry run stands in the body: options there make those of the address void. */
const shapedDelete: Generator = (random, { victims }) => ({
  title: 'sparse delete options',
  method: 'DELETE',
  path: `${random.pick(victims).path}?dryRun=All`,
  headers: jsonType,
  body: json({
    ...Object(
      shape(
        tasteOf(random),
        builtinSchemas.get('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions') ?? { type: 'object' },
        4,
      ),
    ),
    dryRun: ['All'],
  }),
});

/** A kind's schema decides; most are objects, since most is there. */
export const shaped: Generator = (random, world) =>
  random.pick([
    shapedCreate,
    ...[shapedCreate, shapedCreate, shapedCreate],
    ...[shapedChange, shapedChange, shapedChange],
    ...[shapedBody, shapedScale, shapedDelete],
  ])(random, world);
