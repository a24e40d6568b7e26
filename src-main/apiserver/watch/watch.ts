import { ApiError, type Status } from '@shared/api/status.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import { CompactedError, type Entry } from '../../store/store.ts';
import type { ServerContext, Target } from '../context.ts';
import { objectOf, storeKey, storePrefix } from '../objects.ts';
import { reachRevision } from '../registry/freshness.ts';
import { watchOptions } from '../registry/list-options.ts';
import { type ParsedSelection, parseSelection } from '../registry/selection.ts';
import { viewEntries, viewEntry } from '../registry/versions.ts';
import type { Change, ChangeType, Snapshot } from './change.ts';

/** One event on its way to one watcher. `change` is there for live events: encodings are shared through it. */
export type WatchItem =
  | { readonly type: ChangeType; readonly state: Snapshot; readonly change: Change | undefined }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean }
  | { readonly type: 'ERROR'; readonly status: Status };

/** Where a watch delivers. Calls come in order; after `end` none follows. */
export interface WatchSink {
  items(items: readonly WatchItem[]): void;
  /** While it cannot take more without piling it up: resolves when it can. What happens now is never held back. */
  drained?(): Promise<void> | undefined;
  /** The server is done with this watch. */
  end(): void;
}

/** A watch that was asked for and accepted; `start` may be called once. */
export interface WatchSource {
  readonly kind: AnyKind;
  /** Delivers until disposed, or until it calls `sink.end()`. */
  start(sink: WatchSink): Disposable;
}

/** How often an idle watcher hears how far the server is. */
const bookmarkIntervalMs = 60_000;
/** How long before a watch ends by time its watcher hears it once more. */
const lastBookmarkMs = 2000;
const minTimeoutMs = 30 * 60_000;
/** The present state goes out in parts of about so many characters, as fast as it is read. */
const partLength = 128 * 1024;

interface WatchPlan {
  readonly selection: ParsedSelection;
  /** Begin with the present state, as ADDED events. */
  readonly initialState: boolean;
  /** Send the bookmark that ends the initial events. */
  readonly initialBookmark: boolean;
  /** Begin behind this revision; undefined: now. */
  readonly after: number | undefined;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
}

/**
 * Parses a watch request. Source: Kubernetes API concepts, "Efficient detection of changes", "Watch bookmarks",
 * "Streaming lists".
 */
export function openWatch(server: ServerContext, target: Target, query: URLSearchParams): WatchSource {
  const plan = planWatch(target, query);
  return {
    kind: target.kind,
    start(sink) {
      const session = new Session(server, target.kind, plan, sink);
      void session.run();
      return session;
    },
  };
}

function planWatch(target: Target, query: URLSearchParams): WatchPlan {
  const selection = parseSelection(target.kind, {
    namespace: target.namespace,
    name: target.name,
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
  });
  const { resourceVersion, sendInitialEvents, allowWatchBookmarks, timeoutSeconds } = watchOptions(query);
  return {
    selection,
    initialState: sendInitialEvents ?? !resourceVersion,
    initialBookmark: sendInitialEvents === true && allowWatchBookmarks,
    after: resourceVersion || undefined,
    bookmarks: allowWatchBookmarks,
    timeoutMs: timeoutSeconds ? Math.max(0, timeoutSeconds) * 1000 : minTimeoutMs * (1 + Math.random()),
  };
}

class Session implements Disposable {
  readonly #server: ServerContext;
  readonly #kind: AnyKind;
  readonly #plan: WatchPlan;
  readonly #sink: WatchSink;
  readonly #held: Disposable[] = [];
  #ended = false;

  constructor(server: ServerContext, kind: AnyKind, plan: WatchPlan, sink: WatchSink) {
    this.#server = server;
    this.#kind = kind;
    this.#plan = plan;
    this.#sink = sink;
  }

  async run(): Promise<void> {
    const { clock, hub, log } = this.#server;
    this.#held.push(hub.onEnd(this.#kind, () => this.#end()));
    this.#held.push(clock.setTimer(this.#plan.timeoutMs, () => this.#end()));
    try {
      const after = await this.#begin();
      if (this.#ended) return;
      this.#subscribe(after);
      if (!this.#plan.bookmarks) return;
      this.#scheduleBookmark();
      this.#scheduleLastBookmark();
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof CompactedError))
        log('a watch failed to start', { error: String(error) });
      this.#fail(error);
    }
  }

