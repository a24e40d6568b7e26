import { execFile } from 'node:child_process';
import { AppError, type AppErrorCode } from '@shared/lib/app-error.ts';

export interface ExecOptions {
  readonly cwd?: string;
  /** Replaces the environment when given. */
  readonly env?: Readonly<Record<string, string>>;
  /** Fed to the program's standard input, which is then closed. */
  readonly input?: string | Uint8Array;
  /** Ends the program with SIGTERM after this long; default: never. */
  readonly timeoutMs?: number;
  /** Ends the program with SIGTERM. */
  readonly signal?: AbortSignal;
  /** Code of the error when the program fails; default Internal. */
  readonly errorCode?: AppErrorCode;
  /** Remedy of that error. */
  readonly remedy?: string;
  /** Exit statuses that are answers rather than failures; default only 0. */
  readonly okStatuses?: readonly number[];
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

const maxOutputBytes = 64 * 1024 * 1024;
const maxDetailLength = 4000;

/**
 * Runs a program, without a shell, and answers what it printed (UTF-8). Throws AppError when it cannot be
 * started (NotFound), takes too long (Timeout), is aborted (Cancelled) or ends with another status than the
 * ones that are all right (`errorCode`); the end of its output is the error's detail.
 */
export function exec(file: string, args: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    const { cwd, env, signal, timeoutMs = 0, okStatuses = [0] } = options;
    if (signal?.aborted) return reject(cancelled(file, signal.reason));
    const child = execFile(
      file,
      [...args],
      {
        maxBuffer: maxOutputBytes,
        timeout: timeoutMs,
        windowsHide: true,
        ...(cwd !== undefined && { cwd }),
        ...(env && { env: { ...env } }),
        ...(signal && { signal }),
      },
      (error, stdout, stderr) => {
        const status = child.exitCode ?? -1;
        if (child.exitCode !== null && okStatuses.includes(status))
          return resolve({ stdout, stderr, status });
        if (signal?.aborted) return reject(cancelled(file, signal.reason));
        reject(failure({ file, args, error, output: `${stdout}${stderr}`, options }));
      },
    );
    // A program that ends without reading its input closes the pipe; its exit status tells what matters.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
  });
}

function failure(run: {
  file: string;
  args: readonly string[];
  error: (Error & { code?: string | number | null; killed?: boolean; signal?: string | null }) | null;
  output: string;
  options: ExecOptions;
}): AppError {
  const { file, args, error, output, options } = run;
  const command = [file, ...args].join(' ');
  const detail = output.trim().slice(-maxDetailLength);
  const remedy = options.remedy !== undefined && { remedy: options.remedy };
  const body = (code: AppErrorCode, message: string) =>
    new AppError({ code, message, ...remedy, ...(detail && { detail }) }, { cause: error });
  if (error?.code === 'ENOENT') return body('NotFound', `${file} cannot be run: no such program or folder`);
  if (error?.code === 'EACCES') return body('NotFound', `${file} cannot be run: permission denied`);
  if (error?.killed && options.timeoutMs)
    return body('Timeout', `${command} took longer than ${options.timeoutMs} ms`);
  const how = error?.signal
    ? `was ended by ${error.signal}`
    : `failed with exit status ${error?.code ?? 'unknown'}`;
  return body(options.errorCode ?? 'Internal', `${command} ${how}`);
}

function cancelled(file: string, cause: unknown): AppError {
  return new AppError({ code: 'Cancelled', message: `${file} was cancelled` }, { cause });
}
