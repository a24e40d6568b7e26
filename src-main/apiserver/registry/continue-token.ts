import { ApiError } from '@shared/api/status.ts';
import { badRequest } from './errors.ts';

/**
 * How long a token leads to the past: as long as Kubernetes promises at least, whose clients and tests expect an end to
 * it. History alone, which goes by its size, may reach back for days.
 */
const lifetimeMs = 5 * 60_000;

/** Where a list is to go on: behind the key `start`, as of a revision, or in the present (-1). */
export function encodeContinue(from: {
  readonly revision: number;
  readonly start: string;
  readonly madeAtMs?: number;
}): string {
  const { revision, start, madeAtMs } = from;
  const fields = { v: 'meta.k8s.io/v1', rv: revision, start, t: madeAtMs };
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

export interface Continuation {
  /** Undefined: go on in the present, consistent or not. */
  readonly revision: number | undefined;
  readonly start: string;
  readonly isExpired: boolean;
}

/** Reads a token. 400 when it is none of ours. */
export function readContinue(token: string, nowMs: number): Continuation {
  const { v, rv, start, t } = tokenFields(token);
  if (v !== 'meta.k8s.io/v1')
    throw invalidToken(`server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`);
  if (!Number.isSafeInteger(rv) || rv === 0)
    throw invalidToken('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '')
    throw invalidToken('encoded start key empty (version meta.k8s.io/v1)');
  if (start.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw invalidToken(start);
  if (Number(rv) < 0) return { revision: undefined, start, isExpired: false };
  return { revision: Number(rv), start, isExpired: typeof t === 'number' && nowMs - t > lifetimeMs };
}

function tokenFields(token: string): Record<string, unknown> {
  try {
    const fields: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof fields === 'object' && fields !== null) return { ...fields };
  } catch (cause) {
    throw new ApiError(invalidToken('it is not a token this server gave out').status, { cause });
  }
  throw invalidToken('it is not a token this server gave out');
}

function invalidToken(why: string): ApiError {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
