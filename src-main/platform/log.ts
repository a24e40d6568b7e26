import { printableLine } from '@shared/lib/printable.ts';

/** An error's stack has to fit in. */
const maxValueLength = 16_384;

/** Least important first. */
const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFields = Record<string, unknown>;

/**
 * Writes log lines. Callable itself (level info), so it serves wherever a plain
 * `(message, fields?) => void` is asked for. Never throws.
 */
export interface Log {
  (message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all carry `fields` too. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  /** `json`: one JSON object per line, for files and machines; `plain`: for people's eyes. */
  readonly format: 'json' | 'plain';
  /** Lines below this level are dropped; default info. */
  readonly level?: LogLevel;
  /** Receives one whole line, newline included; default: standard error. */
  readonly write?: (line: string) => void;
  /** Milliseconds since the epoch; default the system's clock. */
  readonly now?: () => number;
  readonly fields?: LogFields;
}

export function createLog(options: LogOptions): Log {
  const { format, level = 'info', fields: always = {}, now = Date.now } = options;
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const render = format === 'json' ? jsonLine : plainLine;
  const line =
    (at: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (logLevels.indexOf(at) < logLevels.indexOf(level)) return;
      write(
        render({ time: new Date(now()).toISOString(), level: at, message, fields: { ...always, ...fields } }),
      );
    };
  return Object.assign(line('info'), {
    debug: line('debug'),
    warn: line('warn'),
    error: line('error'),
    with: (fields: LogFields) => createLog({ ...options, fields: { ...always, ...fields } }),
  });
}

interface Line {
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

function jsonLine({ time, level, message, fields }: Line): string {
  const own = { time, level, message };
  return `${toJson({ ...own, ...fields, ...own })}\n`;
}

function plainLine({ time, level, message, fields }: Line): string {
  const words = [time, level.toUpperCase().padEnd(5), printableLine(message)];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = typeof value === 'string' ? value : toJson(value);
    words.push(
      printableLine(`${key}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`, maxValueLength),
    );
  }
  return `${words.join(' ')}\n`;
}

/** JSON of anything: errors by their stack, what JSON cannot carry by its text. */
function toJson(value: unknown): string {
  const seen = new Set<unknown>();
  const text = JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member === 'bigint') return String(member);
    if (member instanceof Error) return member.stack ?? String(member);
    if (typeof member !== 'object' || member === null) return member;
    if (seen.has(member)) return '[seen above]';
    seen.add(member);
    return member;
  });
  return text ?? String(value);
}
