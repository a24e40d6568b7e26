import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { ApiError } from '@shared/api/status.ts';
import type { HttpRequest } from '../http/exchange.ts';
import type { UserInfo } from '../request.ts';
import { pathSegments } from '../routes.ts';
import { type Attributes, type Authorizer, attributesOf } from './authorizer.ts';
import { createImpersonation } from './impersonation.ts';
import type { AnonymousPolicy } from './jwt/authentication-config.ts';
import { type RequestHeaderOptions, requestHeaderUser } from './request-header.ts';
import { allAuthenticated } from './users.ts';

/** Finds out who asks. Undefined: nobody said. Rejects with 401 for credentials that do not hold. */
export interface Authenticator {
  authenticate(
    request: HttpRequest,
    /** Hears who that is before it is asked whether he may speak for somebody else. */
    onUser?: (user: UserInfo) => void,
  ): Promise<UserInfo | undefined>;
}

/** Whom a token speaks for, and for which audiences. */
export interface TokenUser {
  readonly user: UserInfo;
  /** Those of the wanted audiences the token is for. */
  readonly audiences: readonly string[];
}

/** Checks a bearer token; undefined when it is none of this authenticator's, or does not hold. */
export interface TokenAuthenticator {
  verify(token: string, audiences: readonly string[]): Promise<TokenUser | undefined>;
}

/** Asks one after the other; the first that knows the token decides. */
export function anyOf(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return {
    async verify(token, audiences) {
      for (const authenticator of authenticators) {
        const found = await authenticator.verify(token, audiences);
        if (found) return found;
      }
      return undefined;
    },
  };
}

export interface AuthenticatorParts {
  readonly tokens: TokenAuthenticator;
  readonly authorizer: Authorizer;
  /** Audience requests are for. */
  readonly audience: string;
  /** Front proxies whose headers are believed; absent: none. */
  readonly requestHeader?: RequestHeaderOptions | undefined;
  /** Who shows no credentials, and may not come without, is refused with 401. Default true. */
  readonly anonymous?: AnonymousPolicy | undefined;
}

/**
 * Bearer tokens first, then client certificates: of a front proxy, which says in headers for whom it speaks, or
 * of the cluster's CA (CN is the user, O the groups). Then whom the user wants to be, if he may.
 */
export function createAuthenticator(parts: AuthenticatorParts): Authenticator {
  const byConnection = new WeakMap<object, ConnectionFacts>();
  const impersonation = createImpersonation(parts.authorizer);
  const original = async (request: HttpRequest): Promise<UserInfo | undefined> => {
    const { authorization } = request.headers;
    if (authorization !== undefined && /^bearer /i.test(authorization)) {
      const found = await parts.tokens.verify(authorization.slice(7).trim(), [parts.audience]);
      if (!found) throw unauthorized();
      return authenticated(found.user);
    }
    const facts = connectionFacts(request, byConnection, parts.requestHeader);
    if (facts?.proxy) {
      const user = requestHeaderUser(request.rawHeaders);
      if (user) return authenticated(user);
    }
    return facts?.user;
  };
  return {
    async authenticate(request, onUser) {
      const user = await original(request);
      if (user) onUser?.(user);
      if (!user && !mayBeNobody(parts.anonymous, request.url)) throw unauthorized();
      if (!Object.keys(request.headers).some((name) => name.startsWith('impersonate-'))) return user;
      return impersonation.become(request, attributesOfHttp(request, user ?? anonymous));
    },
  };
}

function mayBeNobody(policy: AnonymousPolicy = true, url: string): boolean {
  return typeof policy === 'boolean' ? policy : policy.paths.includes(url.split('?')[0] ?? '');
}

function attributesOfHttp({ method, url }: HttpRequest, user: UserInfo): Attributes {
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  return attributesOf({ user, method, path, query: new URLSearchParams(query) }, pathSegments(path));
}

const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The user as a member of `system:authenticated`. */
function authenticated(user: UserInfo): UserInfo {
  return user.groups.includes(allAuthenticated)
    ? user
    : { ...user, groups: [...user.groups, allAuthenticated] };
}

interface ConnectionFacts {
  readonly user: UserInfo | undefined;
  /** The certificate is one of a front proxy. */
  readonly proxy: boolean;
}

/** A connection's certificate does not change: read it once. 401 for one that nobody known has signed. */
function connectionFacts(
  request: HttpRequest,
  known: WeakMap<object, ConnectionFacts>,
  requestHeader: RequestHeaderOptions | undefined,
): ConnectionFacts | undefined {
  const { connection } = request;
  const found = known.get(connection);
  if (found) return found;
  const socket = request.socket as TLSSocket | undefined;
  if (!socket) return undefined;
  const { subject, raw, fingerprint256 = '' } = socket.getPeerCertificate() ?? {};
  if (!raw) return undefined;
  if (!socket.authorized) throw unauthorized();
  const name = first(subject?.CN) ?? '';
  const facts = { name, groups: many(subject?.O) };
  const byProxy = requestHeader !== undefined && signedBy(raw, requestHeader.ca);
  const proxy =
    byProxy && (requestHeader.allowedNames.length === 0 || requestHeader.allowedNames.includes(name));
  // Where both have the same authority, the certificate is a user's as well.
  const isUser = name !== '' && (!byProxy || requestHeader.ca === requestHeader.clientCa);
  const result = {
    proxy,
    user: isUser
      ? authenticated({
          ...facts,
          extra: { 'authentication.kubernetes.io/credential-id': [credentialId(fingerprint256)] },
        })
      : undefined,
  };
  known.set(connection, result);
  return result;
}

/** Reading an authority costs more than all the rest of a handshake's JavaScript: once will do. */
const authorityKey = memoizeLast((authority: string) => new X509Certificate(authority).publicKey);

function signedBy(raw: Buffer, authority: string): boolean {
  return new X509Certificate(raw).verify(authorityKey(authority));
}

function memoizeLast<R>(compute: (text: string) => R): (text: string) => R {
  let last: { readonly text: string; readonly result: R } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, result: compute(text) };
    return last.result;
  };
}

function credentialId(fingerprint256: string): string {
  return `X509SHA256=${fingerprint256.replaceAll(':', '').toLowerCase()}`;
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
