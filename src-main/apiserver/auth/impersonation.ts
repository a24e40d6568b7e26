import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '@shared/api/status.ts';
import type { UserInfo } from '../request.ts';
import { type Attributes, type Authorizer, forbiddenResponse, resourceAttributes } from './authorizer.ts';
import {
  allAuthenticated,
  allUnauthenticated,
  anonymousName,
  parseServiceAccount,
  serviceAccountGroups,
} from './users.ts';

const prefix = 'impersonate-';
const extraPrefix = 'impersonate-extra-';

interface Wanted {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** One header's values; `raw` headers keep those Node would join. */
export interface HeaderSource {
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
}

/**
 * The user a request is to be served as: `user`, or whom the `Impersonate-*` headers name. Each part of the other
 * identity has to be allowed (verb `impersonate`). Source: Kubernetes, "User impersonation".
 */
export async function impersonated(
  source: HeaderSource,
  user: UserInfo,
  authorizer: Authorizer,
): Promise<UserInfo> {
  const wanted = wantedIdentity(source);
  if (!wanted) return user;
  const account = parseServiceAccount(wanted.name);
  for (const target of targets(wanted, account)) {
    const attributes: Attributes = resourceAttributes(user, 'impersonate', target);
    const decision = await authorizer.authorize(attributes);
    if (!decision.allowed) throw forbiddenResponse(attributes, decision.reason);
  }
  const groups =
    account && wanted.groups.length === 0 ? serviceAccountGroups(account.namespace) : [...wanted.groups];
  const always = wanted.name === anonymousName ? allUnauthenticated : allAuthenticated;
  const known = groups.includes(allAuthenticated) || groups.includes(allUnauthenticated);
  return {
    name: wanted.name,
    groups: known ? groups : [...groups, always],
    ...(wanted.uid !== '' && { uid: wanted.uid }),
    ...(Object.keys(wanted.extra).length > 0 && { extra: wanted.extra }),
    impersonatedBy: user,
  };
}

function targets(
  { name, uid, groups, extra }: Wanted,
  account: { namespace: string; name: string } | undefined,
) {
  const who = account
    ? { group: '', resource: 'serviceaccounts', ...account }
    : { group: '', resource: 'users', name };
  const authentication = 'authentication.k8s.io';
  return [
    who,
    ...groups.map((group) => ({ group: '', resource: 'groups', name: group })),
    ...(uid === '' ? [] : [{ group: authentication, resource: 'uids', name: uid }]),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({
        group: authentication,
        resource: 'userextras',
        subresource: key,
        name: value,
      })),
    ),
  ];
}

function wantedIdentity({ headers, rawHeaders }: HeaderSource): Wanted | undefined {
  if (!Object.keys(headers).some((name) => name.startsWith(prefix))) return undefined;
  const values = headerValues(rawHeaders);
  const name = values.get('impersonate-user')?.[0] ?? '';
  const groups = values.get('impersonate-group') ?? [];
  const uid = values.get('impersonate-uid')?.[0] ?? '';
  const extra: Record<string, readonly string[]> = {};
  for (const [header, found] of values) {
    if (header.startsWith(extraPrefix)) extra[unescapeKey(header.slice(extraPrefix.length))] = found;
  }
  if (name !== '') return { name, uid, groups, extra };
  if (groups.length === 0 && uid === '' && Object.keys(extra).length === 0) return undefined;
  throw ApiError.of(
    'InternalError',
    'Internal error occurred: requested groups, uid or extra fields without impersonating a user',
  );
}

/** Values by lower-case name, in order; HTTP/2's pseudo headers do no harm. */
export function headerValues(rawHeaders: readonly string[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const known = values.get(name);
    if (known) known.push(rawHeaders[i + 1] ?? '');
    else values.set(name, [rawHeaders[i + 1] ?? '']);
  }
  return values;
}

/** Keys of extra fields travel percent-encoded, since header names cannot hold everything. */
export function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key; // as Kubernetes does: what is not encoded is taken as it is
  }
}
