import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { afterEach, expect, test } from 'vitest';
import { createManualClock } from '../../src-main/testing/manual-clock.ts';
import { eventually, startWorld, type World } from '../../src-main/testing/world.ts';
import { ApiError } from '../api/status.ts';
import { type Controller, defineController, defineLoop } from './define.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** Marks every ConfigMap of the default namespace; `before` may interfere. */
function marker(before: (name: string, attempt: number) => void): Controller {
  const attempts = new Map<string, number>();
  return defineController({
    name: 'marker',
    for: configMapKind,
    async reconcile({ namespace, name }, { client, informer }) {
      const found = informer(configMapKind).get(namespace, name);
      if (namespace !== 'default' || !found || found.data?.marked) return undefined;
      const attempt = (attempts.get(name) ?? 0) + 1;
      attempts.set(name, attempt);
      before(name, attempt);
      await client.patch(
        configMapKind,
        { namespace, name },
        { type: 'merge', body: { data: { marked: 'yes' } } },
      );
      // The informer shows our own write at once.
      expect(informer(configMapKind).get(namespace, name)?.data?.marked).toBe('yes');
      return undefined;
    },
  });
}

const create = (name: string) =>
  world?.client.create(configMapKind, { metadata: { name, namespace: 'default' } });
const marked = (name: string) => {
  if (!world) throw new Error('no world');
  return eventually(world.client, configMapKind, {
    namespace: 'default',
    until: (all) => all.some(({ metadata, data }) => metadata?.name === name && data?.marked),
  });
};

test('a controller sees its own writes before its next step', async () => {
  world = await startWorld({ controllers: [marker(() => undefined)] });
  await create('a');
  await marked('a');
  expect(world.logged).toEqual([]);
});

test('a failing reconcile is retried, logged and counted; a conflict is not logged', async () => {
  world = await startWorld({
    controllers: [
      marker((_, attempt) => {
        if (attempt === 1) throw new Error('out of luck');
        if (attempt === 2) throw ApiError.of('Conflict', 'somebody was faster');
      }),
    ],
  });
  await create('a');
  await marked('a');
  expect(world.metrics.snapshot().marker).toMatchObject({ errors: 2, restarts: 0 });
  expect(world.logged).toHaveLength(1);
  expect(world.logged[0]).toContain('out of luck');
});

test('a key that keeps failing does not hold up the others', async () => {
  world = await startWorld({
    controllers: [
      marker((name) => {
        if (name === 'bad') throw new Error('never');
      }),
    ],
  });
  await create('bad');
  await create('good');
  await marked('good');
});

test('a loop that crashes is reported and started again after a while', async () => {
  const clock = createManualClock();
  let runs = 0;
  const started: (() => void)[] = [];
  const secondRun = new Promise<void>((resolve) => started.push(resolve));
  const loop = defineLoop({
    name: 'fragile',
    async run(_, signal) {
      runs += 1;
      if (runs === 1) throw new Error('crashed on purpose');
      started[0]?.();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  });
  world = await startWorld({ clock, controllers: [loop] });
  await new Promise((resolve) => setImmediate(resolve));
  expect([runs, world.metrics.of('fragile').restarts]).toEqual([1, 1]);
  expect(world.logged[0]).toContain('crashed on purpose');
  clock.advance(2000);
  await secondRun;
  expect(runs).toBe(2);
});

test('stopping waits for the reconcile in progress and begins no other', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let entered: () => void = () => undefined;
  const inside = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const done: string[] = [];
  const slow = defineController({
    name: 'slow',
    for: configMapKind,
    concurrency: 1,
    async reconcile({ namespace, name }, { client }) {
      if (namespace !== 'default') return undefined;
      entered();
      await held;
      await client.patch(
        configMapKind,
        { namespace, name },
        { type: 'merge', body: { data: { done: 'yes' } } },
      );
      done.push(name);
      return undefined;
    },
  });
  world = await startWorld({ controllers: [slow] });
  await create('a');
  await inside;
  await create('b');
  const closing = world.close();
  world = undefined;
  release();
  await closing;
  expect(done).toEqual(['a']);
});
