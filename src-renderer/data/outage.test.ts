import { ApiError } from '@shared/api/status.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createOutage, isOutage } from './outage.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const refused = new TypeError('Failed to fetch');
const status = (code: number) =>
  new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, message: 'x' });

test('a failure begins asking, an answer ends it, and those who wait hear of it once', async () => {
  let answers = false;
  const probe = vi.fn(async () => {
    if (!answers) throw refused;
  });
  const onBack = vi.fn();
  const outage = createOutage({ clock: systemClock, probe, onBack });
  outage.failed();
  outage.failed();
  expect(outage.reachable.get()).toBe(false);
  await vi.advanceTimersByTimeAsync(2000);
  expect(probe).toHaveBeenCalledTimes(4);
  expect(onBack).not.toHaveBeenCalled();
  answers = true;
  await vi.advanceTimersByTimeAsync(500);
  expect(outage.reachable.get()).toBe(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([probe.mock.calls.length, onBack.mock.calls.length]).toEqual([5, 1]);
});

test('a refusal is an answer, an unknown address is none', async () => {
  const onBack = vi.fn();
  const away = createOutage({ clock: systemClock, probe: () => Promise.reject(status(404)), onBack });
  away.failed();
  await vi.advanceTimersByTimeAsync(5000);
  expect(onBack).not.toHaveBeenCalled();
  const outage = createOutage({ clock: systemClock, probe: () => Promise.reject(status(403)), onBack });
  outage.failed();
  await vi.advanceTimersByTimeAsync(500);
  expect(onBack).toHaveBeenCalledOnce();
});

test('what counts as nobody there', () => {
  expect([refused, new TypeError('network: the stream broke off'), status(503)].map(isOutage)).toEqual([
    true,
    true,
    true,
  ]);
  expect([status(404), status(500), new TypeError('x is not a function')].map(isOutage)).toEqual([
    false,
    false,
    false,
  ]);
});
