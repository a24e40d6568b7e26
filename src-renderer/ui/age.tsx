import { humanDuration } from '@shared/lib/time.ts';
import { useSyncExternalStore } from 'react';

/**
 * One clock for all ages on screen: it beats once a second while at least one is mounted. An age is drawn
 * anew only when its own text changes, so a list of old objects costs nothing.
 */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const notify of listeners) notify();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Time since `at` (RFC 3339 or milliseconds), ticking; the exact time in its tooltip. */
export function Age({ at, suffix = '' }: { at: string | number | null | undefined; suffix?: string }) {
  const since = typeof at === 'number' ? at : at ? Date.parse(at) : Number.NaN;
  const text = useSyncExternalStore(subscribe, () =>
    Number.isNaN(since) ? '' : humanDuration(Math.max(0, Date.now() - since)),
  );
  if (text === '') return <span className="muted">–</span>;
  const exact = new Date(since);
  return (
    <time className="num nowrap" dateTime={exact.toISOString()} title={exact.toLocaleString()}>
      {text}
      {suffix}
    </time>
  );
}

/** A number that beats every `everyMs`, for texts that depend on the time of day. */
export function useNow(everyMs: number): number {
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / everyMs) * everyMs);
}