  /** Sends the initial state where asked for; resolves to the revision behind which to go on. */
  async #begin(): Promise<number> {
    const { store } = this.#server;
    const { after, initialState, initialBookmark } = this.#plan;
    if (!initialState) return after ?? store.revision; // what lies in the future is waited for
    await reachRevision(this.#server, after ?? 0);
    if (this.#ended) return store.revision;
    const { entries, revision } = await this.#present();
    if (this.#ended) return revision;
    for (const part of partsOf(entries)) {
      this.#sink.items(part.map((entry) => ({ type: 'ADDED', state: entry, change: undefined })));
      const wait = this.#sink.drained?.();
      if (wait) await wait;
      if (this.#ended) return revision;
    }
    if (initialBookmark)
      this.#sink.items([{ type: 'BOOKMARK', resourceVersion: String(revision), initialEventsEnd: true }]);
    return revision;
  }

  async #present(): Promise<{ entries: readonly Entry[]; revision: number }> {
    const { store } = this.#server;
    const { selection } = this.#plan;
    const namespace = this.#kind.namespaced ? selection.namespace : '';
    if (selection.name !== undefined && (namespace !== '' || !this.#kind.namespaced)) {
      const revision = store.revision;
      const stored = await store.get(storeKey(this.#kind, namespace, selection.name), { at: revision });
      const entry = stored && (await viewEntry(this.#kind, stored));
      return { entries: entry && selection.matches(objectOf(entry)) ? [entry] : [], revision };
    }
    const found = await store.range(storePrefix(this.#kind, namespace));
    const entries = await viewEntries(this.#kind, found.entries);
    const { revision } = found;
    return {
      entries: selection.isEverything
        ? entries
        : entries.filter((entry) => selection.matches(objectOf(entry))),
      revision,
    };
  }

  #subscribe(after: number): void {
    const subscription = this.#server.hub.subscribe(this.#kind, after, this.#plan.selection, {
      deliver: (deliveries) => {
        if (this.#ended) return;
        this.#sink.items(deliveries.map(({ type, change }) => ({ type, state: change.state(type), change })));
      },
      fail: (error) => this.#fail(error),
    });
    if (this.#ended) subscription.dispose();
    else this.#held.push(subscription);
  }

  #scheduleBookmark(): void {
    const timer = this.#server.clock.setTimer(bookmarkIntervalMs, () => {
      this.#held.splice(this.#held.indexOf(timer), 1);
      this.#sendBookmark();
      if (!this.#ended) this.#scheduleBookmark();
    });
    this.#held.push(timer);
  }

  /** Whoever asks again after the end goes on from there. */
  #scheduleLastBookmark(): void {
    const delayMs = this.#plan.timeoutMs - lastBookmarkMs;
    if (delayMs > 0) this.#held.push(this.#server.clock.setTimer(delayMs, () => this.#sendBookmark()));
  }

  #sendBookmark(): void {
    if (this.#ended) return;
    const { revision } = this.#server.hub;
    if (revision < (this.#plan.after ?? 0)) return;
    this.#sink.items([{ type: 'BOOKMARK', resourceVersion: String(revision), initialEventsEnd: false }]);
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#sink.items([{ type: 'ERROR', status: errorStatus(error, this.#plan.after ?? 0) }]);
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.dispose();
    this.#sink.end();
  }

  dispose(): void {
    this.#ended = true;
    for (const item of this.#held.splice(0)) item.dispose();
  }
}

/** Entries in groups whose texts are about as long as one part of a long answer. */
function* partsOf(entries: readonly Entry[]): Generator<readonly Entry[]> {
  let start = 0;
  let length = 0;
  for (const [index, { json }] of entries.entries()) {
    length += json.length;
    if (length < partLength) continue;
    yield entries.slice(start, index + 1);
    start = index + 1;
    length = 0;
  }
  if (start < entries.length) yield entries.slice(start);
}

function errorStatus(error: unknown, after: number): Status {
  if (error instanceof CompactedError) {
    return ApiError.of('Expired', `too old resource version: ${after} (${error.compactedRevision})`).status;
  }
  if (error instanceof ApiError) return error.status;
  return ApiError.of('InternalError', 'Internal error occurred: the watch could not be started').status;
}
