import { applyJsonPatch } from '@shared/api/json-patch.ts';
import { serverSideApply } from '@shared/api/managed-fields.ts';
import { applyMergePatch } from '@shared/api/merge-patch.ts';
import { apiVersionOf } from '@shared/api/meta.ts';
import { ApiError } from '@shared/api/status.ts';
import { strategicMergePatch } from '@shared/api/strategic-merge.ts';
import type { PatchType } from '@shared/client/transport.ts';
import { goText } from '@shared/lib/go-text.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { forbiddenResponse, resourceAttributes } from '../auth/authorizer.ts';
import type { ServerContext, Target, WriteOptions } from '../context.ts';
import { type ApiObject, type DraftObject, jsonOf, storeKey } from '../objects.ts';
import type { ObjectResponse, RequestBody } from '../request.ts';
import {
  decodeObject,
  duplicateField,
  madeBody,
  mediaType,
  objectBody,
  type ParsedBody,
  parseBody,
  withYamlHead,
} from './body.ts';
import { createObject } from './create.ts';
import { badRequest } from './errors.ts';
import { updateObject } from './write.ts';

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** Applies any of the four kinds of patch to an object or its status. */
export async function patchObject(
  server: ServerContext,
  target: Target,
  body: RequestBody,
  options: WriteOptions,
): Promise<ObjectResponse> {
  const type = patchType(body);
  if (type === 'strategic' && target.kind.decode) throw unsupportedPatch(['json', 'merge', 'apply']);
  const parsed = await parseBody(body, 'patch');
  if (type === 'apply') return applyObject(server, target, parsed, options);
  const warnings = options.warnings.length;
  const errors = patchErrors(type, parsed);
  return updateObject(server, target, options, (old) => {
    const value = patchJson(server, target, jsonOf(old), { type, value: parsed.value });
    options.warnings.splice(warnings);
    const shown = () => (type === 'strategic' ? goText(parsed.value) : JSON.stringify(value));
    // Of a status, only itself and metadata are taken from the draft: the rest may be the stored object's own.
    const stored = target.subresource === 'status' ? jsonOf(old) : undefined;
    const patched = { value, duplicates: [], patch: { shown, errors }, stored };
    const draft = decodeObject(server, target.kind, patched, options);
    return { draft, isPatch: true };
  });
}

/** What strict validation objects to in the patch itself. */
function patchErrors(type: PatchType, { value, duplicates }: ParsedBody): string[] {
  const twice = duplicates.map(duplicateField);
  if (type !== 'json' || !Array.isArray(value)) return twice;
  const known = ['op', 'path', 'from', 'value'];
  const unknown = value.flatMap((operation: unknown, i) =>
    isJsonObject(operation)
      ? Object.keys(operation)
          .filter((key) => !known.includes(key))
          .map((key) => `unknown field "[${i}].${key}"`)
      : [],
  );
  return [...unknown, ...twice].map((text) => `json patch ${text}`);
}

/** 415 unless the content type names a patch. */
export function patchType(body: RequestBody): PatchType {
  const type = body.type === 'none' ? undefined : patchTypes[mediaType(body.contentType)];
  if (type) return type;
  throw unsupportedPatch(Object.values(patchTypes));
}

