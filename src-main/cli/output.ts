import { AppError } from '@shared/lib/app-error.ts';
import { printableLine } from '@shared/lib/printable.ts';
import type { Operation, Step } from '@shared/rpc/contract.ts';
import { toErrorBody } from '../host/error-body.ts';

export type OutputFormat = 'text' | 'json';

/** Prints rows as aligned columns, or the value as JSON. */
export function printTable(format: OutputFormat, value: unknown, rows: readonly (readonly string[])[]): void {
  if (format === 'json') {
    printJson(value);
    return;
  }
  const widths: number[] = [];
  const shown = rows.map((row) => row.map((cell) => printableLine(cell)));
  for (const row of shown)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  for (const row of shown) {
    process.stdout.write(
      `${row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('   ')
        .trimEnd()}\n`,
    );
  }
}

/** Terminals obey some characters that JSON lets stand; escaped, they mean the same to every reader of JSON. */
function printJson(value: unknown): void {
  const text = JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  process.stdout.write(`${text}\n`);
}

/** One sentence on stderr (or JSON on stdout) and exit status 1. */
export function printError(error: unknown, format: OutputFormat): void {
  const body = toErrorBody(error);
  if (format === 'json') {
    printJson({ error: body });
  } else {
    process.stderr.write(`slipway: ${body.message}${body.remedy ? ` ${body.remedy}` : ''}\n`);
    if (body.detail) process.stderr.write(`${body.detail}\n`);
  }
  process.exitCode = 1;
}

/** Shows an operation's steps as they come: rewritten in place on a terminal, one plain line a step elsewhere. */
export function createProgress(format: OutputFormat): (operation: Operation) => void {
  if (format === 'json') return () => undefined;
  const stream = process.stderr;
  return stream.isTTY ? inPlace(stream) : plain(stream);
}

function plain(stream: NodeJS.WriteStream): (operation: Operation) => void {
  const said = new Set<string>();
  return (operation) => {
    for (const step of operation.steps) {
      const key = `${step.id} ${step.state}`;
      if (step.state === 'waiting' || step.state === 'running' || said.has(key)) continue;
      said.add(key);
      stream.write(`${line(step)}\n`);
    }
  };
}

function inPlace(stream: NodeJS.WriteStream): (operation: Operation) => void {
  let drawn = 0;
  return (operation) => {
    const lines = operation.steps.map(line).map((text) => text.slice(0, (stream.columns || 80) - 1));
    stream.write(
      `${drawn > 0 ? `\u001b[${drawn}A` : ''}${lines.map((text) => `\u001b[2K${text}\n`).join('')}`,
    );
    drawn = lines.length;
  };
}

const marks: Readonly<Record<Step['state'], string>> = {
  waiting: '·',
  running: '…',
  done: '✓',
  failed: '✗',
  skipped: '✓',
};

function line(step: Step): string {
  const seconds =
    step.startedAt && step.finishedAt
      ? ` (${((Date.parse(step.finishedAt) - Date.parse(step.startedAt)) / 1000).toFixed(1)} s)`
      : '';
  return printableLine(`${marks[step.state]} ${step.title}${step.note ? `: ${step.note}` : ''}${seconds}`);
}

/** Parses a whole number given as an option. */
export function parseCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new AppError({
    code: 'InvalidArgument',
    message: `"${text}" is not a whole number.`,
    remedy: 'Write digits alone, like 3.',
  });
}

/** Parses a TCP port; 0 stands for any. */
export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new AppError({
    code: 'InvalidArgument',
    message: `"${text}" is not a port.`,
    remedy: 'Give a number from 1 to 65535, or leave it out to take a free one.',
  });
}

/** Parses `120s`, `2m`, `1h` or plain seconds to milliseconds. */
export function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text);
  if (!match)
    throw new AppError({
      code: 'InvalidArgument',
      message: `"${text}" is not a duration.`,
      remedy: 'Write it like 120s or 2m.',
    });
  const factor = { s: 1000, m: 60_000, h: 3_600_000 }[match[2] ?? 's'] ?? 1000;
  return Number(match[1]) * factor;
}

/** Parses `2Gi`, `512Mi` or plain bytes. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti)?$/.exec(text);
  if (!match)
    throw new AppError({
      code: 'InvalidArgument',
      message: `"${text}" is not a size.`,
      remedy: 'Write it like 512Mi or 2Gi.',
    });
  const factor = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 }[match[2] ?? ''] ?? 1;
  return Math.round(Number(match[1]) * factor);
}
