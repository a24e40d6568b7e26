import type { AnyKind } from '@shared/kinds/define.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { Store, StoreEvent } from '../../store/store.ts';
import type { KindChange, KindTable } from '../kind-table.ts';
import { type ApiObject, storePrefix } from '../objects.ts';
import { storedKind } from '../registry/versions.ts';
import { Change, changeType, type Delivery, type Receiver, type Selection } from './change.ts';
import { ConvertedChanges } from './converted-changes.ts';

/**
 * Distributes the store's changes to subscribers. One watch on the store serves all; subscribers are indexed
 * (by name, by a field's value, by namespace), so that a change costs nothing for those it cannot concern.
 *
 * Guarantees: each subscriber hears of every matching change behind its starting revision exactly once, in
 * order; an object that starts or stops matching arrives as ADDED or DELETED.
 */
export class WatchHub implements Disposable {
  readonly #store: Store;
  readonly #kinds: KindTable;
  readonly #channels = new Map<AnyKind, Channel>();
  readonly #held: readonly Disposable[];
  readonly #ends = new Map<() => void, AnyKind>();
  readonly #converted = new ConvertedChanges();
  readonly #awaited = new Map<() => void, number>();
  #revision: number;

  constructor(store: Store, kinds: KindTable) {
    this.#store = store;
    this.#kinds = kinds;
    this.#revision = store.revision;
    for (const kind of kinds.stored) this.#channels.set(kind, new Channel(kind, store.revision));
    this.#held = [
      store.watch('/registry/', store.revision, (events) => this.#dispatch(events)),
      kinds.onChange((change) => this.#kindsChanged(change)),
    ];
  }

  /** Every change up to this revision has been delivered. */
  get revision(): number {
    return this.#revision;
  }

  get subscribers(): number {
    let count = 0;
    for (const channel of this.#channels.values()) count += channel.size;
    return count;
  }

  /**
   * Delivers changes with revision > `after`: past ones during the call or soon after, then live ones.
   * Throws CompactedError when that history is gone. Objects come in the version of `kind`; where converting them
   * fails, nothing more is delivered and `receiver.fail` is called.
   */
  subscribe(kind: AnyKind, after: number, selection: Selection, receiver: Receiver): Disposable {
    if (kind.conversion) {
      const { broad, convert } = this.#converted.selectionOf(kind, selection, receiver);
      return this.#subscribe(storedKind(kind), after, broad, convert);
    }
    return this.#subscribe(kind, after, selection, receiver.deliver);
  }

  #subscribe(kind: AnyKind, after: number, selection: Selection, deliver: Receiver['deliver']): Disposable {
    const channel = this.#channels.get(kind);
    if (!channel) return { dispose: () => {} };
    const subscriber = new Subscriber(selection, after, deliver);
    if (after >= channel.windowStart) return channel.add(subscriber);
    return this.#catchUp(channel, subscriber);
  }

  /** History older than the window comes from the store; as soon as the window is reached, the hub takes over. */
  #catchUp(channel: Channel, subscriber: Subscriber): Disposable {
    let joined: Disposable | undefined;
    let done = false;
    const past = this.#store.watch(storePrefix(channel.kind), subscriber.after, (events) => {
      if (joined || done) return;
      for (const event of events) subscriber.offer(Change.of(event));
      subscriber.flush();
      if (subscriber.after >= channel.windowStart && subscriber.after <= this.#revision && !done) {
        joined = channel.add(subscriber);
        queueMicrotask(() => past.dispose());
      }
    });
    return {
      dispose: () => {
        done = true;
        past.dispose();
        joined?.dispose();
      },
    };
  }

  #dispatch(events: readonly StoreEvent[]): void {
    const touched = new Set<Channel>();
    for (const event of events) {
      const key = event.type === 'put' ? event.entry.key : event.previous.key;
      const kind = this.#kinds.byStoreKey(key);
      const channel = kind && this.#channels.get(kind);
      if (channel) {
        channel.offer(Change.of(event));
        touched.add(channel);
      }
    }
    this.#revision = Math.max(this.#revision, events.at(-1)?.revision ?? 0);
    for (const channel of touched) channel.flush();
    for (const [reached, revision] of this.#awaited) if (revision <= this.#revision) reached();
  }

  /** Watches of kinds that are no longer served, or in another shape, end: whoever watches asks again. */
  #kindsChanged({ added, removed }: KindChange): void {
    for (const kind of removed) this.#channels.delete(storedKind(kind));
    for (const kind of added) {
      const stored = storedKind(kind);
      if (!this.#channels.has(stored)) this.#channels.set(stored, new Channel(stored, this.#revision));
    }
    for (const [end, kind] of [...this.#ends]) if (removed.includes(kind)) end();
  }

  /** Calls `end` when the kind is no longer served or the hub is disposed, unless the returned one was before. */
  onEnd(kind: AnyKind, end: () => void): Disposable {
    this.#ends.set(end, kind);
    return { dispose: () => void this.#ends.delete(end) };
  }

  /** Calls `reached` when that revision is, or the hub is disposed, unless the returned one was before. */
  onRevision(revision: number, reached: () => void): Disposable {
    this.#awaited.set(reached, revision);
    return { dispose: () => void this.#awaited.delete(reached) };
  }

  dispose(): void {
    for (const held of this.#held) held.dispose();
    for (const reached of [...this.#awaited.keys()]) reached();
    for (const end of [...this.#ends.keys()]) end();
  }
}

class Subscriber {
  readonly selection: Selection;
  /** Revision of the last change seen. */
  after: number;
  #floor: number;
  readonly #deliver: (deliveries: readonly Delivery[]) => void;
  #pending: Delivery[] = [];

  constructor(selection: Selection, after: number, deliver: (deliveries: readonly Delivery[]) => void) {
    this.selection = selection;
    this.after = after;
    this.#floor = after;
    this.#deliver = deliver;
  }

  /** Queues the change when it is new and concerns this subscriber. True when something waits for a flush. */
  offer(change: Change): boolean {
    if (change.revision <= this.#floor) return false;
    this.after = change.revision;
    const { before, now } = change;
    const matched = before !== undefined && this.selection.matches(before);
    const matches = now !== undefined && this.selection.matches(now);
    const type = changeType(matched, matches);
    if (!type) return false;
    this.#pending.push({ type, change });
    return true;
  }

  /** Changes seen so far will not be taken again. */
  settle(): void {
    this.#floor = this.after;
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    const deliveries = this.#pending;
    this.#pending = [];
    this.#deliver(deliveries);
  }
}

const windowSize = 1024;

/** Subscribers and recent changes of one kind. */
class Channel {
  readonly kind: AnyKind;
  /** Every change behind this revision is in the window. */
  windowStart: number;
  #window: Change[] = [];
  readonly #everything = new Set<Subscriber>();
  readonly #indexes = new Map<string, Map<string, Set<Subscriber>>>();
  readonly #ready = new Set<Subscriber>();
  /** Changes that wait for a flush. */
  #fresh: Change[] = [];

  constructor(kind: AnyKind, revision: number) {
    this.kind = kind;
    this.windowStart = revision;
  }

  get size(): number {
    let count = this.#everything.size;
    for (const index of this.#indexes.values()) for (const set of index.values()) count += set.size;
    return count;
  }

  add(subscriber: Subscriber): Disposable {
    subscriber.settle();
    const missed = this.#windowAfter(subscriber.after);
    for (const change of missed) subscriber.offer(change);
    const remove = this.#place(subscriber);
    subscriber.flush();
    for (const change of missed) change.forget();
    return { dispose: remove };
  }

  offer(change: Change): void {
    this.#window.push(change);
    this.#fresh.push(change);
    if (this.#window.length > windowSize * 2) {
      const dropped = this.#window.splice(0, windowSize);
      this.windowStart = dropped.at(-1)?.revision ?? this.windowStart;
    }
    for (const subscriber of this.#everything) if (subscriber.offer(change)) this.#ready.add(subscriber);
    for (const [field, index] of this.#indexes) this.#offerIndexed(field, index, change);
  }

  flush(): void {
    const ready = [...this.#ready];
    this.#ready.clear();
    for (const subscriber of ready) subscriber.flush();
    for (const change of this.#fresh) change.forget();
    this.#fresh = [];
  }

  #offerIndexed(field: string, index: ReadonlyMap<string, Set<Subscriber>>, change: Change): void {
    const before = change.before && fieldValue(this.kind, field, change.before);
    const now = change.now && fieldValue(this.kind, field, change.now);
    for (const value of before === now ? [now] : [before, now]) {
      for (const subscriber of (value !== undefined && index.get(value)) || []) {
        if (subscriber.offer(change)) this.#ready.add(subscriber);
      }
    }
  }

  #windowAfter(revision: number): readonly Change[] {
    const index = this.#window.findIndex((change) => change.revision > revision);
    return index < 0 ? [] : this.#window.slice(index);
  }

  #place(subscriber: Subscriber): () => void {
    const { fields, namespace } = subscriber.selection;
    const indexed = [...fields].find(([field]) => field !== 'metadata.namespace');
    const [field, value] = indexed ?? (namespace === '' ? [] : ['metadata.namespace', namespace]);
    if (field === undefined || value === undefined) {
      this.#everything.add(subscriber);
      return () => this.#everything.delete(subscriber);
    }
    const index = this.#indexes.get(field) ?? new Map<string, Set<Subscriber>>();
    this.#indexes.set(field, index);
    const set = index.get(value) ?? new Set<Subscriber>();
    index.set(value, set);
    set.add(subscriber);
    return () => this.#displace(field, value, subscriber);
  }

  #displace(field: string, value: string, subscriber: Subscriber): void {
    const index = this.#indexes.get(field);
    const set = index?.get(value);
    set?.delete(subscriber);
    if (set?.size === 0) index?.delete(value);
    if (index?.size === 0) this.#indexes.delete(field);
  }
}

/** The value a field selector compares with; undefined for a field the kind cannot be selected by. */
export function fieldValue(kind: AnyKind, field: string, object: ApiObject): string | undefined {
  if (field === 'metadata.name') return object.metadata.name ?? '';
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  return kind.selectableFields[field]?.(object);
}
