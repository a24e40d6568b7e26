import type { Clock } from '@shared/lib/clock.ts';
import type { ClusterEvent, Profile, QueuedPod, ReadonlyPod } from './framework/framework.ts';

const backoffInitialMs = 1000;
const backoffMaxMs = 10_000;
/** A rejected pod is tried again after this long even when nothing seems to have changed. */
const retryAnywayMs = 5 * 60_000;

type Key = string;
type Place = 'active' | 'waiting' | 'rejected';

interface Item extends QueuedPod {
  readonly key: Key;
  place: Place;
  /** When it may go to `active` (waiting) or does so anyway (rejected). */
  dueAtMs: number;
  rejectedBy: ReadonlySet<string>;
}

/**
 * Pods that wait for a node. `active` ones are handed out in the profile's order; `waiting` ones first sit out a
 * back-off (1 s doubling to 10 s); `rejected` ones sleep until something happens that may lift what rejected
 * them. Level-based: adding a pod that is known only replaces the object.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #profile: Profile;
  readonly #items = new Map<Key, Item>();
  #wake: (() => void) | undefined;

  constructor(options: { clock: Clock; profile: Profile }) {
    this.#clock = options.clock;
    this.#profile = options.profile;
  }

  /** A new pod, or a new state of one that waits: a changed spec is worth a fresh look. */
  upsert(key: Key, pod: ReadonlyPod, isChanged: boolean): void {
    const known = this.#items.get(key);
    const item: Item = known
      ? { ...known, pod }
      : {
          key,
          pod,
          queuedAtMs: this.#clock.now(),
          attempts: 0,
          place: 'active',
          dueAtMs: 0,
          rejectedBy: new Set(),
        };
    this.#items.set(key, item);
    if (known?.place === 'rejected' && isChanged) this.#release(item);
    this.#wake?.();
  }

  delete(key: Key): void {
    this.#items.delete(key);
  }

  /** Puts a pod back after an attempt: to sleep when plugins rejected it, to its back-off after any other failure. */
  requeue(key: Key, queued: QueuedPod, rejectedBy: ReadonlySet<string>): void {
    const now = this.#clock.now();
    const isRejected = rejectedBy.size > 0;
    const dueAtMs = now + (isRejected ? retryAnywayMs : backoffMs(queued.attempts));
    this.#items.set(key, { ...queued, key, place: isRejected ? 'rejected' : 'waiting', dueAtMs, rejectedBy });
    this.#wake?.();
  }

  /** Something happened: pods that it may help wake up. */
  notify(event: ClusterEvent): void {
    for (const item of this.#items.values()) {
      if (item.place === 'rejected' && this.#mayLift(item, event)) this.#release(item);
    }
    this.#wake?.();
  }

  /** The next pod, with its number of attempts raised; waits for one. Rejects with the signal's reason. */
  async pop(signal: AbortSignal): Promise<QueuedPod & { readonly key: Key }> {
    for (;;) {
      signal.throwIfAborted();
      const next = this.#takeFirst();
      if (next) return next;
      await this.#sleep(signal);
    }
  }

  get size(): number {
    return this.#items.size;
  }

  #takeFirst(): (QueuedPod & { readonly key: Key }) | undefined {
    const now = this.#clock.now();
    let first: Item | undefined;
    for (const item of this.#items.values()) {
      if (item.place !== 'active' && item.dueAtMs <= now) item.place = 'active';
      if (item.place === 'active' && (first === undefined || this.#isBefore(item, first))) first = item;
    }
    if (!first) return undefined;
    this.#items.delete(first.key);
    return { key: first.key, pod: first.pod, queuedAtMs: first.queuedAtMs, attempts: first.attempts + 1 };
  }

  #isBefore(a: Item, b: Item): boolean {
    const compare = this.#profile.plugins.find((plugin) => plugin.compare)?.compare;
    return compare !== undefined && compare(a, b) < 0;
  }

  #mayLift(item: Item, event: ClusterEvent): boolean {
    return this.#profile.plugins.some(
      ({ name, liftedBy }) => item.rejectedBy.has(name) && liftedBy?.includes(event),
    );
  }

  #release(item: Item): void {
    item.place = 'waiting';
    item.dueAtMs = this.#clock.now() + backoffMs(item.attempts);
  }

  #sleep(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const nextMs = Math.min(...[...this.#items.values()].map(({ dueAtMs }) => dueAtMs));
      const done = () => {
        timer?.dispose();
        signal.removeEventListener('abort', onAbort);
        this.#wake = undefined;
      };
      const onAbort = () => {
        done();
        reject(signal.reason);
      };
      const wake = () => {
        done();
        resolve();
      };
      const timer = Number.isFinite(nextMs)
        ? this.#clock.setTimer(Math.max(0, nextMs - this.#clock.now()), wake)
        : undefined;
      signal.addEventListener('abort', onAbort, { once: true });
      this.#wake = wake;
    });
  }
}

function backoffMs(attempts: number): number {
  return Math.min(backoffInitialMs * 2 ** Math.max(0, attempts - 1), backoffMaxMs);
}
