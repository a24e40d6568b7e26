/**
 * Moving from `kubectl apply` to `kubectl apply --server-side`.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#migration-between-client-side-and-server-side-apply
 */
import { isJsonObject } from '../lib/json.ts';
import type { Json, JsonObject } from '../lib/types.ts';
import { difference, emptySet, type FieldSet } from './field-set.ts';
import type { Shape } from './structure.ts';
import { compare, fieldsOf } from './structured-merge.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
const limitBytes = 256 * 1024;

/** The only manager all this is for; another name opts out. */
export const kubectlManager = 'kubectl';

function annotationsOf(object: JsonObject | undefined): JsonObject | undefined {
  const metadata = object?.metadata;
  const annotations = isJsonObject(metadata) ? metadata.annotations : undefined;
  return isJsonObject(annotations) ? annotations : undefined;
}

function parse(text: Json | undefined): JsonObject | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Users edit annotations; one that is no JSON counts as none.
    return undefined;
  }
}

/**
 * Fields kubectl applied client-side and nobody changed since: it may take them over without a conflict.
 * Empty when the object was never applied client-side.
 */
export function fieldsLastApplied(shape: Shape, live: JsonObject): FieldSet {
  const lastApplied = parse(annotationsOf(live)?.[annotation]);
  if (!lastApplied) return emptySet;
  const { changed, removed } = compare(shape, lastApplied, live);
  return difference(difference(fieldsOf(shape, lastApplied), changed), removed);
}

/** Keeps the annotation of an object that has one in step with what kubectl applies server-side. */
export function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  const annotations = annotationsOf(object);
  if (typeof annotations?.[annotation] !== 'string' || !isJsonObject(object.metadata)) return object;
  const { [annotation]: _, ...own } = annotationsOf(applied) ?? {};
  const metadata = { ...(isJsonObject(applied.metadata) ? applied.metadata : {}), annotations: own };
  const text = `${JSON.stringify({ ...applied, metadata })}\n`;
  if (text.length > limitBytes) return object;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [annotation]: text } } };
}
