import { invalid, notSupported } from '@shared/api/field-errors.ts';
import { ApiError, type FieldError, type Status } from '@shared/api/status.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { DeleteOptions } from '@shared/kinds/wire.ts';
import { parseTime, rfc3339 } from '@shared/lib/time.ts';
import type { JsonObject, Unchecked } from '@shared/lib/types.ts';
import type { Entry, Op } from '../../store/store.ts';
import { release, validate } from '../admission/admission.ts';
import type { ServerContext, Target, WriteOptions } from '../context.ts';
import { type ApiObject, cloneJson, type DraftObject, objectOf, storeKey } from '../objects.ts';
import { type ApiServerResponse, isTrue, type ObjectResponse } from '../request.ts';
import { isHeldBack } from './deletion-state.ts';
import { conflict } from './errors.ts';
import { dryRunErrors, parseInteger } from './query.ts';
import { listObjects } from './read.ts';
import { storable, viewEntry } from './versions.ts';
import { admissionRequest, attempts, draftResponse, entryResponse } from './write.ts';

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#deleteoptions-v1-meta */
export interface DeleteRequest {
  readonly gracePeriodSeconds: number | undefined;
  readonly propagationPolicy: 'Foreground' | 'Background' | 'Orphan' | undefined;
  /** Deprecated way to say Orphan or Background. */
  readonly orphanDependents?: boolean | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly options: WriteOptions;
  /** What the request stated, for admission reviews. */
  readonly stated?: JsonObject;
}

const orphanFinalizer = 'orphan';
const foregroundFinalizer = 'foregroundDeletion';

/**
 * Reads DeleteOptions from a body, or from a query where there was no body: a body makes what the query says void, its
 * dry run too. 400 when malformed, 422 for values Kubernetes does not know.
 */
export function deleteRequest(
  body: Unchecked<DeleteOptions>,
  query: URLSearchParams,
  options: WriteOptions,
): DeleteRequest {
  const { preconditions = {}, dryRun = [] } = body;
  const gracePeriodSeconds = body.gracePeriodSeconds ?? parseInteger(query.get('gracePeriodSeconds'));
  const orphanText = body.orphanDependents ?? query.get('orphanDependents') ?? undefined;
  const orphanDependents = orphanText === undefined ? undefined : isTrue(String(orphanText));
  const policy = body.propagationPolicy ?? query.get('propagationPolicy') ?? undefined;
  const errors = [...propagationErrors(policy, orphanDependents), ...dryRunErrors(dryRun)];
  if (errors.length > 0) throw ApiError.invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  return {
    // Kubernetes takes a negative period for one second.
    gracePeriodSeconds: gracePeriodSeconds !== undefined && gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds,
    propagationPolicy: propagationPolicy(policy, orphanDependents),
    orphanDependents,
    uid: preconditions.uid,
    resourceVersion: preconditions.resourceVersion,
    options: { ...options, dryRun: options.dryRun || dryRun.length > 0 },
    stated: {
      ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
      ...(body.preconditions !== undefined && { preconditions: body.preconditions }),
      ...(orphanDependents !== undefined && { orphanDependents }),
      ...(policy !== undefined && policy !== '' && { propagationPolicy: policy }),
    },
  };
}

const policies: readonly unknown[] = ['Foreground', 'Background', 'Orphan'];

function propagationErrors(policy: unknown, orphanDependents: boolean | undefined): FieldError[] {
  if (policy === undefined || policy === '') return [];
  const field = 'propagationPolicy';
  return [
    ...(orphanDependents === undefined
      ? []
      : [invalid(field, policy, 'orphanDependents and deletionPropagation cannot be both set')]),
    ...(policies.includes(policy)
      ? []
      : [notSupported(field, policy, ['Foreground', 'Background', 'Orphan', 'nil'])]),
  ];
}

function propagationPolicy(
  policy: unknown,
  orphanDependents: boolean | undefined,
): DeleteRequest['propagationPolicy'] {
  if (policy === 'Foreground' || policy === 'Background' || policy === 'Orphan') return policy;
  return orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background';
}

/**
 * Deletes an object, or marks it as going when a grace period or finalizers hold it back. Answers with
 * the object while it lives on, and when it is gone as its kind does; deleting again may only shorten the grace.
 */
export async function deleteObject(
  server: ServerContext,
  target: Target,
  wanted: DeleteRequest,
): Promise<ObjectResponse> {
  const key = storeKey(target.kind, target.namespace, target.name);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const entry = await server.store.get(key);
    if (!entry) throw ApiError.notFound(target.kind, target.name);
    const response = await tryDelete(server, target, wanted, entry);
    if (response) return response;
  }
  throw conflict(target.kind, target.name);
}

/** One attempt; undefined when the transaction lost. */
async function tryDelete(
  server: ServerContext,
  target: Target,
  wanted: DeleteRequest,
  stored: Entry,
): Promise<ObjectResponse | undefined> {
  const { kind } = target;
  const { options } = wanted;
  const entry = kind.conversion ? await viewEntry(kind, stored) : stored;
  const old = objectOf(entry);
  checkPreconditions(target, wanted, old);
  const request = admissionRequest(server, target, options, {
    operation: 'DELETE',
    old,
    deleteOptions: wanted.stated,
  });
  const errors = await validate(old, request);
  if (errors.length > 0) throw ApiError.invalid(kind, target.name, errors);
  const draft = markDeleted(kind, old, { wanted, nowMs: server.clock.now() });
  // Kubernetes says so only to those who asked in the old way.
  const livesOn = wanted.orphanDependents === false ? 202 : 200;
  if (draft === 'as it is') return entryResponse(target, entry, options, livesOn);
  if (options.dryRun)
    return draft === 'gone'
      ? goneResponse(target, old, options)
      : draftResponse(target, draft, options, livesOn);
  if (draft === 'gone') await release(old, request);
  const op: Op =
    draft === 'gone'
      ? { type: 'delete', key: entry.key }
      : { type: 'put', key: entry.key, value: await storable(kind, draft) };
  const result = await server.store.txn({
    compare: [{ key: entry.key, modRevision: entry.modRevision }, ...request.transaction.compare],
    ops: [op, ...request.transaction.ops],
  });
  if (!result.ok) return undefined;
  const marked = result.entries[0];
  return draft === 'gone' || !marked
    ? goneResponse(target, deletedAt(old, result.revision), options)
    : entryResponse(target, await viewEntry(kind, marked), options, livesOn);
}

