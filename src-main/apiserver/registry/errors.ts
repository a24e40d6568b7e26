import { ApiError, qualifiedResource } from '@shared/api/status.ts';
import type { AnyKind } from '@shared/kinds/define.ts';

/** 409 for a stale resourceVersion. */
export function conflict(kind: AnyKind, name: string, why = staleText): ApiError {
  return ApiError.of(
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(kind)} "${name}": ${why}`,
    {
      name,
      ...(kind.group && { group: kind.group }),
      kind: kind.plural,
    },
  );
}

const staleText =
  'the object has been modified; please apply your changes to the latest version and try again';

/** 409 for a name that is taken. */
export function alreadyExists(kind: AnyKind, name: string): ApiError {
  return ApiError.of('AlreadyExists', `${qualifiedResource(kind)} "${name}" already exists`, {
    name,
    ...(kind.group && { group: kind.group }),
    kind: kind.plural,
  });
}

/** 409 when every name that was made up was taken. */
export function noUniqueName(kind: AnyKind, name: string): ApiError {
  const { status } = alreadyExists(kind, name);
  return new ApiError({
    ...status,
    message: `${status.message}, the server was not able to generate a unique name for the object`,
    details: { ...status.details, retryAfterSeconds: 1 },
  });
}

/** 403 as Kubernetes words refusals by admission. */
export function forbidden(kind: Pick<AnyKind, 'group' | 'plural'>, name: string, why: string): ApiError {
  const resource = qualifiedResource(kind);
  return ApiError.of('Forbidden', `${resource} ${JSON.stringify(name)} is forbidden: ${why}`, {
    ...(name && { name }),
    ...(kind.group && { group: kind.group }),
    kind: kind.plural,
  });
}

export function badRequest(message: string): ApiError {
  return ApiError.of('BadRequest', message);
}

/** 504 for a resourceVersion the server has not reached. */
export function tooLargeResourceVersion(asked: number, current: number): ApiError {
  return ApiError.of('Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
