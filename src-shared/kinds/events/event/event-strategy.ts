import { invalid, required } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { strategyOfHub } from '../../conversion.ts';
import type { Strategy } from '../../define.ts';
import type { EventsEvent } from '../../wire.ts';
import { eventConversion } from './event-conversion.ts';

type ReadonlyEvent = Unchecked<EventsEvent>;

const hubStrategy = strategyOfHub(eventConversion) as unknown as Strategy<EventsEvent>;

/** Stricter than the core group: what is deprecated stays empty, and only the series changes. */
export const eventsEventStrategy: Strategy<EventsEvent> = {
  ...hubStrategy,
  validateCreate: (event) => [
    ...(hubStrategy.validateCreate?.(event) ?? []),
    ...checkSeries(event),
    ...(event.eventTime ? [] : [required('eventTime')]),
    ...(event.type === 'Normal' || event.type === 'Warning'
      ? []
      : [invalid('type', '', `has invalid value: ${event.type ?? ''}`)]),
    ...checkDeprecated(event),
  ],
  validateUpdate: (event, old) => [
    ...(hubStrategy.validateUpdate?.(event, old) ?? []),
    ...checkSeries(event),
    ...lasting.flatMap(([name, field]) => validateImmutable(event[name] ?? null, old[name] ?? null, field)),
  ],
};

/** What never changes, with the names that complaints use. */
const lasting = [
  ['regarding', 'involvedObject'],
  ['reason', 'reason'],
  ['note', 'message'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
  ['type', 'type'],
  ['eventTime', 'eventTime'],
  ['deprecatedSource', 'source'],
  ['action', 'action'],
  ['related', 'related'],
  ['reportingController', 'reportingController'],
  ['reportingInstance', 'reportingInstance'],
] as const;

function checkSeries({ series }: ReadonlyEvent): FieldError[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ];
}

function checkDeprecated(event: ReadonlyEvent): FieldError[] {
  const { deprecatedSource: source } = event;
  const used: string[] = [];
  if (event.deprecatedFirstTimestamp) used.push('firstTimestamp');
  if (event.deprecatedLastTimestamp) used.push('lastTimestamp');
  if (event.deprecatedCount) used.push('count');
  if (source?.component || source?.host) used.push('source');
  return used.map((field) => invalid(field, '', 'needs to be unset'));
}
