import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type AppErrorBody } from '@shared/lib/app-error.ts';
import type { ControlPlaneState } from '@shared/rpc/cluster-config.ts';
import { readControlPlaneState } from './cluster-files.ts';
import { clusterPaths } from './data-dir.ts';
import { isAlive } from './instance.ts';

const pollMs = 20;
const stopTimeoutMs = 15_000;

/**
 * Starts the process that serves a cluster and waits until its API answers. The process is detached: it lives
 * on when whoever started it ends, and is found again through `control-plane.json`. Already running: returns
 * at once. Rejects with the process's own AppError when it refuses to start.
 */
export async function startControlPlane(options: {
  clusterDir: string;
  entry: string;
  signal: AbortSignal;
}): Promise<ControlPlaneState> {
  const { clusterDir, entry, signal } = options;
  const running = readControlPlaneState(clusterDir);
  if (running) return waitUntilReady({ clusterDir, pid: running.pid, signal });

  const logFile = clusterPaths.log(clusterDir);
  const log = openSync(logFile, 'a');
  const logStart = statSync(logFile).size;
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, ['--enable-source-maps', entry, '--cluster-dir', clusterDir], {
      detached: true,
      stdio: ['ignore', log, log],
      env: childEnvironment(),
    });
  } finally {
    closeSync(log);
  }
  child.unref();
  const exited = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(error));
    child.once('exit', (code) => reject(startFailure(logFile, { logStart, code })));
  });
  exited.catch(() => undefined); // reported through the race below while starting; later exits are the supervisor's
  const { pid } = child;
  if (pid === undefined) return exited;
  return Promise.race([waitUntilReady({ clusterDir, pid, signal }), exited]);
}

/** Electron's binary is plain Node.js when asked to be. */
function childEnvironment(): NodeJS.ProcessEnv {
  const electron = process.versions.electron === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' };
  return { ...process.env, NODE_ENV: process.env.NODE_ENV ?? 'production', ...electron };
}

/** Asks the process to end, and ends it by force after 15 s. Resolves once it is gone. */
export async function stopControlPlane(clusterDir: string): Promise<void> {
  const state = readControlPlaneState(clusterDir);
  if (!state) return;
  signalProcess(state.pid, 'SIGTERM');
  const deadline = Date.now() + stopTimeoutMs;
  while (isAlive(state.pid)) {
    if (Date.now() > deadline) signalProcess(state.pid, 'SIGKILL');
    await delay(pollMs);
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ESRCH: it has just ended
  }
}

async function waitUntilReady(waiting: {
  clusterDir: string;
  pid: number;
  signal: AbortSignal;
}): Promise<ControlPlaneState> {
  const { clusterDir, pid, signal } = waiting;
  for (;;) {
    signal.throwIfAborted();
    const state = readControlPlaneState(clusterDir);
    if (state?.pid === pid && (await answersReady(state.port))) return state;
    if (!isAlive(pid)) throw startFailure(clusterPaths.log(clusterDir), { logStart: 0, code: null });
    await delay(pollMs, undefined, { signal });
  }
}

/** `/readyz` is open to everyone and tells nothing secret, so the certificate need not be checked here. */
function answersReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(
      { host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, timeout: 2000 },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    );
    probe.on('error', () => resolve(false));
    probe.on('timeout', () => probe.destroy());
    probe.end();
  });
}

/** What the process wrote before it ended: its last JSON error line, else the tail of its log. */
function startFailure(
  logFile: string,
  { logStart, code }: { logStart: number; code: number | null },
): AppError {
  const lines = readFileSync(logFile).subarray(logStart).toString('utf8').trimEnd().split('\n');
  for (const line of lines.toReversed()) {
    const body = parseErrorLine(line);
    if (body) return new AppError(body);
  }
  return new AppError({
    code: 'Internal',
    message: `The control plane ended while starting${code === null ? '' : ` (exit status ${code})`}.`,
    remedy: `Look at ${logFile}.`,
    detail: lines.slice(-20).join('\n'),
  });
}

function parseErrorLine(line: string): AppErrorBody | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { error } = value as { error?: AppErrorBody };
    return typeof error?.code === 'string' && typeof error.message === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}
