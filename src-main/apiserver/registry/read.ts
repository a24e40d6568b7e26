import type { ListMeta } from '@shared/api/meta.ts';
import { ApiError } from '@shared/api/status.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { CompactedError, type Entry, FutureRevisionError } from '../../store/store.ts';
import type { ServerContext, Target } from '../context.ts';
import { objectOf, storeKey, storePrefix } from '../objects.ts';
import type { ListResponse } from '../request.ts';
import { encodeContinue, readContinue } from './continue-token.ts';
import { tooLargeResourceVersion } from './errors.ts';
import { reachRevision } from './freshness.ts';
import { type ListOptions, listOptions } from './list-options.ts';
import { parseResourceVersion } from './query.ts';
import { type ParsedSelection, parseSelection } from './selection.ts';
import { viewEntries, viewEntry } from './versions.ts';

/** The stored object. 404 when there is none; 504 when `resourceVersion` lies in the future and is not reached soon. */
export async function getEntry(
  server: ServerContext,
  target: Omit<Target, 'subresource'>,
  resourceVersion = '',
): Promise<Entry> {
  if (resourceVersion !== '') await reachRevision(server, parseResourceVersion(resourceVersion));
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
  const options = listOptions(query);
  const { isExpired, ...position } = listPosition(options, storePrefix(kind), server.clock.now());
  if (options.continue === '') await reachRevision(server, options.resourceVersion ?? 0);
  const parsed = { selection, limit: options.limit, ...position };
  try {
    if (isExpired) throw new CompactedError(server.store.compactedRevision);
    const found =
      selection.name !== undefined && (selection.namespace !== '' || !kind.namespaced)
        ? await findOne(server, target, parsed)
        : await scan(server, target, parsed);
    return {
      type: 'list',
      kind,
      metadata: listMeta(kind, parsed, { found, nowMs: server.clock.now() }),
      entries: found.entries,
    };
  } catch (error) {
    throw listError(server, error, { options, prefix: storePrefix(kind), after: parsed.after });
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

function listMeta(
  kind: AnyKind,
  query: ListQuery,
  { found, nowMs }: { found: Found; nowMs: number },
): ListMeta {
  const metadata: ListMeta = { resourceVersion: String(found.revision) };
  if (found.remaining > 0 && found.lastKey !== undefined) {
    const start = found.lastKey.slice(storePrefix(kind).length);
    metadata.continue = encodeContinue({ revision: found.revision, start, madeAtMs: nowMs });
    if (query.selection.isEverything) metadata.remainingItemCount = found.remaining;
  }
  return metadata;
}

/** Where and when a list starts. */
function listPosition(
  options: ListOptions,
  prefix: string,
  nowMs: number,
): Pick<ListQuery, 'at' | 'after'> & { readonly isExpired?: boolean } {
  if (options.continue !== '') {
    const { revision, start, isExpired } = readContinue(options.continue, nowMs);
    return { at: revision, after: prefix + start, isExpired };
  }
  const { resourceVersion, resourceVersionMatch, limit } = options;
  if (!resourceVersion) return { at: undefined, after: undefined };
  const isExact = resourceVersionMatch === 'Exact' || (!resourceVersionMatch && limit !== undefined);
  return { at: isExact ? resourceVersion : undefined, after: undefined };
}

const expiredText =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

function listError(
  server: ServerContext,
  error: unknown,
  list: { options: ListOptions; prefix: string; after: string | undefined },
): unknown {
  if (error instanceof FutureRevisionError) {
    return tooLargeResourceVersion(list.options.resourceVersion ?? 0, server.store.revision);
  }
  if (!(error instanceof CompactedError)) return error;
  if (list.after === undefined) {
    return ApiError.of('Expired', `The resourceVersion for the provided list is too old.`);
  }
  const { status } = ApiError.of('Expired', expiredText);
  return new ApiError({
    ...status,
    metadata: { continue: encodeContinue({ revision: -1, start: list.after.slice(list.prefix.length) }) },
  });
}
