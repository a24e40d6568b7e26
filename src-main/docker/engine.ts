import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { AppError } from '@shared/lib/app-error.ts';
import type { DockerState } from '@shared/rpc/contract.ts';
import type Docker from 'dockerode';

/** A Docker engine that answered. */
export interface DockerEngine {
  readonly docker: Docker;
  /** Engine version, e.g. `28.2.2`. */
  readonly version: string;
  /** Debian's name of the engine's architecture, e.g. `amd64`, `arm64`. */
  readonly architecture: string;
}

/**
 * Connects to the engine at DOCKER_HOST or, without it, at the first of the usual sockets that answers.
 * Rejects with `AppError` DockerMissing or DockerStopped and the command that helps.
 */
export async function connectDocker(): Promise<DockerEngine> {
  const attempt = await probe();
  if ('engine' in attempt) return attempt.engine;
  const { state, message, remedy } = attempt.failure;
  throw new AppError({ code: state === 'missing' ? 'DockerMissing' : 'DockerStopped', message, remedy });
}

/** Whether Docker can be used now, and what to do when not. Never rejects. */
export async function dockerState(): Promise<DockerState> {
  const attempt = await probe();
  return 'engine' in attempt ? { state: 'running', version: attempt.engine.version } : attempt.failure;
}

/**
 * Resolves to true when the engine that answers now goes away, however soon it is back: its stream of events breaks
 * then. False when none answers, or the signal aborts. Never rejects.
 */
export async function untilEngineGone(signal: AbortSignal): Promise<boolean> {
  try {
    const { docker } = await connectDocker();
    // Of the daemon alone, which has next to nothing to say: what counts is the end.
    const events = (await docker.getEvents({ filters: { type: ['daemon'] } })) as Readable;
    const end = () => events.destroy();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    await new Promise<void>((resolve) => {
      events.once('close', resolve).once('error', () => resolve());
      events.resume();
    });
    signal.removeEventListener('abort', end);
    return !signal.aborted;
  } catch {
    return false; // no engine: whoever asks how Docker fares says so
  }
}

/** Turns a refusal of the engine into an AppError; AppErrors and aborts pass through unchanged. */
export function dockerFailure(doing: string, cause: unknown): unknown {
  if (cause instanceof AppError || isAbort(cause)) return cause;
  const detail = engineMessage(cause);
  const code = connectErrorCode(cause);
  if (code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ECONNRESET' || code === 'EPIPE') {
    return new AppError({ ...failureFor(code), detail }, { cause });
  }
  if (isNoSpace(detail)) return diskFull(detail, cause);
  return new AppError(
    { code: 'DockerFailed', message: `Docker failed while ${doing}: ${detail}`, detail },
    { cause },
  );
}

/** The error for a disk without room, which Docker and mmdebstrap report in their own words. */
export function diskFull(detail: string, cause?: unknown): AppError {
  return new AppError(
    {
      code: 'DiskFull',
      message: 'There is no space left on the disk where Docker keeps images and nodes.',
      remedy:
        'Free at least 2 GB there, for example with `docker system prune`, and try again; clusters lose nothing.',
      detail,
    },
    { cause },
  );
}

/** Whether an engine's or a tool's output says that the disk is full. */
export const isNoSpace = (text: string): boolean =>
  /no space left on device|ENOSPC|disk quota exceeded/i.test(text);

/** HTTP status of an engine's refusal; undefined for other errors. */
export function engineStatus(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** The engine's own words, without the HTTP prefix that the client library puts before them. */
export function engineMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const body = 'json' in error ? error.json : undefined;
  if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message);
  return error.message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
}

/** Whether this error is only the caller's own abort coming back. */
const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || ('code' in error && error.code === 'ABORT_ERR'));

type Attempt = { engine: DockerEngine } | { failure: Exclude<DockerState, { state: 'running' }> };

async function probe(): Promise<Attempt> {
  // A quarter of a second to load: not before something asks for Docker.
  const { default: Docker } = await import('dockerode');
  let worst = '';
  for (const options of candidates()) {
    try {
      const { Version, Arch } = await new Docker({ ...options, timeout: probeTimeoutMs }).version();
      return { engine: { docker: new Docker(options), version: Version, architecture: Arch } };
    } catch (error) {
      const code = connectErrorCode(error);
      if (code === 'EACCES' || code === 'EPERM' || (code !== 'ENOENT' && worst === '')) worst = code;
    }
  }
  if (worst === 'EACCES' || worst === 'EPERM') {
    return {
      failure: {
        state: 'forbidden',
        message: 'This user may not use the Docker engine.',
        remedy: 'Run `sudo usermod -aG docker $USER`, then log out and in again.',
      },
    };
  }
  const { code, message, remedy } = failureFor(worst === '' ? 'ENOENT' : worst);
  return { failure: { state: code === 'DockerMissing' ? 'missing' : 'stopped', message, remedy } };
}

const probeTimeoutMs = 5000;

/** Where engines are looked for; no options: what DOCKER_HOST names, or the named pipe of Windows. */
function candidates(): { socketPath?: string }[] {
  if (process.env.DOCKER_HOST || process.platform === 'win32') return [{}];
  const home = homedir();
  const sockets = [
    '/var/run/docker.sock',
    ...(process.env.XDG_RUNTIME_DIR ? [join(process.env.XDG_RUNTIME_DIR, 'docker.sock')] : []),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    join(home, '.colima/default/docker.sock'),
    join(home, '.orbstack/run/docker.sock'),
  ];
  return sockets.map((socketPath) => ({ socketPath }));
}

function failureFor(code: string): {
  code: 'DockerMissing' | 'DockerStopped';
  message: string;
  remedy: string;
} {
  if (code === 'ENOENT') {
    return {
      code: 'DockerMissing',
      message: 'No Docker engine was found on this machine.',
      remedy:
        process.platform === 'linux'
          ? 'Run `sudo node scripts/docker.mjs --yes`, or install Docker by your package manager and start it.'
          : 'Install Docker Desktop from https://docs.docker.com/get-started/get-docker and start it.',
    };
  }
  return {
    code: 'DockerStopped',
    message: 'The Docker engine does not answer.',
    remedy:
      process.platform !== 'linux'
        ? 'Start Docker Desktop.'
        : `Start it with \`sudo ${existsSync('/run/systemd/system') ? 'systemctl start docker' : 'service docker start'}\`.`,
  };
}

function connectErrorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
