import type { ListMeta } from '@shared/api/meta.ts';
import { ApiError } from '@shared/api/status.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { CompactedError, type Entry, FutureRevisionError } from '../../store/store.ts';
import type { ServerContext, Target } from '../context.ts';
import { objectOf, storeKey, storePrefix } from '../objects.ts';
import type { ListResponse } from '../request.ts';
import { badRequest, tooLargeResourceVersion } from './errors.ts';
import { parseCount, parseResourceVersion } from './query.ts';
import { type ParsedSelection, parseSelection } from './selection.ts';
import { viewEntries, viewEntry } from './versions.ts';

/** The stored object. 404 when there is none. */
export async function getEntry(server: ServerContext, target: Omit<Target, 'subresource'>): Promise<Entry> {
  const entry = await server.store.get(storeKey(target.kind, target.namespace, target.name));
  if (!entry) throw ApiError.notFound(target.kind, target.name);
  return target.kind.conversion ? viewEntry(target.kind, entry) : entry;
}

interface ListQuery {
  readonly selection: ParsedSelection;
  readonly limit: number | undefined;
  /** As of this revision; undefined: now. */
  readonly at: number | undefined;
  /** Store key behind which to go on. */
  readonly after: string | undefined;
}

/**
 * Lists a collection, whole or in chunks.
 * Source: Kubernetes API concepts, "Retrieving large results sets in chunks" and "Resource versions".
 */
export async function listObjects(
  server: ServerContext,
  target: Target,
  query: URLSearchParams,
): Promise<ListResponse> {
  const { kind } = target;
  const selection = parseSelection(kind, {
    namespace: target.namespace,
    name: target.name,
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
  });
  const position = listPosition(server, query, storePrefix(kind));
  const parsed = { selection, limit: parseCount(query.get('limit'), 'limit') || undefined, ...position };
  try {
    const found =
      selection.name !== undefined && (selection.namespace !== '' || !kind.namespaced)
        ? await findOne(server, target, parsed)
        : await scan(server, target, parsed);
    return { type: 'list', kind, metadata: listMeta(kind, parsed, found), entries: found.entries };
  } catch (error) {
    throw listError(server, error, { query, prefix: storePrefix(kind), after: parsed.after });
  }
}

interface Found {
  readonly entries: readonly Entry[];
  readonly revision: number;
  /** Entries behind the last one, whether they match or not. */
  readonly remaining: number;
  readonly lastKey: string | undefined;
}

async function findOne(
  server: ServerContext,
  { kind }: Target,
  { selection, at }: ListQuery,
): Promise<Found> {
  const revision = at ?? server.store.revision;
  const key = storeKey(kind, kind.namespaced ? selection.namespace : '', selection.name ?? '');
  const stored = await server.store.get(key, at === undefined ? {} : { at });
  const entry = stored && (await viewEntry(kind, stored));
  const entries = entry && selection.matches(objectOf(entry)) ? [entry] : [];
  return { entries, revision, remaining: 0, lastKey: undefined };
}

async function scan(
  server: ServerContext,
  { kind }: Target,
  { selection, limit, at, after }: ListQuery,
): Promise<Found> {
  const prefix = storePrefix(kind, kind.namespaced ? selection.namespace : '');
  if (limit === undefined || selection.isEverything) {
    const result = await server.store.range(prefix, rangeOptions(limit, after, at));
    const viewed = await viewEntries(kind, result.entries);
    const entries = selection.isEverything
      ? viewed
      : viewed.filter((entry) => selection.matches(objectOf(entry)));
    return {
      entries,
      revision: result.revision,
      remaining: result.remaining,
      lastKey: result.entries.at(-1)?.key,
    };
  }
  return scanChunks(server, prefix, { kind, selection, limit, at, after });
}

