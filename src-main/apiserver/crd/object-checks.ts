/** What is checked of custom objects besides their schema and its rules. Source: apiextensions, `customResourceValidator`. */
import { invalid } from '@shared/api/field-errors.ts';
import { qualifiedNameErrors } from '@shared/api/names.ts';
import type { FieldError } from '@shared/api/status.ts';
import type { CrdVersion } from '@shared/kinds/apiextensions/custom-resource-definition/names.ts';
import { goTypeOf } from '@shared/lib/go-text.ts';
import { getOwn, isJsonObject } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';

type Scale = NonNullable<CrdVersion['subresources']>['scale'];

const maxReplicas = 2_147_483_647;

/** Replicas are numbers a Scale has room for, and its selector is a text. */
export function scaleErrors(
  scale: Scale,
  object: JsonObject,
  { isStatus }: { readonly isStatus: boolean },
): FieldError[] {
  if (!scale) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  return [
    ...(isStatus ? [] : replicaErrors(specReplicasPath, object)),
    ...replicaErrors(statusReplicasPath, object),
    ...(labelSelectorPath ? selectorErrors(labelSelectorPath, object) : []),
  ];
}

function replicaErrors(path: string, object: JsonObject): FieldError[] {
  const found = find(path, object);
  if ('problem' in found) return [invalid(path, 0, found.problem)];
  const { value = 0 } = found;
  if (typeof value !== 'number' || !Number.isInteger(value))
    return [invalid(path, 0, mistyped(path, value, 'int64'))];
  if (value < 0) return [invalid(path, value, 'should be a non-negative integer')];
  return value > maxReplicas ? [invalid(path, value, `should be less than or equal to ${maxReplicas}`)] : [];
}

function selectorErrors(path: string, object: JsonObject): FieldError[] {
  const found = find(path, object);
  if ('problem' in found) return [invalid(path, '', found.problem)];
  const { value = '' } = found;
  return typeof value === 'string' ? [] : [invalid(path, '', mistyped(path, value, 'string'))];
}

function find(
  path: string,
  object: JsonObject,
): { readonly value: Json | undefined } | { readonly problem: string } {
  const keys = path.replace(/^\./, '').split('.');
  let value: Json | undefined = object;
  for (const [i, key] of keys.entries()) {
    if (value === undefined || value === null) return { value: undefined };
    if (!isJsonObject(value))
      return { problem: mistyped(`.${keys.slice(0, i + 1).join('.')}`, value, 'map[string]interface{}') };
    value = getOwn(value, key);
  }
  return { value };
}

/** Kubernetes speaks of its own language's types here. */
function mistyped(path: string, value: Json, wanted: string): string {
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return `${path} accessor error: ${shown} is of the type ${goTypeOf(value)}, expected ${wanted}`;
}

const standardFinalizers = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

/** Finalizers that are new and might be anybody's. */
export function finalizerWarnings(names: readonly string[] = [], old: readonly string[] = []): string[] {
  const field = 'metadata.finalizers';
  const added = [...new Set(names)].filter((name) => !old.includes(name)).sort();
  return added.flatMap((name) => {
    const at = `${field}: ${JSON.stringify(name)}`;
    const texts = qualifiedNameErrors(name).map((text) => `${at}: ${text}`);
    if (name.includes('/') || standardFinalizers.has(name)) return texts;
    const path = name.includes('.') ? ' including a path (/)' : '';
    const why = 'to avoid accidental conflicts with other finalizer writers';
    return [...texts, `${at}: prefer a domain-qualified finalizer name${path} ${why}`];
  });
}
