import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '@shared/api/status.ts';

const prefix = 'impersonate-';
const extraPrefix = 'impersonate-extra-';

/** Whom a request wants to be served as; '' and nothing where it says nothing. */
export interface WantedIdentity {
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

/** Undefined where a request speaks for itself. Throws 400 for one that wants groups and the like without a name. */
export function wantedIdentity({ headers, rawHeaders }: HeaderSource): WantedIdentity | undefined {
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
  throw ApiError.of('BadRequest', 'requested groups, uid or extra fields without impersonating a user name');
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
