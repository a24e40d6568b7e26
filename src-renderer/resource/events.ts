import type { Event } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

type AnyEvent = DeepReadonly<Event>;

/** When the event was last seen, in any of the three ways events say it; milliseconds, 0 when they do not. */
export function lastSeen(event: AnyEvent): number {
  const text =
    event.series?.lastObservedTime ??
    event.lastTimestamp ??
    event.eventTime ??
    event.firstTimestamp ??
    event.metadata?.creationTimestamp;
  return text ? Date.parse(text) : 0;
}

export function timesSeen(event: AnyEvent): number {
  return event.series?.count ?? event.count ?? 1;
}

/** A sorted copy; times are whole seconds, within which the last one written is the newest. */
export function newestFirst(events: readonly AnyEvent[]): AnyEvent[] {
  return events
    .map((event) => ({ event, at: lastSeen(event), version: Number(event.metadata?.resourceVersion ?? 0) }))
    .sort((a, b) => b.at - a.at || b.version - a.version)
    .map(({ event }) => event);
}