function unsupportedPatch(accepted: readonly PatchType[]): ApiError {
  const types = Object.entries(patchTypes).filter(([, type]) => accepted.includes(type));
  return ApiError.of(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${types.map(([name]) => name).join(', ')}`,
  );
}

/** The patched JSON, not yet decoded. */
export function patchJson(
  server: ServerContext,
  target: Target,
  original: JsonObject,
  patch: { type: PatchType; value: unknown },
): Json {
  switch (patch.type) {
    case 'json':
      return applyJsonPatch(original, patch.value);
    case 'merge':
      return applyMergePatch(original, objectBody(madeBody(patch.value), 'patch'));
    case 'strategic':
    case 'apply':
      return strategicMergePatch(
        { schemas: server.schemas, schemaName: target.kind.schema },
        original,
        objectBody(madeBody(patch.value), 'patch'),
      );
  }
}

/** Server-side apply: merges by field ownership; creates the object when there is none. */
async function applyObject(
  server: ServerContext,
  target: Target,
  body: ParsedBody,
  options: WriteOptions,
): Promise<ObjectResponse> {
  const applied = decodeApplied(server, target, body, options);
  checkApplied(target, body, applied);
  const exists = await server.store.get(storeKey(target.kind, target.namespace, target.name));
  if (!exists) {
    if (target.subresource !== '') throw ApiError.notFound(target.kind, target.name);
    await checkMayCreate(server, target, options);
    try {
      const named = { ...applied, metadata: { ...applied.metadata, name: target.name } };
      return await createObject(server, target, applyTo(server, target, { applied: named }, options), {
        ...options,
        managedFieldsDone: true,
      });
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
    }
  }
  return updateObject(server, target, options, (old) => ({
    draft: withOwnConditions(applyTo(server, target, { applied, live: old }, options), applied),
    managedFieldsDone: true,
    isPatch: true,
  }));
}

/**
 * The apply configuration. Whatever the validation asked for, fields that the schema does not have are refused: nobody
 * could own them.
 */
function decodeApplied(
  server: ServerContext,
  target: Target,
  body: ParsedBody,
  options: WriteOptions,
): DraftObject {
  const unknown: string[] = [];
  const applied = decodeObject(server, target.kind, madeBody(body.value), {
    ...options,
    fieldValidation: 'Warn',
    warnings: unknown,
  });
  const [first] = unknown;
  if (first !== undefined) {
    const errors = unknown.map(
      (text) => `.${JSON.parse(text.replace('unknown field ', ''))}: field not declared in schema`,
    );
    const list = errors.length === 1 ? errors.join() : `errors:\n  ${errors.join('\n  ')}`;
    const { namespace, name, kind } = target;
    const place = namespace === '' ? `/${name}` : `${namespace}/${name}`;
    // Kubernetes gives no reason for this one, and calls it an error of the server.
    const { reason: _, ...status } = ApiError.of('InternalError', '').status;
    throw new ApiError({
      ...status,
      message: `failed to create typed patch object (${place}; ${apiVersionOf(kind)}, Kind=${kind.kind}): ${list}`,
    });
  }
  const twice = body.yamlErrors ?? body.duplicates.map(duplicateField);
  if (twice.length > 0 && options.fieldValidation === 'Strict')
    throw badRequest(`error strict decoding patch: ${withYamlHead(twice).join(', ')}`);
  if (options.fieldValidation === 'Warn') options.warnings.push(...twice);
  return applied;
}

/** Applying (or, of some kinds, putting) what is not there creates it: the user has to be allowed that as well. */
export async function checkMayCreate(
  server: ServerContext,
  target: Target,
  { user }: WriteOptions,
): Promise<void> {
  const { kind, namespace, name } = target;
  const { group, version, plural: resource } = kind;
  const attributes = resourceAttributes(user, 'create', { group, version, resource, namespace, name });
  const decision = await server.authorizer.authorize(attributes);
  if (!decision.allowed) throw forbiddenResponse(attributes, decision.reason);
}

function checkApplied(target: Target, body: ParsedBody, applied: DraftObject): void {
  const { apiVersion, kind } = objectBody(body, 'apply configuration');
  if (!apiVersion || !kind) throw badRequest('the apply configuration must name its apiVersion and kind');
  if (applied.metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  if (applied.metadata.name && applied.metadata.name !== target.name) {
    throw badRequest(
      `the name of the object (${applied.metadata.name}) does not match the name on the URL (${target.name})`,
    );
  }
}

/** Merges an apply configuration into the live object, or into nothing. */
export function applyTo(
  server: ServerContext,
  target: Target,
  objects: { readonly applied: DraftObject; readonly live?: ApiObject },
  options: WriteOptions,
): DraftObject {
  const { kind, subresource } = target;
  const { resourceVersion: _, uid: __, ...metadata } = objects.applied.metadata;
  const merged = serverSideApply({
    schemas: server.schemas,
    schemaName: kind.schema,
    ...(objects.live && { live: jsonOf(objects.live) }),
    applied: jsonOf({ ...objects.applied, metadata }),
    manager: options.fieldManager,
    force: options.force,
    ...(subresource && { subresource }),
    now: rfc3339(server.clock.now()),
    apiVersion: apiVersionOf(kind),
    ...(kind.decode && { hasStatus: kind.hasStatus }),
  });
  return decodeObject(server, kind, madeBody(merged), options);
}

/** A resourceVersion or uid in the apply configuration is a condition, not content. */
function withOwnConditions(draft: DraftObject, applied: DraftObject): DraftObject {
  const { resourceVersion, uid } = applied.metadata;
  return {
    ...draft,
    metadata: { ...draft.metadata, ...(resourceVersion && { resourceVersion }), ...(uid && { uid }) },
  };
}