/** With a selector and a limit: reads on until enough objects match. */
async function scanChunks(
  server: ServerContext,
  prefix: string,
  query: ListQuery & { limit: number; kind: AnyKind },
): Promise<Found> {
  const entries: Entry[] = [];
  let { at, after } = query;
  for (;;) {
    const result = await server.store.range(prefix, rangeOptions(Math.max(query.limit, 500), after, at));
    at ??= result.revision;
    for (const [index, entry] of (await viewEntries(query.kind, result.entries)).entries()) {
      if (query.selection.matches(objectOf(entry))) entries.push(entry);
      if (entries.length === query.limit) {
        const remaining = result.remaining + result.entries.length - index - 1;
        return { entries, revision: at, remaining, lastKey: entry.key };
      }
    }
    after = result.entries.at(-1)?.key;
    if (result.remaining === 0) return { entries, revision: at, remaining: 0, lastKey: after };
  }
}

function rangeOptions(limit: number | undefined, after: string | undefined, at: number | undefined) {
  return {
    ...(limit !== undefined && { limit }),
    ...(after !== undefined && { after }),
    ...(at !== undefined && { at }),
  };
}

function listMeta(kind: Target['kind'], query: ListQuery, found: Found): ListMeta {
  const metadata: ListMeta = { resourceVersion: String(found.revision) };
  if (found.remaining > 0 && found.lastKey !== undefined) {
    metadata.continue = encodeContinue(found.revision, found.lastKey.slice(storePrefix(kind).length));
    if (query.selection.isEverything) metadata.remainingItemCount = found.remaining;
  }
  return metadata;
}

/** Where and when a list starts, from `continue`, `resourceVersion` and `resourceVersionMatch`. */
function listPosition(
  server: ServerContext,
  query: URLSearchParams,
  prefix: string,
): Pick<ListQuery, 'at' | 'after'> {
  const token = query.get('continue') ?? '';
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  if (match !== '' && match !== 'Exact' && match !== 'NotOlderThan') {
    throw invalidListOption(
      `resourceVersionMatch: Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan"`,
    );
  }
  if (token !== '') {
    if (version !== '' && version !== '0')
      throw badRequest('specifying resource version is not allowed when using continue');
    if (match !== '')
      throw invalidListOption(
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
      );
    const { revision, start } = decodeContinue(token);
    return { at: revision, after: prefix + start };
  }
  if (match !== '' && version === '') {
    throw invalidListOption(
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  }
  if (version === '' || (version === '0' && match !== 'Exact')) return { at: undefined, after: undefined };
  if (version === '0')
    throw invalidListOption(
      'resourceVersionMatch: Forbidden: resourceVersionMatch "Exact" is forbidden for resourceVersion "0"',
    );
  const revision = parseResourceVersion(version);
  if (revision > server.store.revision) throw tooLargeResourceVersion(revision, server.store.revision);
  const exact = match === 'Exact' || (match === '' && (parseCount(query.get('limit'), 'limit') ?? 0) > 0);
  return { at: exact ? revision : undefined, after: undefined };
}

function invalidListOption(message: string): ApiError {
  const [field = '', ...text] = message.split(': ');
  return ApiError.invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
    { type: 'FieldValueForbidden', field, message: text.join(': ') },
  ]);
}

function encodeContinue(revision: number, start: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');
}

function decodeContinue(token: string): { revision: number | undefined; start: string } {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<
      string,
      unknown
    >;
    if (v === 'meta.k8s.io/v1' && Number.isSafeInteger(rv) && typeof start === 'string') {
      return { revision: Number(rv) < 0 ? undefined : Number(rv), start };
    }
  } catch (cause) {
    throw new ApiError(
      badRequest('continue key is not valid: it is not a token this server gave out').status,
      { cause },
    );
  }
  throw badRequest('continue key is not valid: it is not a token this server gave out');
}

const expiredText =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

function listError(
  server: ServerContext,
  error: unknown,
  list: { query: URLSearchParams; prefix: string; after: string | undefined },
): unknown {
  if (error instanceof FutureRevisionError) {
    return tooLargeResourceVersion(Number(list.query.get('resourceVersion') ?? 0), server.store.revision);
  }
  if (!(error instanceof CompactedError)) return error;
  if (list.after === undefined) {
    return ApiError.of('Expired', `The resourceVersion for the provided list is too old.`);
  }
  const { status } = ApiError.of('Expired', expiredText);
  return new ApiError({
    ...status,
    metadata: { continue: encodeContinue(-1, list.after.slice(list.prefix.length)) },
  });
}
