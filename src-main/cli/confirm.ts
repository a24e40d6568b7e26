import { createInterface } from 'node:readline/promises';
import { AppError } from '@shared/lib/app-error.ts';
import type { OutputFormat } from './output.ts';

/**
 * Asks on a terminal before something that cannot be undone; AppError `Cancelled` unless the answer is yes. Nobody is
 * asked where no person sits: without a terminal, with JSON output, in CI.
 */
export async function confirm(question: string, format: OutputFormat): Promise<void> {
  const { stdin, stderr, env } = process;
  if (!stdin.isTTY || !stderr.isTTY || format === 'json' || env.CI === 'true') return;
  const terminal = createInterface({ input: stdin, output: stderr });
  const given = new AbortController();
  // Ctrl-C and Ctrl-D are a no.
  terminal.once('close', () => given.abort());
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: given.signal }).catch(() => '');
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    terminal.close();
  }
  throw new AppError({
    code: 'Cancelled',
    message: 'Nothing was deleted.',
    remedy: 'Answer y, or give --yes.',
  });
}
