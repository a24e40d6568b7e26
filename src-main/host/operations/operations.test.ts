import { AppError } from '@shared/lib/app-error.ts';
import type { Operation } from '@shared/rpc/contract.ts';
import { expect, test } from 'vitest';
import { Operations } from './operations.ts';

const states = (operation: Operation | undefined) =>
  operation?.steps.map(({ id, state }) => `${id} ${state}`);

test('steps run in order and the announced operation ends done', async () => {
  const announced: Operation[] = [];
  const operations = new Operations((operation) => announced.push(structuredClone(operation)));
  const order: string[] = [];
  const id = operations.start({
    title: 'Create cluster a',
    cluster: 'a',
    steps: [
      { id: 'one', title: 'One', run: async () => void order.push('one') },
      {
        id: 'two',
        title: 'Two',
        run: async (reporter) => {
          order.push('two');
          reporter.skip('present');
        },
      },
    ],
  });
  await operations.finished(id);
  expect(order).toEqual(['one', 'two']);
  expect(announced.at(-1)?.state).toBe('done');
  expect(states(announced.at(-1))).toEqual(['one done', 'two skipped']);
});

test('a failed step fails the operation with its error and runs the undo once', async () => {
  const operations = new Operations(() => undefined);
  let undone = 0;
  const id = operations.start({
    title: 'x',
    cluster: null,
    steps: [
      {
        id: 'one',
        title: 'One',
        run: async () => {
          throw new AppError({
            code: 'DiskFull',
            message: 'The disk is full.',
            remedy: 'Free some space.',
            detail: 'a\nb',
          });
        },
      },
      { id: 'two', title: 'Two', run: async () => undefined },
    ],
    undo: async () => {
      undone += 1;
    },
  });
  const operation = await operations.finished(id);
  expect(operation.error).toEqual({
    code: 'DiskFull',
    message: 'The disk is full.',
    remedy: 'Free some space.',
    detail: 'a\nb',
  });
  expect(states(operation)).toEqual(['one failed', 'two waiting']);
  expect(operation.steps[0]?.log).toEqual(['a', 'b']);
  expect(undone).toBe(1);
});

test('a cancelled operation stops at once, is undone, and says so', async () => {
  const operations = new Operations(() => undefined);
  let undone = false;
  const id = operations.start({
    title: 'x',
    cluster: null,
    steps: [
      {
        id: 'wait',
        title: 'Wait',
        run: (_reporter, signal) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      },
    ],
    undo: async () => {
      undone = true;
    },
  });
  operations.cancel(id);
  expect((await operations.finished(id)).state).toBe('cancelled');
  expect(undone).toBe(true);
});

test('the log of a step keeps its last two hundred lines', async () => {
  const operations = new Operations(() => undefined);
  const id = operations.start({
    title: 'x',
    cluster: null,
    steps: [
      {
        id: 'talk',
        title: 'Talk',
        run: async (reporter) => {
          for (let line = 0; line < 300; line += 1) reporter.log(String(line));
        },
      },
    ],
  });
  const { steps } = await operations.finished(id);
  expect(steps[0]?.log).toHaveLength(200);
  expect(steps[0]?.log.at(-1)).toBe('299');
});

test('what tools and containers write is kept so that it can be shown: nothing in it is obeyed, long lines are cut', async () => {
  const operations = new Operations(() => undefined);
  const id = operations.start({
    title: 'Load \u001b[2Jimage',
    cluster: null,
    steps: [
      {
        id: 'one',
        title: 'Load \u202eegami',
        run: async (reporter) => {
          reporter.note('50 %\u001b]0;owned\u0007');
          reporter.log('a\tb\u0000\r');
          reporter.log('x'.repeat(65_536));
          throw new Error('\u009b31mfailed\nbadly');
        },
      },
    ],
  });
  const { title, steps, error } = await operations.finished(id);
  expect({ title, error, step: { ...steps[0], startedAt: '', finishedAt: '' } }).toEqual({
    title: 'Load \\x1b[2Jimage',
    error: { code: 'Internal', message: '\\x9b31mfailed\\nbadly' },
    step: {
      id: 'one',
      title: 'Load \\u202eegami',
      state: 'failed',
      note: '50 %\\x1b]0;owned\\x07',
      startedAt: '',
      finishedAt: '',
      log: ['a\tb\\x00\\r', `${'x'.repeat(4096)}… (61440 more)`],
    },
  });
});
