import { PassThrough, type Readable, type Writable } from 'node:stream';
import { type DockerEngine, dockerFailure } from './engine.ts';

export interface ExecRequest {
  readonly container: string;
  readonly command: readonly string[];
  /** Piped into the command's standard input, which then ends. */
  readonly stdin?: NodeJS.ReadableStream;
  /** Takes the command's output as it comes, and is ended with it; `stdout` of the result is then empty. */
  readonly output?: Writable;
  readonly signal?: AbortSignal | undefined;
}

/** How a command in a container ended. A code other than 0 is no error here. */
export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in a container to its end. Rejects when it cannot be run at all, or with the signal's reason. */
export async function runInContainer(engine: DockerEngine, request: ExecRequest): Promise<ExecResult> {
  const { container, command, stdin, output, signal } = request;
  signal?.throwIfAborted();
  try {
    const exec = await engine.docker.getContainer(container).exec({
      Cmd: [...command],
      AttachStdout: true,
      AttachStderr: true,
      AttachStdin: stdin !== undefined,
    });
    const connection = await exec.start({ hijack: true, stdin: stdin !== undefined });
    const onAbort = () => connection.destroy();
    signal?.addEventListener('abort', onAbort, { once: true });
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    engine.docker.modem.demuxStream(connection, stdout, stderr);
    if (output) stdout.pipe(output);
    const outputs = Promise.all([output ? '' : readAll(stdout), readAll(stderr)]);
    const ended = new Promise<void>((resolve, reject) => {
      connection.once('end', resolve).once('close', resolve).once('error', reject);
      stdin?.once('error', (error: Error) => connection.destroy(error));
    });
    if (stdin) stdin.pipe(connection);
    await ended.finally(() => {
      signal?.removeEventListener('abort', onAbort);
      stdout.end();
      stderr.end();
    });
    signal?.throwIfAborted();
    const [out, err] = await outputs;
    const { ExitCode } = await exec.inspect();
    return { exitCode: ExitCode ?? -1, stdout: out, stderr: err };
  } catch (error) {
    signal?.throwIfAborted();
    throw dockerFailure(`running ${command[0]} in ${container}`, error);
  }
}

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
