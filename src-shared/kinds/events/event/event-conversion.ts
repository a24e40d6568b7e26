import type { JsonObject, Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import { eventKind } from '../../core/event/kind.ts';
import type { Conversion } from '../../define.ts';
import type { Event, EventsEvent } from '../../wire.ts';

/** The newer name of each field that has another one in the core group. */
const names = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
} as const;

/** The event as the core group has it. */
export function toCoreEvent(event: Unchecked<EventsEvent>): Event {
  const core = renamed(event as unknown as JsonObject, Object.entries(names), 'v1');
  return { involvedObject: {}, ...core } as unknown as Event;
}

function toNewEvent(event: Unchecked<JsonObject>): JsonObject {
  const back = Object.entries(names).map(([now, core]) => [core, now] as const);
  return renamed(event as JsonObject, back, 'events.k8s.io/v1');
}

function renamed(
  object: JsonObject,
  pairs: readonly (readonly [string, string])[],
  apiVersion: string,
): JsonObject {
  const byName = new Map(pairs);
  const members = Object.entries(object).map(([name, value]) => [byName.get(name) ?? name, value] as const);
  const copy: UncheckedDraft<Record<string, unknown>> = Object.fromEntries(members);
  if (copy.apiVersion !== undefined) copy.apiVersion = apiVersion;
  return copy as JsonObject;
}

/** Events are stored as the core group has them; both groups see the same ones. */
export const eventConversion: Conversion = {
  hub: eventKind,
  toHub: (objects) => objects.map((object) => toCoreEvent(object as never) as unknown as JsonObject),
  fromHub: (objects) => objects.map(toNewEvent),
};
