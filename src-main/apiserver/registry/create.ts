import { isReason } from '@shared/api/status.ts';
import { newUid, randomSuffix } from '@shared/lib/random.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import { type AdmissionRequest, mutate } from '../admission/admission.ts';
import type { ServerContext, Target, WriteOptions } from '../context.ts';
import { cloneJson, type DraftObject, jsonOf, storeKey } from '../objects.ts';
import type { ObjectResponse } from '../request.ts';
import { alreadyExists, badRequest, conflict, noUniqueName } from './errors.ts';
import { startSpec, startStatus } from './new-parts.ts';
import { dedupOwnerReferences } from './owner-references.ts';
import { storable, storedKind, viewEntry } from './versions.ts';
import {
  admissionRequest,
  attempts,
  checkPlace,
  draftResponse,
  entryResponse,
  setManagedFields,
  validateDraft,
} from './write.ts';

/** Generated names keep within a DNS label. */
const maxGeneratedBase = 58;
const generateAttempts = 8;

/**
 * Creates an object from a decoded draft. With `generateName` a taken name is replaced by another one, eight
 * times. 409 AlreadyExists otherwise.
 */
export async function createObject(
  server: ServerContext,
  target: Target,
  draft: DraftObject,
  options: WriteOptions,
): Promise<ObjectResponse> {
  const { metadata } = draft;
  if (metadata.resourceVersion)
    throw badRequest('resourceVersion should not be set on objects to be created');
  checkPlace(target, draft);
  const generated = !metadata.name && metadata.generateName !== undefined && metadata.generateName !== '';
  for (let attempt = 1; ; attempt++) {
    const name = generated
      ? `${metadata.generateName?.slice(0, maxGeneratedBase)}${randomSuffix()}`
      : (metadata.name ?? '');
    const named = { ...draft, metadata: { ...metadata, ...(name && { name }) } };
    try {
      return await createNamed(server, { ...target, name }, named, options);
    } catch (error) {
      if (!generated || !isReason(error, 'AlreadyExists')) throw error;
      if (attempt === generateAttempts) throw noUniqueName(target.kind, name);
    }
  }
}

async function createNamed(
  server: ServerContext,
  target: Target,
  draft: DraftObject,
  options: WriteOptions,
): Promise<ObjectResponse> {
  const { kind } = target;
  const key = storeKey(kind, target.namespace, target.name);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const candidate = cloneJson<DraftObject>(draft);
    dedupOwnerReferences(candidate, options);
    const request = admissionRequest(server, target, options, { operation: 'CREATE' });
    await finishNew(candidate, request);
    if (options.dryRun) {
      if (await server.store.get(key)) throw alreadyExists(kind, target.name);
      return draftResponse(target, candidate, options, 201);
    }
    const { ttlSeconds } = storedKind(kind);
    const ttl = ttlSeconds === undefined ? {} : { ttlSeconds };
    const result = await server.store.txn({
      compare: [{ key, modRevision: 0 }, ...request.transaction.compare],
      ops: [
        {
          type: 'put',
          key,
          value: kind.conversion ? await storable(kind, candidate) : jsonOf(candidate),
          ...ttl,
        },
        ...request.transaction.ops,
      ],
    });
    const stored = result.ok ? result.entries[0] : undefined;
    if (stored)
      return entryResponse(target, kind.conversion ? await viewEntry(kind, stored) : stored, options, 201);
    if (!result.ok && result.current[0]) throw alreadyExists(kind, target.name);
  }
  throw conflict(kind, target.name);
}

/** Server-set fields, defaults, field ownership, strategy, admission and validation of a new object. */
async function finishNew(draft: DraftObject, request: AdmissionRequest): Promise<void> {
  const { kind, namespace, server, options } = request;
  const {
    selfLink: _,
    deletionTimestamp: __,
    deletionGracePeriodSeconds: ___,
    managedFields,
    ...metadata
  } = draft.metadata;
  draft.metadata = {
    ...metadata,
    ...(kind.namespaced && { namespace }),
    uid: newUid(),
    creationTimestamp: rfc3339(server.clock.now()),
  };
  if (!kind.namespaced) delete draft.metadata.namespace;
  if (kind.hasGeneration) draft.metadata.generation = 1;
  else delete draft.metadata.generation;
  startSpec(draft, kind, server.schemas);
  startStatus(draft, kind);
  kind.strategy.defaults?.(draft);
  if (!options.managedFieldsDone) setManagedFields(draft, request);
  else if (managedFields) draft.metadata.managedFields = managedFields;
  kind.strategy.prepareForCreate?.(draft);
  await mutate(draft, request);
  await validateDraft(draft, request);
}
