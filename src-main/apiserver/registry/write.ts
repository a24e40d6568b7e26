import { trackUpdate } from '@shared/api/managed-fields.ts';
import { apiVersionOf, type ObjectMeta } from '@shared/api/meta.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from '@shared/api/object-meta.ts';
import { ApiError, type FieldError } from '@shared/api/status.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { Entry } from '../../store/store.ts';
import {
  type AdmissionRequest,
  check,
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
import { dedupOwnerReferences } from './owner-references.ts';
import { storable, storedKind, viewEntry } from './versions.ts';

/** How often a write is tried again when the transaction lost against another one. */
export const attempts = 100;

type Asked = Pick<AdmissionRequest, 'operation' | 'old' | 'view' | 'deleteOptions'>;

/** Makes the admission request of a write; each attempt gets a new one, with an empty transaction. */
export function admissionRequest(
  server: ServerContext,
  target: Target,
  options: WriteOptions,
  { operation, old, view, deleteOptions }: Asked,
): AdmissionRequest {
  const { kind, namespace, name, subresource } = target;
  return {
    operation,
    old,
    view,
    deleteOptions,
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
  const { kind, old, options, subresource } = request;
  const { strategy } = kind;
  const found: FieldError[] = validateObjectMeta(kind, draft.metadata, { creating: old === undefined });
  if (subresource === 'status' && old) {
    found.push(...(strategy.validateStatusUpdate?.(draft, old) ?? []));
  } else if (subresource === '') {
    found.push(...(strategy.validate?.(draft) ?? []));
    if (old) found.push(...(strategy.validateUpdate?.(draft, old) ?? []));
    else found.push(...(strategy.validateCreate?.(draft) ?? []));
  }
  found.push(...(await check(draft, request)));
  if (old) found.push(...validateObjectMetaUpdate(draft.metadata, old.metadata));
  warn(
    options,
    found.filter(({ isWarning }) => isWarning).map(({ field, message }) => `${field}: ${message}`),
  );
  const errors = found.filter(({ isWarning }) => !isWarning);
  if (errors.length === 0 && subresource === '') warn(options, strategy.warnings?.(draft, old) ?? []);
  if (errors.length === 0) errors.push(...(await validate(draft, request)));
  if (errors.length > 0) throw ApiError.invalid(kind, draft.metadata.name ?? '', errors);
}

/** Each text once, however often a write is tried. */
function warn({ warnings }: WriteOptions, texts: readonly string[]): void {
  for (const text of texts) if (!warnings.includes(text)) warnings.push(text);
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
    checkConditions(target, wanted, old);
    dedupOwnerReferences(wanted.draft, options, wanted.isPatch);
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

function checkConditions(target: Target, { draft, isPatch = false }: Change, old: ApiObject): void {
  const { kind } = target;
  const { resourceVersion, uid } = draft.metadata;
  checkPlace(target, draft);
  if (uid && uid !== old.metadata.uid && !isPatch) {
    const key = storeKey(kind, target.namespace, target.name);
    throw conflict(
      kind,
      target.name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    );
  }
  if (!resourceVersion || resourceVersion === '0') {
    if (kind.needsResourceVersion ?? kind.decode !== undefined)
      throw ApiError.invalid({ group: kind.group, kind: kind.plural }, target.name, [
        {
          type: 'FieldValueInvalid',
          field: 'metadata.resourceVersion',
          message: 'Invalid value: 0: must be specified for an update',
        },
      ]);
  } else if (resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, target.name);
}

/** 400 when an object names another place than the request's path. */
export function checkPlace(target: Target, { metadata }: DraftObject): void {
  if (metadata.namespace && metadata.namespace !== target.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (target.name !== '' && metadata.name && metadata.name !== target.name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${target.name})`,
    );
  }
}

/**
 * Carries over what no client may change, and what this subresource may not. What clients may not even try to change
 * (uid, the marks of deletion) stays, for validation to refuse. What a status update leaves alone is shared with `old`:
 * nobody sets anything there.
 */
export function withServerFields(target: Target, draft: DraftObject, old: ApiObject): DraftObject {
  const { metadata } = old as DraftObject;
  const { selfLink: _, ...sent } = draft.metadata;
  const merged = present({
    ...sent,
    name: metadata.name,
    namespace: metadata.namespace,
    uid: sent.uid || metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation,
    creationTimestamp: metadata.creationTimestamp,
    deletionTimestamp: metadata.deletionTimestamp ?? sent.deletionTimestamp,
    deletionGracePeriodSeconds: sent.deletionGracePeriodSeconds ?? metadata.deletionGracePeriodSeconds,
  });
  if (target.subresource === 'status') {
    const { status: _, ...rest } = old as DraftObject;
    return {
      ...rest,
      metadata: statusMetadata(target, merged, metadata),
      ...(draft.status !== undefined && { status: draft.status }),
    };
  }
  if (!target.kind.hasStatus || target.subresource !== '') return { ...draft, metadata: merged };
  const { status: _status, ...rest } = draft;
  return { ...rest, metadata: merged, ...(old.status !== undefined && { status: cloneJson(old.status) }) };
}

/** Metadata of a custom resource does not change through its status; of others, labels and annotations do. */
function statusMetadata({ kind }: Target, merged: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const { managedFields } = merged;
  return kind.decode
    ? present({ ...old, managedFields })
    : present({ ...merged, ownerReferences: old.ownerReferences, finalizers: old.finalizers });
}

/** Without members that are undefined. */
function present(members: { readonly [K in keyof ObjectMeta]: ObjectMeta[K] | undefined }): ObjectMeta {
  const kept: Record<string, unknown> = {};
  for (const [field, member] of Object.entries(members)) if (member !== undefined) kept[field] = member;
  return kept;
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
  setDefaults(kind, subresource, draft);
  if (!managedFieldsDone) settleManagedFields(draft, request, old);
  if (subresource === '') kind.strategy.prepareForUpdate?.(draft, old, request.server.clock.now());
  else if (subresource === 'status')
    kind.strategy.prepareForStatusUpdate?.(draft, old, request.server.clock.now());
  await mutate(draft, request);
  await validateDraft(draft, request);
  if (raisesGeneration(request, draft, old)) draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** Fills in defaults of a changed object: through `/status`, of its status alone. */
export function setDefaults({ strategy }: AnyKind, subresource: string, draft: DraftObject): void {
  if (subresource === 'status') strategy.defaultStatus?.(draft);
  else strategy.defaults?.(draft);
}

function raisesGeneration(
  { kind, subresource }: AdmissionRequest,
  draft: DraftObject,
  old: ApiObject,
): boolean {
  if (!kind.hasGeneration) return false;
  if (specChanged(draft, old, kind)) return true;
  if (kind.annotationsRaiseGeneration !== true || subresource !== '') return false;
  return !jsonEqual(draft.metadata.annotations ?? {}, old.metadata.annotations ?? {});
}

/** An object that stays as it is keeps its managers, whether a client sent them along or not. */
function settleManagedFields(draft: DraftObject, request: AdmissionRequest, old: ApiObject): void {
  if (changesManagers(draft, old) || !sameBesidesManagers(draft, old)) setManagedFields(draft, request);
  else if (old.metadata.managedFields)
    draft.metadata.managedFields = cloneJson<NonNullable<DraftObject['metadata']['managedFields']>>(
      old.metadata.managedFields,
    );
}

/** Whether a client sent other managedFields than the stored ones. */
function changesManagers({ metadata }: DraftObject, old: ApiObject): boolean {
  return (
    metadata.managedFields !== undefined &&
    !jsonEqual(metadata.managedFields, old.metadata.managedFields ?? [])
  );
}

/** Notes in managedFields which fields the writer owns from now on. */
export function setManagedFields(draft: DraftObject, request: AdmissionRequest): void {
  const { kind, old, server, options, subresource } = request;
  const managedFields = trackUpdate({
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
  if (managedFields.length > 0) draft.metadata.managedFields = managedFields;
  else delete draft.metadata.managedFields;
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
  return sameBesidesManagers(draft, old) && jsonEqual(managers(draft), managers(old));
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
