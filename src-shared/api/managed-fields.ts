/**
 * Field ownership and server-side apply.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { isJsonObject, jsonEqual } from '../lib/json.ts';
import type { Json, JsonObject } from '../lib/types.ts';
import type { Schemas } from '../schema/schema.ts';
import { createdFields } from './created-fields.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  intersection,
  isEmptySet,
  union,
  without,
} from './field-set.ts';
import { fieldsLastApplied, kubectlManager, withLastApplied } from './last-applied.ts';
import { conflictError } from './managed-fields-conflict.ts';
import { capUpdaters, decodeManagers, encodeManagers, type Manager, sameManager } from './managers.ts';
import type { ManagedFieldsEntry } from './meta.ts';
import { type Shape, shapeNamed } from './structure.ts';
import { compare, fieldsOf, merge, removeFields, withNamedFields } from './structured-merge.ts';

interface Write {
  readonly schemas: Schemas;
  readonly schemaName: string;
  /** The stored object; absent when it is being created. */
  readonly live?: JsonObject | undefined;
  readonly manager: string;
  /** `status`, `scale`, …; absent for the object itself. */
  readonly subresource?: string | undefined;
  /** RFC 3339, seconds. */
  readonly now: string;
  /** Of the request, `apps/v1`. */
  readonly apiVersion: string;
  /** Whether status is a subresource; absent: as the schema of a built-in type tells. */
  readonly hasStatus?: boolean | undefined;
}

export interface ApplyRequest extends Write {
  /** The apply configuration, decoded but not defaulted. */
  readonly applied: JsonObject;
  /** Take over fields others own, rather than fail. */
  readonly force: boolean;
}

export interface UpdateRequest extends Write {
  /** The object as it is about to be stored. */
  readonly updated: JsonObject;
}

/** Fields nobody owns: they are the server's. */
const unowned: FieldSet = {
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:name': {},
    'f:namespace': {},
    'f:creationTimestamp': {},
    'f:selfLink': {},
    'f:uid': {},
    'f:clusterName': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:resourceVersion': {},
  },
};

/** What a request cannot change anyway, and so cannot own: the main resource no status, the status no spec. */
function resetFields(request: Write): FieldSet {
  if (request.subresource === 'status') return { 'f:spec': {} };
  if (request.subresource !== undefined) return emptySet;
  const isBuiltin = request.schemaName.startsWith('io.k8s.');
  const hasStatus =
    request.hasStatus ??
    (isBuiltin && request.schemas.get(request.schemaName)?.properties?.status !== undefined);
  return hasStatus ? { 'f:status': {} } : emptySet;
}

const serverMeta = new Set(Object.keys(unowned['f:metadata'] ?? {}).map((element) => element.slice(2)));

/** The object without the fields nobody owns; shares everything else. */
function ownable(object: JsonObject | undefined): JsonObject | undefined {
  if (!object) return undefined;
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  if (!isJsonObject(metadata)) return rest;
  const kept: Record<string, Json | undefined> = {};
  let isEmpty = true;
  for (const key of Object.keys(metadata)) {
    if (serverMeta.has(key)) continue;
    kept[key] = metadata[key];
    isEmpty = false;
  }
  return isEmpty ? rest : { ...rest, metadata: kept as JsonObject };
}

function managedFieldsOf(object: JsonObject | undefined): Json | undefined {
  const metadata = object?.metadata;
  return isJsonObject(metadata) ? metadata.managedFields : undefined;
}

/**
 * The `managedFields` of an object after an ordinary write (create, update, patch): the manager owns what it
 * added or changed, whoever owned those fields before does so no longer, and removed fields are nobody's.
 * Managed fields a client sends along are honoured (`[{}]` forgets them all); malformed ones are ignored.
 * Entries keep their times unless their manager took fields. Objects whose managed fields were forgotten stay
 * untracked until they are next applied.
 */
export function trackUpdate(request: UpdateRequest): ManagedFieldsEntry[] {
  const { live, updated } = request;
  const sent = managedFieldsOf(updated);
  if (isReset(sent)) return [];
  const known = managedFieldsOf(live);
  const useSent = request.subresource === undefined && sent !== known && !(live && jsonEqual(sent, known));
  const fromClient = useSent ? decodeManagers(sent) : undefined;
  const managers = fromClient?.length ? fromClient : (decodeManagers(known) ?? []);
  if (live && managers.length === 0) return [];
  const shape = shapeNamed(request.schemas, request.schemaName);
  return encodeManagers(updateManagers({ request, shape, managers }, ownable(live), ownable(updated)));
}

function isReset(sent: Json | undefined): boolean {
  if (!Array.isArray(sent) || sent.length !== 1) return false;
  const [entry] = sent;
  return isJsonObject(entry) && Object.keys(entry).length === 0;
}

interface Ownership {
  readonly request: Write;
  readonly shape: Shape;
  readonly managers: readonly Manager[];
}

