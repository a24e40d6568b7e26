import { act, cleanup, render } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Age } from './age.tsx';

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime('2026-01-01T00:00:30Z');
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test('an age ticks by itself', () => {
  const { container } = render(<Age at="2026-01-01T00:00:00Z" suffix=" ago" />);
  expect(container.textContent).toBe('30s ago');
  act(() => void vi.advanceTimersByTime(5000));
  expect(container.textContent).toBe('35s ago');
});

test('all ages share one timer, which stops with the last of them', () => {
  const { unmount } = render(
    <>
      <Age at="2026-01-01T00:00:00Z" />
      <Age at="2025-01-01T00:00:00Z" />
    </>,
  );
  expect(vi.getTimerCount()).toBe(1);
  unmount();
  expect(vi.getTimerCount()).toBe(0);
});

test('no time is a dash; a clock that runs ahead never shows a negative age', () => {
  expect(render(<Age at={null} />).container.textContent).toBe('–');
  expect(render(<Age at="2026-01-01T00:05:00Z" />).container.textContent).toBe('0s');
});
