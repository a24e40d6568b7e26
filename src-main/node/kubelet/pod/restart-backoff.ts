const initialMs = 10_000;
const maxMs = 300_000;
/** A container that did well for this long starts from the beginning. */
const forgetMs = 2 * maxMs;

interface Entry {
  readonly delayMs: number;
  readonly updatedMs: number;
}

/**
 * Waiting time between restarts, per key: none before the first restart, then 10 s, doubling to 5 min,
 * forgotten after 10 min without one. Also used, with the same numbers, between image pulls.
 */
export class RestartBackoff {
  readonly #entries = new Map<string, Entry>();

  /** The time before which `key` must not act again, and the delay it stands for; undefined: it may act now. */
  waiting(key: string, sinceMs: number, nowMs: number): { untilMs: number; delayMs: number } | undefined {
    const entry = this.#current(key, nowMs);
    if (!entry || nowMs - sinceMs >= entry.delayMs) return undefined;
    return { untilMs: sinceMs + entry.delayMs, delayMs: entry.delayMs };
  }

  /** Like `waiting`, counted from the last `next`. */
  waitingSinceLast(key: string, nowMs: number): { untilMs: number; delayMs: number } | undefined {
    const entry = this.#current(key, nowMs);
    return entry && this.waiting(key, entry.updatedMs, nowMs);
  }

  /** Notes that `key` acts now; the delay before it acts again is twice the last one. */
  next(key: string, nowMs: number): void {
    const entry = this.#current(key, nowMs);
    const delayMs = entry ? Math.min(entry.delayMs * 2, maxMs) : initialMs;
    this.#entries.set(key, { delayMs, updatedMs: nowMs });
  }

  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  #current(key: string, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry && nowMs - entry.updatedMs <= forgetMs ? entry : undefined;
  }
}

/** `10s`, `1m20s`, `5m0s`: Go's way of writing these delays. */
export function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}m${seconds % 60}s`
    : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds % 60}s`;
}
