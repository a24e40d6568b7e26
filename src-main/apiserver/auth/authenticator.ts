import type { TLSSocket } from 'node:tls';
import { ApiError } from '@shared/api/status.ts';
import type { HttpRequest } from '../http/front.ts';
import type { UserInfo } from '../request.ts';

/** Finds out who asks. Undefined: nobody said. Rejects with 401 for credentials that do not hold. */
export interface Authenticator {
  authenticate(request: HttpRequest): Promise<UserInfo | undefined>;
}

/** Checks a bearer token; undefined when it does not hold. */
export interface TokenAuthenticator {
  verify(token: string): Promise<UserInfo | undefined>;
}

const authenticated = 'system:authenticated';

/** Bearer tokens first, then client certificates of the cluster's CA: CN is the user, O the groups. */
export function createAuthenticator(tokens: TokenAuthenticator): Authenticator {
  const byConnection = new WeakMap<object, UserInfo>();
  return {
    async authenticate(request) {
      const { authorization } = request.headers;
      if (authorization !== undefined && /^bearer /i.test(authorization)) {
        const user = await tokens.verify(authorization.slice(7).trim());
        if (!user) throw unauthorized();
        return { ...user, groups: [...user.groups, authenticated] };
      }
      return certificateUser(request, byConnection);
    },
  };
}

/** A connection's certificate does not change: read it once. */
function certificateUser(request: HttpRequest, known: WeakMap<object, UserInfo>): UserInfo | undefined {
  const connection: object = 'stream' in request ? (request.stream.session ?? request) : request.socket;
  const found = known.get(connection);
  if (found) return found;
  const socket = ('stream' in request ? request.stream.session?.socket : request.socket) as
    | TLSSocket
    | undefined;
  if (!socket?.authorized) {
    if (socket && Object.keys(socket.getPeerCertificate() ?? {}).length > 0) throw unauthorized();
    return undefined;
  }
  const { subject } = socket.getPeerCertificate();
  const name = first(subject?.CN);
  if (!name) return undefined;
  const user = { name, groups: [...many(subject?.O), authenticated] };
  known.set(connection, user);
  return user;
}

/** 401: credentials were shown and do not hold. */
function unauthorized(): ApiError {
  return ApiError.of('Unauthorized', 'Unauthorized');
}

function many(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function first(value: string | string[] | undefined): string | undefined {
  return many(value)[0];
}
