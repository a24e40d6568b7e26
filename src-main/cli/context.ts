import { AppError } from '@shared/lib/app-error.ts';
import type { Command } from 'commander';
import { resolveDataDir } from '../host/data-dir.ts';
import { Connection } from './connection.ts';
import { createProgress, type OutputFormat } from './output.ts';

export interface CommandContext {
  readonly dataDir: string;
  readonly format: OutputFormat;
}

/** What the global flags say; a flag behind the subcommand wins over one before it. */
export function contextOf(command: Command): CommandContext {
  const flags: { dataDir?: string; output?: string } = {};
  for (let at: Command | null = command; at; at = at.parent) {
    const { dataDir, output } = at.opts<{ dataDir?: string; output?: string }>();
    flags.dataDir ??= dataDir as string;
    if (output !== undefined && (flags.output === undefined || flags.output === 'text'))
      flags.output = output;
  }
  if (flags.output !== 'text' && flags.output !== 'json') {
    throw new AppError({
      code: 'InvalidArgument',
      message: `There is no output format "${flags.output}".`,
      remedy: 'Use text or json.',
    });
  }
  return { dataDir: resolveDataDir(flags.dataDir), format: flags.output };
}

/** Runs `work` with a connection to the app and closes it afterwards. */
export async function withApp<T>(
  context: CommandContext,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await Connection.open(context.dataDir);
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

/**
 * Starts an operation and shows it to its end. Ctrl-C cancels it (and what was begun is undone); after
 * `timeoutMs` the command fails while the operation goes on.
 */
export async function runOperation(
  connection: Connection,
  begin: Promise<{ operationId: string }>,
  { format, timeoutMs }: { format: OutputFormat; timeoutMs?: number },
): Promise<void> {
  // Heard from the beginning: Ctrl-C must not leave behind an operation that nobody knows of yet.
  const cancel = () =>
    void begin
      .then(({ operationId }) => connection.call('operation.cancel', { operationId }))
      .catch(() => undefined); // it never began, or the app is gone: the command ends by itself
  process.once('SIGINT', cancel);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    if (timeoutMs === undefined) return;
    timer = setTimeout(
      () =>
        reject(
          new AppError({
            code: 'Timeout',
            message: `Not finished after ${timeoutMs / 1000} s; it goes on in the background.`,
            remedy: 'See "slipway cluster list", or wait longer with --wait.',
          }),
        ),
      timeoutMs,
    );
  });
  try {
    const { operationId } = await begin;
    await Promise.race([connection.follow(operationId, createProgress(format)), timeout]);
  } finally {
    clearTimeout(timer);
    process.removeListener('SIGINT', cancel);
  }
}
