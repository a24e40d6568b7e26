import { describe, expect, it } from 'vitest';
import { createErrors, row, secondsAgo, updateErrors } from '../../testing.ts';
import type { EventsEvent } from '../../wire.ts';
import { eventConversion } from './event-conversion.ts';
import { eventsEventKind } from './kind.ts';

const event = (fields: Partial<EventsEvent> = {}): EventsEvent => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name: 'a', namespace: 'b' },
  eventTime: secondsAgo(60),
  reportingController: 'example.com/controller',
  reportingInstance: 'controller-1',
  action: 'Bind',
  reason: 'Bound',
  type: 'Normal',
  note: 'It is bound.',
  regarding: { kind: 'Pod', name: 'web', namespace: 'b' },
  ...fields,
});

describe('events of the newer API', () => {
  it('are stored by the names of the core group, and come back as they were', async () => {
    const object = event({ deprecatedCount: 3, deprecatedSource: { component: 'kubelet' } });
    const [stored] = await eventConversion.toHub([object as never]);
    expect(stored).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'a', namespace: 'b' },
      eventTime: secondsAgo(60),
      reportingComponent: 'example.com/controller',
      reportingInstance: 'controller-1',
      action: 'Bind',
      reason: 'Bound',
      type: 'Normal',
      message: 'It is bound.',
      involvedObject: { kind: 'Pod', name: 'web', namespace: 'b' },
      count: 3,
      source: { component: 'kubelet' },
    });
    expect(await eventConversion.fromHub([stored as never])).toEqual([object]);
  });

  it('say when, by whom and of what', () => {
    expect(createErrors(eventsEventKind, event())).toEqual([]);
    const { eventTime: _, ...timeless } = event({
      type: 'Alarm',
      series: { count: 1, lastObservedTime: '' },
    });
    expect(createErrors(eventsEventKind, timeless as EventsEvent)).toEqual([
      'series.count: Invalid value: "": should be at least 2',
      'series.lastObservedTime: Required value',
      'eventTime: Required value',
      'type: Invalid value: "": has invalid value: Alarm',
    ]);
  });

  it('leave empty what is deprecated', () => {
    const old = {
      deprecatedCount: 3,
      deprecatedSource: { component: 'kubelet' },
      deprecatedFirstTimestamp: secondsAgo(5),
      deprecatedLastTimestamp: secondsAgo(5),
    };
    expect(createErrors(eventsEventKind, event(old))).toEqual(
      ['firstTimestamp', 'lastTimestamp', 'count', 'source'].map(
        (field) => `${field}: Invalid value: "": needs to be unset`,
      ),
    );
  });

  it('change as freely as in the core group', () => {
    const series = { count: 2, lastObservedTime: secondsAgo(1) };
    expect(
      updateErrors(eventsEventKind, event({ series, note: 'Else.', action: 'Unbind' }), event()),
    ).toEqual([]);
  });

  it('look the same in tables, and are found by their own names of the same fields', () => {
    expect(row(eventsEventKind.columns, event())).toMatchObject({
      'Last Seen': secondsAgo(60),
      Type: 'Normal',
      Reason: 'Bound',
      Object: 'pod/web',
      Message: 'It is bound.',
    });
    expect(eventsEventKind.selectableFields['regarding.name']?.(event())).toBe('web');
  });
});
