import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Operations } from '../operations/operations.ts';
import { ClusterRegistry } from '../registry.ts';
import { ClusterWork } from './cluster-work.ts';

let dataDir: string;
let operations: Operations;
let work: ClusterWork;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'slipway-work-'));
  operations = new Operations(() => undefined);
  work = new ClusterWork(await ClusterRegistry.open(dataDir, () => undefined), operations);
});
afterEach(async () => {
  await operations.close();
  rmSync(dataDir, { recursive: true });
});

const untilAborted = {
  id: 'wait',
  title: 'Wait',
  run: (_: unknown, signal: AbortSignal) =>
    new Promise<void>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
    ),
};

test('a second piece of work on the same cluster is refused, on another it is not', () => {
  work.begin('a', { title: 'Add a node', state: null, steps: [untilAborted] });
  expect(() => work.begin('a', { title: 'Remove', state: null, steps: [] })).toThrow(
    'Cluster "a" is being changed just now.',
  );
  work.begin('b', { title: 'Start', state: 'starting', steps: [] });
});

test('work that supersedes another begins when that is undone', async () => {
  const order: string[] = [];
  const first = work.begin('a', {
    title: 'Start',
    state: 'starting',
    steps: [untilAborted],
    undo: async () => void order.push('undone'),
  });
  const second = work.begin('a', {
    title: 'Stop',
    state: 'stopping',
    supersedes: ['starting'],
    steps: [{ id: 'stop', title: 'Stop', run: async () => void order.push('stopped') }],
  });
  expect((await operations.finished(second)).state).toBe('done');
  expect((await operations.finished(first)).state).toBe('cancelled');
  expect(order).toEqual(['undone', 'stopped']);
  expect(work.isBusy('a')).toBe(false);
});
