import { randomUUID } from 'node:crypto';
import { ApiError } from '@shared/api/status.ts';
import type { Auditor, AuditTrail } from '../audit/trail.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { attributesOf } from '../auth/authorizer.ts';
import { statusResponse } from '../core.ts';
import type { ApiServerRequest, UserInfo } from '../request.ts';
import { pathSegments } from '../routes.ts';
import type { HttpRequest } from './exchange.ts';
import { attempted, originOf } from './origin.ts';

/** A request without its body. */
export type RequestHead = ApiServerRequest & Required<Pick<ApiServerRequest, 'attributes'>>;

const anonymous = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** More headers than this are refused; counted are lines, as they came. */
const maxHeaders = 200;
const maxIdLength = 64;

interface Readers {
  readonly authenticator: Authenticator;
  readonly auditor: Auditor | undefined;
}

/** The id by which the client or else the server knows this request: of its audit events, and in `Audit-Id`. */
export function auditIdOf({ headers }: Pick<HttpRequest, 'headers'>): string {
  const given = headers['audit-id'];
  return typeof given === 'string' && given !== '' ? given.slice(0, maxIdLength) : randomUUID();
}

/** Finds out who asks for what, and begins the request's audit trail. 431 for too many headers, 401 for bad credentials. */
export async function parseHead(
  { authenticator, auditor }: Readers,
  request: HttpRequest,
  auditId: string,
): Promise<RequestHead> {
  if (request.rawHeaders.length > 2 * maxHeaders) throw tooManyHeaders();
  const { url, method } = request;
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  const asked = { method, path, query };
  const userAgent = String(request.headers['user-agent'] ?? '');
  const begin = (user: UserInfo) => {
    const attributes = attributesOf({ ...asked, user }, pathSegments(path));
    const audit = auditor?.begin({ userAgent, attributes }, originOf(request, auditId));
    return { attributes, audit };
  };
  let known: UserInfo = nobody;
  const noteUser = (found: UserInfo) => {
    known = found;
  };
  const user = await authenticator.authenticate(request, noteUser).catch((error: unknown) => {
    if (auditor) endTrail(begin(known).audit, error, request);
    throw error;
  });
  const { attributes, audit } = begin(user ?? anonymous);
  audit?.received();
  const ifNoneMatch = request.headers['if-none-match'];
  return {
    ...asked,
    user: attributes.user,
    attributes,
    ...(audit && { audit }),
    accept: String(request.headers.accept ?? ''),
    userAgent,
    ...(typeof ifNoneMatch === 'string' && { ifNoneMatch }),
    body: { type: 'none' },
  };
}

const nobody = { name: '', groups: [] };

/** A request that ended before it was known who asks. */
function endTrail(trail: AuditTrail | undefined, error: unknown, request: HttpRequest): void {
  const code = error instanceof ApiError ? error.code : 500;
  if (code === 401) {
    trail?.unauthenticated(attempted(request));
    return;
  }
  trail?.received();
  trail?.complete(code, error instanceof ApiError ? statusResponse(error) : undefined);
}

function tooManyHeaders(): ApiError {
  const message = `Request header fields too large: more than ${maxHeaders} header fields`;
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    code: 431,
  });
}
