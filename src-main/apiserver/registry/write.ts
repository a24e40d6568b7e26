import { trackUpdate } from '@shared/api/managed-fields.ts';
import { apiVersionOf } from '@shared/api/meta.ts';
import { validateObjectMeta } from '@shared/api/object-meta.ts';
import { ApiError, type FieldError } from '@shared/api/status.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { Entry } from '../../store/store.ts';
import {
  type AdmissionRequest,
  mutate,
  release,
  type SubresourceView,
  validate,
} from '../admission/admission.ts';
import type { ServerContext, Target, WriteOptions } from '../context.ts';
import {
  type ApiObject,
  cloneJson,
  type DraftObject,
  jsonOf,
  objectOf,
  specChanged,
  storeKey,
} from '../objects.ts';
import type { ObjectResponse } from '../request.ts';
import { mayBeRemoved } from './deletion-state.ts';
import { badRequest, conflict } from './errors.ts';
import { storable, storedKind, viewEntry } from './versions.ts';

/** How often a write is tried again when the transaction lost against another one. */
export const attempts = 100;

/** Makes the admission request of a write; each attempt gets a new one, with an empty transaction. */
export function admissionRequest(
  server: ServerContext,
  target: Target,
  options: WriteOptions,
  operation: Pick<AdmissionRequest, 'operation' | 'old' | 'view' | 'deleteOptions'>,
): AdmissionRequest {
  const { kind, namespace, name, subresource } = target;
  return {
    ...operation,
    kind,
    namespace,
    name,
    subresource,
    options,
    server,
    reinvocation: { isSecondRound: false, isWanted: false, memory: new Map() },
    transaction: { compare: [], ops: [] },
  };
}

/** Answers with a stored entry. */
export function entryResponse(
  target: Target,
  entry: Entry,
  options: WriteOptions,
  code = 200,
): ObjectResponse {
  return {
    type: 'object',
    code,
    kind: target.kind,
    value: entry.value,
    json: entry.json,
    warnings: options.warnings,
  };
}

/** Answers with an object that is not stored (dry run, last state of a deleted one). */
export function draftResponse(
  target: Target,
  draft: DraftObject | ApiObject,
  options: WriteOptions,
  code = 200,
): ObjectResponse {
  return { type: 'object', code, kind: target.kind, value: jsonOf(draft), warnings: options.warnings };
}

/** Runs every validation of a new or changed object and throws 422 with all field errors at once. */
export async function validateDraft(draft: DraftObject, request: AdmissionRequest): Promise<void> {
  const { kind, old, subresource } = request;
  const { strategy } = kind;
  const errors: FieldError[] = validateObjectMeta(kind, draft.metadata, { creating: old === undefined });
  if (subresource === 'status' && old) {
    errors.push(...(strategy.validateStatusUpdate?.(draft, old) ?? []));
  } else if (subresource === '') {
    errors.push(...(strategy.validate?.(draft) ?? []));
    if (old) errors.push(...(strategy.validateUpdate?.(draft, old) ?? []));
    else errors.push(...(strategy.validateCreate?.(draft) ?? []));
  }
  if (old) errors.push(...finalizerErrors(draft, old));
  if (errors.length === 0) errors.push(...(await validate(draft, request)));
  if (errors.length > 0) throw ApiError.invalid(kind, draft.metadata.name ?? '', errors);
}

function finalizerErrors(draft: DraftObject, old: ApiObject): FieldError[] {
  if (old.metadata.deletionTimestamp === undefined) return [];
  const known = new Set(old.metadata.finalizers);
  const added = (draft.metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
  if (added.length === 0) return [];
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  return [
    {
      type: 'FieldValueForbidden',
      field: 'metadata.finalizers',
      message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    },
  ];
}

/** What a change makes of the stored object. */
export interface Change {
  /** The wanted object, private to the callee from now on. Its resourceVersion and uid, if set, are conditions. */
  readonly draft: DraftObject;
  /** Set by server-side apply, which computes managedFields itself. */
  readonly managedFieldsDone?: boolean;
  /** The draft is the stored object with a patch applied, not what a client sent as a whole. */
  readonly isPatch?: boolean;
  /** What webhooks and policies see of a change through a subresource with an object of its own. */
  readonly view?: SubresourceView;
}

/**
 * Reads, changes and writes back an object, again from the start when somebody else was faster. `change` gets
 * the stored object each time; a condition it carries (metadata.resourceVersion) fails with 409 instead.
 * An object that ends up as it was is not written: its resourceVersion stays.
 */
export async function updateObject(
  server: ServerContext,
  target: Target,
  options: WriteOptions,
  change: (old: ApiObject) => Promise<Change> | Change,
): Promise<ObjectResponse> {
  const key = storeKey(target.kind, target.namespace, target.name);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const stored = await server.store.get(key);
    if (!stored) throw ApiError.notFound(target.kind, target.name);
    const entry = target.kind.conversion ? await viewEntry(target.kind, stored) : stored;
    const old = objectOf(entry);
    const wanted = await change(old);
    checkConditions(target, wanted.draft, old);
    const draft = withServerFields(target, wanted.draft, old);
    const request = admissionRequest(server, target, options, {
      operation: 'UPDATE',
      old,
      view: wanted.view,
    });
    await finishDraft(draft, request, wanted.managedFieldsDone === true);
    if (unchanged(draft, old) && (await isStoredSo(target, draft, stored)))
      return entryResponse(target, entry, options);
    const response = await commitUpdate(draft, entry, request);
    if (response) return response;
  }
  throw conflict(target.kind, target.name);
}

/** False for an object that still lies in the store in a version objects of its kind are no longer stored in. */
async function isStoredSo({ kind }: Target, draft: DraftObject, stored: Entry): Promise<boolean> {
  if (!kind.conversion) return true;
  const { apiVersion } = await storable(kind, draft);
  return apiVersion === stored.value.apiVersion;
}

