import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@shared/lib/app-error.ts';
import type { ControlPlaneState } from '@shared/rpc/cluster-config.ts';
import { isProcessAlive } from '../platform/process-start.ts';
import { errorCode } from '../platform/system-error.ts';
import { readControlPlaneState } from './cluster-files.ts';
import { endOfControlPlane } from './control-plane-end.ts';
import { clusterPaths } from './data-dir.ts';

const pollMs = 20;
const stopTimeoutMs = 15_000;
const readyTimeoutMs = 120_000;
const maxLogBytes = 20 * 1024 * 1024;

/**
 * Starts the process that serves a cluster and waits until its API answers. The process is detached: it lives
 * on when whoever started it ends, and is found again through `control-plane.json`. Already running: returns
 * at once. Rejects with the process's own AppError when it refuses to start; after a failure or abort no process
 * that was started here is left.
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
  const { child, logStart } = spawnControlPlane({ clusterDir, entry, logFile });
  const exited = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(error));
    child.once('exit', (code) => {
      const happened = `The control plane ended while starting${code === null ? '' : ` (exit status ${code})`}`;
      reject(endOfControlPlane(clusterDir, { happened, logStart }));
    });
  });
  exited.catch(() => undefined); // reported through the race below while starting; later exits are the supervisor's
  const { pid } = child;
  if (pid === undefined) return exited;
  try {
    return await Promise.race([waitUntilReady({ clusterDir, pid, signal }), exited]);
  } catch (error) {
    await endProcess(pid);
    throw error;
  }
}

function spawnControlPlane(options: { clusterDir: string; entry: string; logFile: string }): {
  child: ChildProcess;
  /** Where this run's output begins in the log. */
  logStart: number;
} {
  const { clusterDir, entry, logFile } = options;
  if (existsSync(logFile) && statSync(logFile).size > maxLogBytes) renameSync(logFile, `${logFile}.old`);
  const log = openSync(logFile, 'a', 0o600);
  try {
    const logStart = statSync(logFile).size;
    const child = spawn(process.execPath, [entry, '--cluster-dir', clusterDir], {
      detached: true,
      stdio: ['ignore', log, log],
      env: childEnvironment(),
    });
    child.unref();
    return { child, logStart };
  } finally {
    closeSync(log);
  }
}

/** glibc gives back to the system what a burst leaves behind, which it would otherwise keep: some 20 MB. */
const allocator = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '262144',
  MALLOC_MMAP_THRESHOLD_: '1048576',
};

/** Electron's binary is plain Node.js when asked to be. */
function childEnvironment(): NodeJS.ProcessEnv {
  const electron = process.versions.electron === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' };
  return { ...allocator, ...process.env, NODE_ENV: process.env.NODE_ENV ?? 'production', ...electron };
}

/** Asks the process to end, and ends it by force after 15 s. Resolves once it is gone. */
export async function stopControlPlane(clusterDir: string): Promise<void> {
  const state = readControlPlaneState(clusterDir);
  if (state) await endProcess(state.pid, state.processStart);
}

/** Ends a process that hangs, by force: nothing it acknowledged is lost. Resolves once it is gone. */
export async function killControlPlane(process: ControlPlaneState, signal: AbortSignal): Promise<void> {
  const { pid, processStart } = process;
  if (isProcessAlive(pid, processStart)) signalProcess(pid, 'SIGKILL');
  while (isProcessAlive(pid, processStart)) await delay(pollMs, undefined, { signal });
}

async function endProcess(pid: number, processStart?: string): Promise<void> {
  if (!isProcessAlive(pid, processStart)) return;
  signalProcess(pid, 'SIGTERM');
  const deadline = Date.now() + stopTimeoutMs;
  while (isProcessAlive(pid, processStart)) {
    if (Date.now() > deadline) signalProcess(pid, 'SIGKILL');
    await delay(pollMs);
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error; // ESRCH: it has just ended
  }
}

async function waitUntilReady(waiting: {
  clusterDir: string;
  pid: number;
  signal: AbortSignal;
}): Promise<ControlPlaneState> {
  const { clusterDir, pid, signal } = waiting;
  const deadline = Date.now() + readyTimeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const state = readControlPlaneState(clusterDir);
    if (state?.pid === pid && (await answersReady(state.port))) return state;
    if (!isProcessAlive(pid))
      throw endOfControlPlane(clusterDir, { happened: 'The control plane ended while starting' });
    if (Date.now() > deadline) throw noAnswer(clusterDir, pid);
    await delay(pollMs, undefined, { signal });
  }
}

function noAnswer(clusterDir: string, pid: number): AppError {
  return new AppError({
    code: 'Timeout',
    message: `The control plane (process ${pid}) does not answer after ${readyTimeoutMs / 1000} s.`,
    remedy: `Stop the cluster and start it again; its log is ${clusterPaths.log(clusterDir)}.`,
  });
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
