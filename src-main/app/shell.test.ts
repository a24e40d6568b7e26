import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { toErrorBody } from '../host/error-body.ts';
import { acquireInstance, runningInstance } from '../host/instance.ts';
import { app, recordedApp, recordedWindows, resetElectron } from '../testing/electron-recorder.ts';
import { runShell, type ShellOptions } from './shell.ts';

let dataDir: string;
beforeEach(() => {
  resetElectron();
  dataDir = mkdtempSync(join(tmpdir(), 'slipway-shell-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

/** What a host is to the shell: it holds the data folder, answers at an address, and ends when told to. */
async function host(onReady: (url: string) => void, signal: AbortSignal): Promise<void> {
  const instance = acquireInstance(dataDir);
  const server = createServer((_request, response) => response.end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  instance.publish(port);
  onReady(`http://127.0.0.1:${port}/?token=${instance.token}`);
  await once(signal, 'abort');
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  instance.release();
}

const options = (): ShellOptions => ({
  dataDir,
  running: () => {
    const other = runningInstance(dataDir);
    return other && `http://127.0.0.1:${other.port}/?token=${other.token}`;
  },
  host,
  explain: (error) => toErrorBody(error).message,
});
const opened = () => vi.waitFor(() => expect(recordedWindows).toHaveLength(1), 10_000);
const status = async (url: string) => (await fetch(url)).status;

test('without a running app it runs one, which ends with the window', async () => {
  const over = runShell(options());
  await opened();
  const [url = ''] = recordedWindows[0]?.urls ?? [];
  expect(await status(url)).toBe(200);
  expect(runningInstance(dataDir)?.pid).toBe(process.pid);
  app.emit('window-all-closed');
  await over;
  expect(recordedApp.calls).toEqual(['exit']);
  expect(runningInstance(dataDir)).toBeUndefined();
  await expect(fetch(url)).rejects.toThrow();
});

test('a running app is joined, and goes on when the window is closed', async () => {
  const ended = new AbortController();
  let url = '';
  const other = host((address) => (url = address), ended.signal);
  await vi.waitFor(() => expect(url).not.toBe(''), 10_000);
  const over = runShell(options());
  await opened();
  expect(recordedWindows[0]?.urls).toEqual([url]);
  app.emit('window-all-closed');
  await over;
  expect(recordedApp.calls).toEqual(['exit']);
  expect(await status(url)).toBe(200);
  ended.abort();
  await other;
});

test('a second start on the same folder ends, and the first one’s window comes to the front', async () => {
  const over = runShell(options());
  app.emit('second-instance'); // before there is a window: nothing to show yet
  await opened();
  app.emit('second-instance');
  expect(recordedWindows).toHaveLength(1);
  expect(recordedWindows[0]?.focused).toBe(1);
  app.emit('window-all-closed');
  await over;

  resetElectron();
  recordedApp.lock = false;
  await runShell(options());
  expect(recordedApp.calls).toEqual(['quit']);
  expect(recordedWindows).toEqual([]);
});

test('the lock of a start belongs to its data folder', async () => {
  recordedApp.lock = false;
  await runShell(options());
  expect(recordedApp.paths).toEqual(new Map([['userData', join(dataDir, 'electron')]]));
});

test('what keeps it from starting is said in a box', async () => {
  const held = acquireInstance(dataDir); // an app that does not listen yet
  await runShell({ ...options(), running: () => undefined });
  expect(recordedApp.errors).toEqual([
    `Slipway cannot start: Slipway already runs on ${dataDir} (process ${process.pid}).`,
  ]);
  expect(recordedApp.calls).toEqual(['exit']);
  held.release();

  await runShell({
    ...options(),
    host: async () => {
      throw new AppError({ code: 'DiskFull', message: 'There is no space left.', remedy: 'Free some.' });
    },
  });
  expect(recordedApp.errors.at(-1)).toBe('Slipway cannot start: There is no space left.');
});
