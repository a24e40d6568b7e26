import type { Readable } from 'node:stream';

/** One line of what the engine says while it builds, pulls, imports or loads. */
export interface EngineProgress {
  /** A line of a build's output, with its newline. */
  readonly stream?: string;
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

/**
 * Reads an engine's answer of JSON lines to its end. Rejects with an Error carrying the engine's sentence when
 * the work fails, and with the signal's reason on abort, which also ends the work in the engine.
 */
export async function followEngine(
  answer: NodeJS.ReadableStream,
  signal: AbortSignal | undefined,
  onProgress: (progress: EngineProgress) => void,
): Promise<void> {
  const source = answer as Readable;
  const onAbort = () => source.destroy();
  signal?.addEventListener('abort', onAbort, { once: true });
  let failure: string | undefined;
  try {
    for await (const line of linesOf(source)) {
      const progress = parseLine(line);
      if (!progress) continue;
      if (typeof progress.error === 'string') failure = progress.error;
      else onProgress(progress);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  signal?.throwIfAborted();
  if (failure !== undefined) throw new Error(failure);
}

/** Unlike node:readline this notices when the source breaks or is destroyed. */
async function* linesOf(source: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source) {
    const lines = (
      rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))
    ).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

function parseLine(line: string): (EngineProgress & { error?: unknown }) | undefined {
  if (line.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return { stream: `${line}\n` };
  }
}
