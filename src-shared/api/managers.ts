import { isJsonObject } from '../lib/json.ts';
import type { Json, JsonObject } from '../lib/types.ts';
import { type FieldSet, markSound, parseFieldSet, union } from './field-set.ts';
import type { ManagedFieldsEntry } from './meta.ts';

/** One entry of `managedFields`, parsed. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** '' for the object itself. */
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Whether two entries are one: an applier is itself in whatever version it speaks. */
export function sameManager(a: Manager, b: Manager): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  );
}

/** Parses `metadata.managedFields`. Undefined when absent or malformed. */
export function decodeManagers(value: Json | undefined): Manager[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const managers: Manager[] = [];
  for (const entry of value) {
    const manager = isJsonObject(entry) ? decodeManager(entry) : undefined;
    if (!manager) return undefined;
    managers.push(manager);
  }
  return managers;
}

function decodeManager(entry: JsonObject): Manager | undefined {
  const { operation, fieldsType } = entry;
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  if (fieldsType !== undefined && fieldsType !== 'FieldsV1') return undefined;
  const fields = parseFieldSet(entry.fieldsV1 ?? {});
  if (!fields) return undefined;

  return {
    manager: text(entry.manager),
    operation,
    apiVersion: text(entry.apiVersion),
    subresource: text(entry.subresource),
    time: typeof entry.time === 'string' ? entry.time : undefined,
    fields,
  };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Entries as Kubernetes orders them: appliers first, then by time, name, version and subresource. */
export function encodeManagers(managers: readonly Manager[]): ManagedFieldsEntry[] {
  for (const { fields } of managers) markSound(fields);
  return managers.toSorted(compareManagers).map((entry) => ({
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(entry.time !== undefined && { time: entry.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: entry.fields as unknown as JsonObject,
    ...(entry.subresource !== '' && { subresource: entry.subresource }),
  }));
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const maxUpdaters = 10;

/** Keeps at most ten updating managers: the oldest of a version become one, `ancient-changes`. */
export function capUpdaters(managers: Manager[]): Manager[] {
  const updaters = managers.filter(({ operation }) => operation === 'Update').sort(compareManagers);
  let excess = updaters.length - maxUpdaters;
  if (excess <= 0) return managers;
  const result = new Set(managers);
  const buckets = new Map<string, Manager>();
  for (const updater of updaters) {
    if (excess <= 0) break;
    const bucket = buckets.get(updater.apiVersion);
    if (bucket) {
      result.delete(bucket);
      result.delete(updater);
      excess--;
      const fields = union(bucket.fields, updater.fields);
      const merged: Manager = { ...updater, manager: 'ancient-changes', subresource: '', fields };
      buckets.set(updater.apiVersion, merged);
      result.add(merged);
    } else buckets.set(updater.apiVersion, updater);
  }
  return [...result];
}