function checkPreconditions(target: Target, wanted: DeleteRequest, old: ApiObject): void {
  const { uid, resourceVersion } = old.metadata;
  if (wanted.uid !== undefined && wanted.uid !== uid) {
    throw conflict(
      target.kind,
      target.name,
      `the UID in the precondition (${wanted.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    throw conflict(
      target.kind,
      target.name,
      `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

/** What deletion makes of an object: removal, a marked object, or nothing new. */
function markDeleted(
  kind: AnyKind,
  old: ApiObject,
  { wanted, nowMs }: { wanted: DeleteRequest; nowMs: number },
): DraftObject | 'gone' | 'as it is' {
  const graceSeconds = grantedGrace(kind, old, wanted.gracePeriodSeconds);
  if (
    graceSeconds > 0 &&
    graceSeconds >= (old.metadata.deletionGracePeriodSeconds ?? Number.POSITIVE_INFINITY)
  )
    return 'as it is';
  const finalizers = deletionFinalizers(kind, presentFinalizers(kind, old), wanted.propagationPolicy);
  const held = isHeldBack(kind, { ...old, metadata: { finalizers } } as DraftObject);
  if (graceSeconds === 0 && !held) return 'gone';
  const draft = cloneJson<DraftObject>(old);
  const { metadata } = draft;
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  const sameFinalizers = finalizers.join() === (old.metadata.finalizers ?? []).join();
  const current =
    metadata.deletionTimestamp === undefined ? undefined : (metadata.deletionGracePeriodSeconds ?? 0);
  if (current !== undefined && graceSeconds >= current) return sameFinalizers ? 'as it is' : draft;
  const startMs =
    current === undefined ? nowMs : (parseTime(metadata.deletionTimestamp ?? '') ?? nowMs) - current * 1000;
  metadata.deletionTimestamp = rfc3339(startMs + graceSeconds * 1000);
  metadata.deletionGracePeriodSeconds = graceSeconds;
  if (metadata.generation !== undefined && metadata.generation > 0) metadata.generation += 1;
  if (kind.group === '' && kind.kind === 'Namespace')
    draft.status = { ...(draft.status ?? {}), phase: 'Terminating' };
  return draft;
}

/** The object's finalizers and those its kind gives it on its way out. */
function presentFinalizers(kind: AnyKind, old: ApiObject): readonly string[] {
  const { prepareForDelete } = kind.strategy;
  const present = old.metadata.finalizers ?? [];
  if (!prepareForDelete || old.metadata.deletionTimestamp !== undefined) return present;
  const draft = cloneJson<DraftObject>(old);
  prepareForDelete(draft);
  return draft.metadata.finalizers ?? [];
}

function grantedGrace(kind: AnyKind, old: ApiObject, asked: number | undefined): number {
  return kind.gracefulDeletion?.graceSeconds(old, asked) ?? 0;
}

function deletionFinalizers(
  kind: Pick<AnyKind, 'orphansDependents'>,
  present: readonly string[],
  policy: DeleteRequest['propagationPolicy'],
): string[] {
  if (policy === undefined) {
    const settled = present.includes(orphanFinalizer) || present.includes(foregroundFinalizer);
    return kind.orphansDependents === true && !settled ? [...present, orphanFinalizer] : [...present];
  }
  const others = present.filter(
    (finalizer) => finalizer !== orphanFinalizer && finalizer !== foregroundFinalizer,
  );
  if (policy === 'Orphan') return [...others, orphanFinalizer];
  return policy === 'Foreground' ? [...others, foregroundFinalizer] : others;
}

/** An object as it was, at the revision of its deletion: from there a watch goes on behind it. */
function deletedAt(old: ApiObject, revision: number): ApiObject {
  return { ...old, metadata: { ...old.metadata, resourceVersion: String(revision) } };
}

function goneResponse(target: Target, old: ApiObject, options: WriteOptions): ObjectResponse {
  const { kind, name } = target;
  if (kind.returnsDeletedObject) return draftResponse(target, old, options);
  const status: Omit<Status, 'code'> & { code?: number } = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name,
      ...(kind.group && { group: kind.group }),
      kind: kind.plural,
      ...(old.metadata.uid && { uid: old.metadata.uid }),
    },
  };
  return { type: 'object', code: 200, value: status as unknown as JsonObject, warnings: options.warnings };
}

/** How many deletions of a collection are under way at once. */
const deletionsAtOnce = 100;

/** Deletes every object a list would return; answers with that list. Objects gone meanwhile do not matter. */
export async function deleteCollection(
  server: ServerContext,
  target: Target,
  wanted: DeleteRequest,
  query: URLSearchParams,
): Promise<ApiServerResponse> {
  const list = await listObjects(server, target, query);
  const waiting = list.entries.values();
  const worker = async () => {
    for (const entry of waiting) {
      const { namespace = '', name = '' } = objectOf(entry).metadata;
      try {
        await deleteObject(server, { ...target, namespace, name }, wanted);
      } catch (error) {
        if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(deletionsAtOnce, list.entries.length) }, worker));
  return list;
}
