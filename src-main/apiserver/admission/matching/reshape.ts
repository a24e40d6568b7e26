import { ApiError } from '@shared/api/status.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { type DraftObject, jsonOf } from '../../objects.ts';
import { decodeObject } from '../../registry/body.ts';
import { startStatus } from '../../registry/new-parts.ts';
import { setDefaults, withServerFields } from '../../registry/write.ts';
import type { AdmissionRequest } from '../admission.ts';

/** Fields of a new object that are settled before webhooks and policies see it. */
const settled = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'generation',
  'resourceVersion',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/**
 * An object as a webhook or a policy has left it, in order again: decoded, pruned and defaulted, what nobody but the
 * server may set as it was, and prepared by its kind. Throws 500 when it cannot be decoded.
 */
export function reshaped(request: AdmissionRequest, before: JsonObject, changed: JsonObject): JsonObject {
  const { kind, server, options, old, subresource } = request;
  const decoded = decode(() =>
    decodeObject(server, kind, { value: changed, duplicates: [] }, { ...options, fieldValidation: 'Ignore' }),
  );
  const draft = old ? withServerFields(request, decoded, old) : withSettled(decoded, before);
  setDefaults(kind, old ? subresource : '', draft);
  if (!old) {
    startStatus(draft, kind);
    kind.strategy.prepareForCreate?.(draft);
  } else if (subresource === '') kind.strategy.prepareForUpdate?.(draft, old);
  else if (subresource === 'status') kind.strategy.prepareForStatusUpdate?.(draft, old, server.clock.now());
  return jsonOf(draft);
}

function withSettled(draft: DraftObject, before: JsonObject): DraftObject {
  const known = before.metadata as DraftObject['metadata'];
  const metadata: Record<string, unknown> = { ...draft.metadata };
  for (const field of settled) {
    if (known[field] === undefined) delete metadata[field];
    else metadata[field] = known[field];
  }
  return { ...draft, metadata };
}

function decode(make: () => DraftObject): DraftObject {
  try {
    return make();
  } catch (cause) {
    throw cause instanceof ApiError ? internalError(cause.message) : cause;
  }
}

/** 500 as Kubernetes words it. */
export function internalError(why: string): ApiError {
  return ApiError.of('InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });
}
