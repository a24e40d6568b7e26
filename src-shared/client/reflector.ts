import { apiVersionOf, type KubeList, type KubeObject } from '../api/meta.ts';
import { ApiError } from '../api/status.ts';
import { Backoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { DeepReadonly } from '../lib/types.ts';
import { type Client, collectionPath, type ObjectType } from './client.ts';
import type { Informer, InformerEvent } from './informer.ts';
import { InformerState } from './informer-state.ts';
import type { IndexFunction } from './object-cache.ts';
import type { WireWatchEvent } from './transport.ts';

export interface InformerOptions<T extends KubeObject> {
  readonly client: Client;
  readonly kind: ObjectType<T>;
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Further indexes for `byIndex`. */
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>> | undefined;
  /** What is kept of an object, when that is not all: at least what {@link identityOf} keeps. */
  readonly keep?: ((object: DeepReadonly<T>) => DeepReadonly<T>) | undefined;
  /** `Accept` for list and watch, where less than whole objects will do (partial metadata). */
  readonly accept?: string | undefined;
  readonly clock: Clock;
  readonly log?: ((message: string, fields?: Record<string, unknown>) => void) | undefined;
  /** For jitter; in [0, 1). */
  readonly random?: (() => number) | undefined;
}

/** An informer with the loop that feeds it. */
export interface RunningInformer<T extends KubeObject> extends Informer<T> {
  /**
   * Lists and watches until `signal` aborts, then resolves. Trouble is logged and retried with back-off. The list is
   * the beginning of the watch where the server can do that (`sendInitialEvents`), and asked for apart where not.
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Takes over an object from an answer to a request of our own, ahead of the watch, so that a writer reads
   * his own writes. What the watch has passed already is ignored. Only for informers of all objects of a kind (no selectors, no namespace).
   */
  observe(object: DeepReadonly<T>): void;
  /** Ends the wait before the next attempt, if one is under way: the server is known to answer again. */
  retryNow(): void;
  /** Like `observe`, for an object that a delete of ours removed for good. */
  observeDeletion(namespace: string, name: string, uid: string): void;
}

const pageSize = 5000;
const watchMinSeconds = 300;
const backoffInitialMs = 200;
const backoffMaxMs = 30_000;
/** A watch that is silent so long while it should tell what there is comes from a server that does not know how. */
const initialSilenceMs = 10_000;
/** A watch that ended sooner than this without an event counts as failed. */
const shortWatchMs = 1000;

/** Builds an informer; nothing happens before `run`. */
export function createInformer<T extends KubeObject>(options: InformerOptions<T>): RunningInformer<T> {
  return new Reflector(options);
}

class Reflector<T extends KubeObject> implements RunningInformer<T> {
  readonly #options: InformerOptions<T>;
  readonly #state: InformerState<T>;
  readonly #backoff: Backoff;
  readonly #syncWaiters = new Set<() => void>();
  #synced = false;
  /** Whether the server may know how to begin a watch with what there is. */
  #streamsLists = true;
  #endPause: () => void = () => undefined;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.#state = new InformerState<T>({
      indexes: options.indexes,
      onListenerError: (error) => this.#log('informer listener threw', error),
    });
    this.#backoff = new Backoff({
      initialMs: backoffInitialMs,
      maxMs: backoffMaxMs,
      jitter: 1,
      ...(options.random && { random: options.random }),
    });
  }

  get synced(): boolean {
    return this.#synced;
  }

  whenSynced(signal?: AbortSignal): Promise<void> {
    if (this.#synced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onSync = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#syncWaiters.delete(onSync);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#syncWaiters.add(onSync);
    });
  }

  get(namespace: string, name: string): DeepReadonly<T> | undefined {
    return this.#state.cache.get(namespace, name);
  }

  list(namespace?: string): readonly DeepReadonly<T>[] {
    return this.#state.cache.list(namespace);
  }

  byIndex(index: string, value: string): readonly DeepReadonly<T>[] {
    return this.#state.cache.byIndex(index, value);
  }

  onChange(listener: (event: InformerEvent<T>) => void): Disposable {
    return this.#state.listen(listener);
  }

  observe(object: DeepReadonly<T>): void {
    this.#state.observe(this.#kept(object));
  }

  observeDeletion(namespace: string, name: string, uid: string): void {
    this.#state.observeDeletion(namespace, name, uid);
  }

  retryNow(): void {
    this.#backoff.reset();
    this.#endPause();
  }

  async run(signal: AbortSignal): Promise<void> {
    let listFirst = true;
    let expirations = 0;
    while (!signal.aborted) {
      try {
        if (listFirst && this.#streamsLists) {
          await this.#watchList(signal, () => {
            listFirst = false;
          });
        } else {
          if (listFirst) await this.#list(signal);
          listFirst = false;
          await this.#watch(signal, { resourceVersion: this.#state.resourceVersion });
        }
        expirations = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (listFirst && this.#streamsLists && cannotStreamLists(error)) {
          this.#streamsLists = false;
          continue;
        }
        listFirst ||= mustRelist(error);
        // A version that expired is made good at once; one that expires right after a list is trouble.
        expirations = isExpired(error) ? expirations + 1 : 0;
        if (expirations === 1) continue;
        this.#log('list or watch failed', error);
        await this.#pause(signal);
      }
    }
  }

  /** A watch that begins with everything there is. Throws NoInitialEvents when it does not say where that ends. */
  async #watchList(signal: AbortSignal, onListed: () => void): Promise<void> {
    const ended = new AbortController();
    const abort = () => ended.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    let initial: Map<string, DeepReadonly<T>> | undefined = new Map();
    let isHeard = false;
    const listen = (): Disposable =>
      this.#options.clock.setTimer(initialSilenceMs, () => {
        if (!isHeard) ended.abort(new NoInitialEvents('the watch does not tell what there is'));
        isHeard = false;
        if (!ended.signal.aborted) silence = listen();
      });
    let silence = listen();
    try {
      const query = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' };
      await this.#watch(ended.signal, query, (event) => {
        if (!initial) return false;
        isHeard = true;
        const object = this.#kept(event.object as DeepReadonly<T>);
        if (isEndOfInitialEvents(event)) {
          this.#takeOver([...initial.values()], object.metadata?.resourceVersion ?? '');
          initial = undefined;
          silence.dispose();
          onListed();
          return true;
        }
        const { namespace = '', name = '' } = object.metadata ?? {};
        if (event.type === 'DELETED') initial.delete(`${namespace}/${name}`);
        else if (event.type !== 'BOOKMARK') initial.set(`${namespace}/${name}`, object);
        return true;
      });
      if (initial) throw new NoInitialEvents('the watch ended before it had told everything there is');
    } finally {
      silence.dispose();
      signal.removeEventListener('abort', abort);
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const list = await this.#listPages(signal);
    this.#takeOver(list.items.map(this.#kept), list.metadata.resourceVersion ?? '');
  }

  #takeOver(items: readonly DeepReadonly<T>[], resourceVersion: string): void {
    this.#state.replace(items, resourceVersion);
    this.#synced = true;
    for (const wake of this.#syncWaiters) wake();
    this.#syncWaiters.clear();
  }

  /** All pages; when the snapshot behind them expires half-way, everything in one piece. */
  async #listPages(signal: AbortSignal): Promise<DeepReadonly<KubeList<T>>> {
    const first = await this.#request(signal, { limit: String(pageSize) });
    const items = [...first.items];
    let next = first.metadata.continue;
    while (next) {
      try {
        const page = await this.#request(signal, { limit: String(pageSize), continue: next });
        items.push(...page.items);
        next = page.metadata.continue;
      } catch (error) {
        if (isExpired(error)) return this.#request(signal, {});
        throw error;
      }
    }
    return { metadata: first.metadata, items };
  }

  async #request(signal: AbortSignal, query: Record<string, string>): Promise<DeepReadonly<KubeList<T>>> {
    const { accept } = this.#options;
    const answer = await this.#options.client.transport.request({
      method: 'GET',
      ...this.#target(query),
      // A watch's events are objects; what a list is asked for is a list.
      ...(accept && {
        accept: accept.replaceAll('as=PartialObjectMetadata;', 'as=PartialObjectMetadataList;'),
      }),
      signal,
    });
    return answer as DeepReadonly<KubeList<T>>;
  }

  /**
   * Returns when the server ends a watch that did some good; throws otherwise. `take` sees events first, and says
   * whether an event was for it.
   */
  async #watch(
    signal: AbortSignal,
    query: Readonly<Record<string, string>>,
    take: (event: WireWatchEvent) => boolean = () => false,
  ): Promise<void> {
    const { clock, client, random = Math.random } = this.#options;
    const startedMs = clock.now();
    let events = 0;
    const request = {
      method: 'GET' as const,
      ...this.#target({
        watch: 'true',
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(Math.round(watchMinSeconds * (1 + random()))),
        ...query,
      }),
      signal,
    };
    await client.transport.watch(request, (batch) => {
      events += batch.length;
      if (events > 0) this.#backoff.reset();
      for (const event of batch) if (!take(event)) this.#apply(event);
    });
    if (events === 0 && clock.now() - startedMs < shortWatchMs) await this.#pause(signal);
    else this.#backoff.reset();
  }

  #apply(event: WireWatchEvent): void {
    if (event.type === 'ERROR') return;
    this.#state.apply(event.type, this.#kept(event.object as DeepReadonly<T>));
  }

  #target(query: Record<string, string>) {
    const { kind, namespace, fieldSelector, labelSelector, accept } = this.#options;
    return {
      path: collectionPath(kind, namespace),
      query: { ...query, ...(fieldSelector && { fieldSelector }), ...(labelSelector && { labelSelector }) },
      ...(accept && { accept }),
    };
  }

  readonly #kept = (object: DeepReadonly<T>): DeepReadonly<T> => {
    const { keep } = this.#options;
    const typed = this.#withType(object);
    return keep ? keep(typed) : typed;
  };

  /** Items of a list travel without apiVersion and kind on some servers. */
  #withType(object: DeepReadonly<T>): DeepReadonly<T> {
    if (object.kind !== undefined || this.#options.accept !== undefined) return object;
    const { kind } = this.#options;
    return { apiVersion: apiVersionOf(kind), kind: kind.kind, ...(object as object) } as DeepReadonly<T>;
  }

  #pause(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        timer.dispose();
        signal.removeEventListener('abort', end);
        this.#endPause = () => undefined;
        resolve();
      };
      const timer = this.#options.clock.setTimer(this.#backoff.next(), end);
      signal.addEventListener('abort', end, { once: true });
      this.#endPause = end;
      if (signal.aborted) end();
    });
  }

  #log(message: string, error: unknown): void {
    this.#options.log?.(message, { kind: this.#options.kind.kind, error: String(error) });
  }
}

/** A server that does not know `sendInitialEvents`. */
class NoInitialEvents extends Error {
  override readonly name = 'NoInitialEvents';
}

/** Servers that know of the option and do not offer it refuse it; those that do not know of it tell nothing. */
function cannotStreamLists(error: unknown): boolean {
  if (error instanceof NoInitialEvents) return true;
  return error instanceof ApiError && (error.code === 422 || error.code === 400);
}

function isEndOfInitialEvents({ type, object }: WireWatchEvent): boolean {
  const { annotations } = (object.metadata ?? {}) as KubeObject['metadata'] & object;
  return type === 'BOOKMARK' && annotations?.['k8s.io/initial-events-end'] === 'true';
}

function isExpired(error: unknown): boolean {
  return error instanceof ApiError && error.code === 410;
}

/** Refusals other than "try again later" leave nothing to resume from; broken connections do. */
function mustRelist(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const tooNew = error.status.details?.causes?.some((cause) => cause.reason === 'ResourceVersionTooLarge');
  return tooNew === true || (error.code < 500 && error.code !== 429);
}
