import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type AppErrorBody } from '@shared/lib/app-error.ts';
import type { Calls, Events, Operation } from '@shared/rpc/contract.ts';
import type { ServerFrame } from '@shared/rpc/frames.ts';
import WebSocket from 'ws';
import { type Instance, runningInstance } from '../host/instance.ts';

const startTimeoutMs = 15_000;
const openAttempts = 3;
const maxLogBytes = 5 * 1024 * 1024;

/** A connection to the app that holds the data folder. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  readonly #listeners = new Set<(operation: Operation) => void>();
  /** Told when the app ends while an operation is followed. */
  readonly #followers = new Set<(error: unknown) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(JSON.parse(String(data)) as ServerFrame));
    socket.on('close', () => {
      const lost = new AppError({
        code: 'Internal',
        message: 'Slipway ended before this was done.',
        remedy: 'See "slipway cluster list", then run the command again.',
      });
      for (const { reject } of this.#waiting.values()) reject(lost);
      for (const reject of this.#followers) reject(lost);
    });
  }

  /** Connects to the app of this data folder; starts one in the background when none runs. */
  static async open(dataDir: string): Promise<Connection> {
    for (let attempt = 1; ; attempt += 1) {
      const instance = (await waitForPort(dataDir, 0)) ?? (await startInBackground(dataDir));
      try {
        return new Connection(await openSocket(instance));
      } catch (error) {
        // An app in the background may have come to its end in this very moment: start the next one.
        if (attempt === openAttempts || runningInstance(dataDir)?.pid === instance.pid) throw error;
      }
    }
  }

  call<M extends keyof Calls>(method: M, params: Calls[M]['params']): Promise<Calls[M]['result']> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as Calls[M]['result']), reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** Follows an operation to its end, telling every change. Rejects with its error. */
  async follow(operationId: string, onChange: (operation: Operation) => void): Promise<Operation> {
    const ended = new Promise<Operation>((resolve, reject) => {
      this.#followers.add(reject);
      const listener = (operation: Operation) => {
        if (operation.id !== operationId) return;
        onChange(operation);
        if (operation.state === 'running') return;
        this.#listeners.delete(listener);
        this.#followers.delete(reject);
        resolve(operation);
      };
      this.#listeners.add(listener);
    });
    ended.catch(() => undefined); // awaited below, unless the next call fails first
    // It may have ended before the listener was there.
    const present = (await this.call('operation.list', {})).find(({ id }) => id === operationId);
    if (present) for (const listener of this.#listeners) listener(present);
    const operation = await ended;
    if (operation.error) throw new AppError(operation.error);
    return operation;
  }

  close(): void {
    this.#socket.close();
  }

  #receive(frame: ServerFrame): void {
    if ('event' in frame) {
      if (frame.event === ('operation' satisfies keyof Events))
        for (const listener of this.#listeners) listener(frame.data as Operation);
      return;
    }
    const waiting = this.#waiting.get(frame.id);
    this.#waiting.delete(frame.id);
    if ('error' in frame) waiting?.reject(new AppError(frame.error));
    else waiting?.resolve(frame.result);
  }
}

function openSocket(instance: Instance): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${instance.port}/rpc`, {
    headers: { authorization: `Bearer ${instance.token}` },
    handshakeTimeout: startTimeoutMs,
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', (error) =>
      reject(
        new AppError({
          code: 'Internal',
          message: `Slipway does not answer: ${error.message}.`,
          remedy: `End process ${instance.pid} and try again; clusters go on running.`,
        }),
      ),
    );
  });
}

/**
 * The same app without window, in a process that outlives this command; it ends once no cluster runs. What keeps
 * it from starting comes as a message, since on a full disk there is no log to read it from.
 */
async function startInBackground(dataDir: string): Promise<Instance> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const logFile = join(dataDir, 'app.log');
  if (existsSync(logFile) && statSync(logFile).size > maxLogBytes) renameSync(logFile, `${logFile}.old`);
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(
    process.execPath,
    [...process.execArgv, process.argv[1] ?? '', 'serve', '--background', '--data-dir', dataDir],
    { detached: true, stdio: ['ignore', log, log, 'ipc'] },
  );
  closeSync(log);
  let failure: AppErrorBody | undefined;
  child.on('message', (message) => {
    failure = (message as { error: AppErrorBody }).error;
  });
  const instance = await waitForPort(dataDir, startTimeoutMs, () => child.exitCode === null);
  if (child.connected) child.disconnect();
  child.unref();
  if (instance) return instance;
  throw new AppError(
    failure ?? {
      code: 'Internal',
      message: 'Slipway could not be started in the background.',
      remedy: `Look at ${logFile}.`,
    },
  );
}

/** The running app once it listens; with `timeoutMs` 0 only an app that already runs is waited for. */
async function waitForPort(
  dataDir: string,
  timeoutMs: number,
  isStarting = () => false,
): Promise<Instance | undefined> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const instance = runningInstance(dataDir);
    if (instance && instance.port !== 0) return instance;
    if (!instance && !(timeoutMs > 0 && isStarting())) return undefined;
    if (Date.now() > deadline) return undefined;
    await delay(25);
  }
}
