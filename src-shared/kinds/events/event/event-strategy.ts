import { invalid, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { strategyOfHub } from '../../conversion.ts';
import type { Strategy } from '../../define.ts';
import type { EventsEvent } from '../../wire.ts';
import { eventConversion } from './event-conversion.ts';

type ReadonlyEvent = Unchecked<EventsEvent>;

const hubStrategy = strategyOfHub(eventConversion) as unknown as Strategy<EventsEvent>;

/**
 * Stricter than the core group when it is created: what is deprecated stays empty. Updates are as free as there:
 * Kubernetes has checks that nothing but the series changes, but compares the event with itself, and its conformance
 * tests patch the note.
 */
export const eventsEventStrategy: Strategy<EventsEvent> = {
  ...hubStrategy,
  validate: (event) =>
    (hubStrategy.validate?.(event) ?? []).map((error) =>
      error.field === 'reportingComponent' ? { ...error, field: 'reportingController' } : error,
    ),
  validateCreate: (event) => [
    ...(hubStrategy.validateCreate?.(event) ?? []),
    ...checkSeries(event),
    ...(event.eventTime ? [] : [required('eventTime')]),
    ...(event.type === 'Normal' || event.type === 'Warning'
      ? []
      : [invalid('type', '', `has invalid value: ${event.type ?? ''}`)]),
    ...checkDeprecated(event),
  ],
};

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