/** Who owns what after `before` became `after` by an ordinary write. */
function updateManagers(
  ownership: Ownership,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): Manager[] {
  const { request, shape, managers } = ownership;
  const { changed, removed } = before
    ? compare(shape, before, after)
    : { changed: createdFields(shape, after), removed: emptySet };
  const taken = without(changed, resetFields(request));
  if (isEmptySet(taken) && isEmptySet(removed)) return [...managers];
  const self: Manager = {
    manager: request.manager,
    operation: 'Update',
    apiVersion: request.apiVersion,
    subresource: request.subresource ?? '',
    time: request.now,
    fields: taken,
  };
  const others = managers.map((entry) =>
    withFields(entry, without(difference(entry.fields, changed), removed)),
  );
  const previous = managers.findIndex((entry) => sameManager(entry, self));
  if (isEmptySet(taken)) return capUpdaters(others.filter(ownsSomething));
  if (previous < 0) return capUpdaters([...others, self].filter(ownsSomething));
  const merged = { ...self, fields: union(others[previous]?.fields ?? emptySet, taken) };
  return capUpdaters(others.with(previous, merged).filter(ownsSomething));
}

function withFields(entry: Manager, fields: FieldSet): Manager {
  return fields === entry.fields ? entry : { ...entry, fields };
}

function ownsSomething(entry: Manager): boolean {
  return !isEmptySet(entry.fields);
}

/**
 * The object after an apply configuration was merged into the live object (or became a new one), with its
 * `managedFields`. Fields the manager applied before and left out now are removed unless somebody else owns
 * them. Throws ApiError Conflict, with a cause per field, when it would change fields that others own and
 * `force` is not set (the manager `kubectl` may take over what it applied client-side); BadRequest when a keyed
 * list of the configuration has an item twice.
 */
export function serverSideApply(request: ApplyRequest): JsonObject {
  const { live, applied } = request;
  const shape = shapeNamed(request.schemas, request.schemaName);
  const fields = fieldsOf(shape, applied);
  const managers = live ? knownManagers(request, shape, live) : [];
  const self: Manager = {
    manager: request.manager,
    operation: 'Apply',
    apiVersion: request.apiVersion,
    subresource: request.subresource ?? '',
    time: request.now,
    fields: without(strip(fields), resetFields(request)),
  };
  const previous = managers.find((entry) => sameManager(entry, self));
  const others = managers.filter((entry) => entry !== previous);
  const merged = asObject(merge(shape, live, applied));
  const pruned = previous
    ? prune({ shape, merged, previous }, [fields, ...others.map((entry) => entry.fields)])
    : merged;
  const { changed, removed } = compare(shape, ownable(live) ?? {}, ownable(pruned));
  const contested = without(changed, resetFields(request));
  if (!request.force) refuseConflicts({ request, shape, managers: others }, contested);
  const remaining = others.map((entry) =>
    withFields(entry, without(difference(entry.fields, contested), removed)),
  );
  const isNoop =
    previous &&
    isEmptySet(changed) &&
    isEmptySet(removed) &&
    jsonEqual(toJson(previous.fields), toJson(self.fields));
  const entry = isNoop ? { ...self, time: previous.time } : self;
  const result = live && request.manager === kubectlManager ? withLastApplied(pruned, applied) : pruned;
  return withManagers(result, encodeManagers(capUpdaters([...remaining, entry].filter(ownsSomething))));
}

/** Throws ApiError Conflict when others own what is about to change. */
function refuseConflicts({ request, shape, managers }: Ownership, contested: FieldSet): void {
  const conflicts = managers.map((manager) => ({ manager, fields: intersection(manager.fields, contested) }));
  if (conflicts.every(({ fields }) => isEmptySet(fields))) return;
  const migrates = request.manager === kubectlManager && request.live !== undefined;
  const allowed = migrates ? fieldsLastApplied(shape, request.live ?? {}) : emptySet;
  const remaining = conflicts.map(({ manager, fields }) => ({
    manager,
    fields: difference(fields, allowed),
  }));
  if (remaining.some(({ fields }) => !isEmptySet(fields))) throw conflictError(remaining);
}

/** An object nobody tracked so far belongs to `before-first-apply`. */
function knownManagers(request: Write, shape: Shape, live: JsonObject): readonly Manager[] {
  const known = decodeManagers(managedFieldsOf(live)) ?? [];
  if (known.length > 0) return known;
  const first = { ...request, manager: 'before-first-apply', subresource: undefined };
  return updateManagers({ request: first, shape, managers: [] }, undefined, ownable(live));
}

function strip(fields: FieldSet): FieldSet {
  return difference(fields, unowned);
}

interface Pruning {
  readonly shape: Shape;
  readonly merged: JsonObject;
  readonly previous: Manager;
}

/** Removes what the manager applied last time and neither it nor anybody else claims now. */
function prune({ shape, merged, previous }: Pruning, claims: readonly FieldSet[]): JsonObject {
  const claimed = claims.reduce((all, fields) => union(all, withNamedFields(shape, fields)), emptySet);
  const dropped = difference(withNamedFields(shape, previous.fields), claimed);
  return asObject(removeFields(shape, merged, dropped) ?? {});
}

function withManagers(object: JsonObject, managedFields: ManagedFieldsEntry[]): JsonObject {
  const metadata = isJsonObject(object.metadata) ? object.metadata : {};
  return { ...object, metadata: { ...metadata, managedFields: managedFields as unknown as Json } };
}

function asObject(value: Json): JsonObject {
  return isJsonObject(value) ? value : {};
}

function toJson(fields: FieldSet): Json {
  return fields as unknown as Json;
}
