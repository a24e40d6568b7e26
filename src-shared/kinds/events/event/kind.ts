import { eventKind } from '../../core/event/kind.ts';
import { type Column, defineKind } from '../../define.ts';
import type { EventsEvent } from '../../wire.ts';
import { eventConversion, toCoreEvent } from './event-conversion.ts';
import { eventsEventStrategy } from './event-strategy.ts';

const columns: readonly Column<EventsEvent>[] = eventKind.columns.map((column) => ({
  ...column,
  cell: (event, nowMs) => column.cell(toCoreEvent(event), nowMs),
}));

/** What this API calls a field that the core group's events are selected by. */
function fieldName(coreField: string): string {
  if (coreField === 'reportingComponent') return 'reportingController';
  return coreField.replace(/^involvedObject\./, 'regarding.');
}

/** The same events as the core group's, by the names of the newer API. */
export const eventsEventKind = defineKind<EventsEvent>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: 'io.k8s.api.events.v1.Event',
  createsOnUpdate: true,
  conversion: eventConversion,
  strategy: eventsEventStrategy,
  columns,
  selectableFields: Object.fromEntries(
    Object.entries(eventKind.selectableFields)
      .filter(([field]) => field !== 'source')
      .map(([field, select]) => [
        fieldName(field),
        (event: Parameters<typeof toCoreEvent>[0]) => select(toCoreEvent(event)),
      ]),
  ),
  view: { section: eventKind.view.section, title: eventKind.view.title, purpose: eventKind.view.purpose },
});
