import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processStart } from '../platform/process-start.ts';
import { acquireInstance, runningInstance } from './instance.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'slipway-instance-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

test('a second app on the same data folder is refused and told which process holds it', () => {
  const first = acquireInstance(dataDir);
  first.publish(4000);
  expect(runningInstance(dataDir)).toEqual({
    pid: process.pid,
    started: processStart(process.pid),
    port: 4000,
    token: first.token,
  });
  expect(() => acquireInstance(dataDir)).toThrow(
    `Slipway already runs on ${dataDir} (process ${process.pid}).`,
  );
  first.release();
  expect(runningInstance(dataDir)).toBeUndefined();
});

test('what a crashed app left behind does not stand in the way', () => {
  writeFileSync(join(dataDir, 'app.json'), JSON.stringify({ pid: 2 ** 22 + 1, port: 1, token: 'x' }));
  expect(runningInstance(dataDir)).toBeUndefined();
  writeFileSync(join(dataDir, 'app.json'), '{"pid": 1');
  const instance = acquireInstance(dataDir);
  instance.release();
});

test.runIf(process.platform === 'linux')('another program with the id of a former app is not the app', () => {
  const former = { pid: process.pid, started: 'an earlier boot:1', port: 4000, token: 'x' };
  writeFileSync(join(dataDir, 'app.json'), JSON.stringify(former));
  expect(runningInstance(dataDir)).toBeUndefined();
  acquireInstance(dataDir).release();
});

test('nothing but app.json is left in the folder', () => {
  writeFileSync(join(dataDir, 'app.json'), 'stale');
  const instance = acquireInstance(dataDir);
  instance.publish(1);
  expect(() => acquireInstance(dataDir)).toThrow();
  expect(readdirSync(dataDir)).toEqual(['app.json']);
  instance.release();
});

test('only the user can read the token', () => {
  const instance = acquireInstance(dataDir);
  instance.publish(1);
  expect(statSync(join(dataDir, 'app.json')).mode & 0o777).toBe(0o600);
  instance.release();
});