function checkConditions(target: Target, draft: DraftObject, old: ApiObject): void {
  const { resourceVersion, uid, name, namespace } = draft.metadata;
  if (name && name !== target.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
  }
  if (namespace && namespace !== target.namespace) {
    throw badRequest(
      `the namespace of the object (${namespace}) does not match the namespace on the URL (${target.namespace})`,
    );
  }
  if (uid && uid !== old.metadata.uid) {
    throw conflict(
      target.kind,
      target.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    );
  }
  if (resourceVersion && resourceVersion !== '0' && resourceVersion !== old.metadata.resourceVersion) {
    throw conflict(target.kind, target.name);
  }
}

/** Carries over what no client may change, and what this subresource may not. */
export function withServerFields(target: Target, draft: DraftObject, old: ApiObject): DraftObject {
  const { metadata } = cloneJson<DraftObject>({ apiVersion: '', kind: '', metadata: old.metadata });
  const kept = {
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation,
    generateName: metadata.generateName,
    creationTimestamp: metadata.creationTimestamp,
    deletionTimestamp: metadata.deletionTimestamp,
    deletionGracePeriodSeconds: metadata.deletionGracePeriodSeconds,
  };
  const merged: Record<string, unknown> = { ...draft.metadata, ...kept };
  for (const field in merged) if (merged[field] === undefined) delete merged[field];
  if (target.subresource === 'status') {
    const { ownerReferences, finalizers } = metadata;
    const { status, ...rest } = cloneJson<DraftObject>(old);
    return {
      ...rest,
      metadata: { ...merged, ...(ownerReferences && { ownerReferences }), ...(finalizers && { finalizers }) },
      ...(draft.status !== undefined && { status: draft.status }),
    };
  }
  if (!target.kind.hasStatus || target.subresource !== '') return { ...draft, metadata: merged };
  const { status: _, ...rest } = draft;
  return { ...rest, metadata: merged, ...(old.status !== undefined && { status: cloneJson(old.status) }) };
}

/**
 * Defaults, field ownership, strategy, admission, validation and generation of a changed object. Ownership is
 * settled before admission: what the server adds belongs to nobody.
 */
async function finishDraft(
  draft: DraftObject,
  request: AdmissionRequest,
  managedFieldsDone: boolean,
): Promise<void> {
  const { kind, old, subresource } = request;
  if (!old) return;
  kind.strategy.defaults?.(draft);
  if (!managedFieldsDone && !sameBesidesManagers(draft, old)) setManagedFields(draft, request);
  if (subresource === '') kind.strategy.prepareForUpdate?.(draft, old);
  else if (subresource === 'status')
    kind.strategy.prepareForStatusUpdate?.(draft, old, request.server.clock.now());
  await mutate(draft, request);
  await validateDraft(draft, request);
  if (kind.hasGeneration && specChanged(draft, old, kind))
    draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** Notes in managedFields which fields the writer owns from now on. */
export function setManagedFields(draft: DraftObject, request: AdmissionRequest): void {
  const { kind, old, server, options, subresource } = request;
  draft.metadata.managedFields = trackUpdate({
    schemas: server.schemas,
    schemaName: kind.schema,
    ...(old && { live: jsonOf(old) }),
    updated: jsonOf(draft),
    manager: options.fieldManager,
    ...(subresource && { subresource }),
    now: rfc3339(server.clock.now()),
    apiVersion: apiVersionOf(kind),
    ...(kind.decode && { hasStatus: kind.hasStatus }),
  });
}

function sameBesidesManagers(draft: DraftObject, old: ApiObject): boolean {
  const without = (object: ApiObject | DraftObject) => ({
    ...jsonOf(object),
    metadata: { ...jsonOf(object.metadata as DraftObject), managedFields: undefined },
  });
  return jsonEqual(without(draft), without(old));
}

/** Nothing but the times of managedFields differs. */
function unchanged(draft: DraftObject, old: ApiObject): boolean {
  const managers = (object: ApiObject | DraftObject) =>
    (object.metadata.managedFields ?? []).map(({ time: _, ...entry }) => entry);
  return (
    sameBesidesManagers(draft, old) &&
    (draft.metadata.managedFields === undefined || jsonEqual(managers(draft), managers(old)))
  );
}

/** Stores the draft; undefined when the transaction lost. The last finalizer's removal ends a deleted object. */
async function commitUpdate(
  draft: DraftObject,
  entry: Entry,
  request: AdmissionRequest,
): Promise<ObjectResponse | undefined> {
  const { kind, options, server, transaction } = request;
  if (options.dryRun) return draftResponse(request, draft, options);
  const removing = mayBeRemoved(kind, draft);
  if (removing) await release(draft, request);
  const compare = [{ key: entry.key, modRevision: entry.modRevision }, ...transaction.compare];
  if (removing) {
    const removed = await server.store.txn({
      compare,
      ops: [{ type: 'delete', key: entry.key }, ...transaction.ops],
    });
    return removed.ok ? draftResponse(request, draft, options) : undefined;
  }
  const { ttlSeconds } = storedKind(kind);
  const ttl = ttlSeconds === undefined ? {} : { ttlSeconds };
  const result = await server.store.txn({
    compare,
    ops: [
      {
        type: 'put',
        key: entry.key,
        value: kind.conversion ? await storable(kind, draft) : jsonOf(draft),
        ...ttl,
      },
      ...transaction.ops,
    ],
  });
  const stored = result.ok ? result.entries[0] : undefined;
  if (!stored) return undefined;
  return entryResponse(request, kind.conversion ? await viewEntry(kind, stored) : stored, options);
}
