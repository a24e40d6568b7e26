/**
 * Closed list of what can go wrong outside the Kubernetes API. A code decides behaviour (exit status, the
 * remedy button in the window); the sentence is for people.
 */
export type AppErrorCode =
  | 'InvalidArgument'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Busy'
  | 'Cancelled'
  | 'Timeout'
  | 'DockerMissing'
  | 'DockerStopped'
  | 'DockerFailed'
  | 'ImageBuildFailed'
  | 'PortTaken'
  | 'DiskFull'
  | 'StateCorrupt'
  | 'AlreadyRunning'
  | 'NodeLost'
  | 'Internal';

/** What crosses the app's RPC and what `--output json` prints on failure. */
export interface AppErrorBody {
  readonly code: AppErrorCode;
  /** What happened, one sentence. */
  readonly message: string;
  /** What to do about it, one sentence, often a command. */
  readonly remedy?: string;
  /** Output of the failed step, for "Show details". */
  readonly detail?: string;
}

/** An error meant for the user: says what happened and what to do. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: AppErrorCode;
  readonly remedy: string | undefined;
  readonly detail: string | undefined;

  constructor(body: AppErrorBody, options?: { cause?: unknown }) {
    super(body.message, options);
    this.code = body.code;
    this.remedy = body.remedy;
    this.detail = body.detail;
  }

  toBody(): AppErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.remedy !== undefined && { remedy: this.remedy }),
      ...(this.detail !== undefined && { detail: this.detail }),
    };
  }
}
