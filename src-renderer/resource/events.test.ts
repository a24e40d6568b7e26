import { expect, test } from 'vitest';
import { newestFirst } from './events.ts';

test('the newest event comes first, within a second the one written last', () => {
  const event = (reason: string, lastTimestamp: string, resourceVersion: string) => ({
    reason,
    lastTimestamp,
    involvedObject: {},
    metadata: { resourceVersion },
  });
  const events = [
    event('Scheduled', '2026-01-01T00:00:01Z', '98'),
    event('Pulled', '2026-01-01T00:00:02Z', '99'),
    event('Started', '2026-01-01T00:00:02Z', '101'),
    event('Created', '2026-01-01T00:00:02Z', '100'),
  ];
  expect(newestFirst(events).map(({ reason }) => reason)).toEqual([
    'Started',
    'Created',
    'Pulled',
    'Scheduled',
  ]);
});
