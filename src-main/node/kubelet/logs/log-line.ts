/** One record of a CRI log file: `2026-11-21T02:14:25.589429417Z stdout F text`. */
export interface LogRecord {
  readonly timestamp: string;
  readonly stream: string;
  /** The text goes on in the next record of the stream. */
  readonly isPartial: boolean;
  readonly text: Buffer;
}

/** Undefined when the line is not a whole record, e.g. after a crash. `line` comes without its newline. */
export function parseLogLine(line: Buffer): LogRecord | undefined {
  const first = line.indexOf(0x20);
  const second = line.indexOf(0x20, first + 1);
  if (first < 0 || second < 0) return undefined;
  const third = line.indexOf(0x20, second + 1);
  const tagsEnd = third < 0 ? line.length : third;
  return {
    timestamp: line.toString('latin1', 0, first),
    stream: line.toString('latin1', first + 1, second),
    isPartial: line.toString('latin1', second + 1, tagsEnd).split(':')[0] === 'P',
    text: line.subarray(Math.min(line.length, tagsEnd + 1)),
  };
}

/** What a reader wants to see of a log; the API's PodLogOptions. */
export interface LogOptions {
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** Records before this time are left out; milliseconds since the epoch. */
  readonly sinceMs: number | undefined;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly stream: 'All' | 'Stdout' | 'Stderr';
}

/** Turns raw lines of a log file into what the reader gets to see. One per reader. */
export class LogFormatter {
  readonly #options: LogOptions;
  #bytesLeft: number;
  /** Streams in the middle of a line. */
  readonly #open = new Set<string>();

  constructor(options: LogOptions) {
    this.#options = options;
    this.#bytesLeft = options.limitBytes ?? Number.POSITIVE_INFINITY;
  }

  get isFull(): boolean {
    return this.#bytesLeft <= 0;
  }

  /** Empty when the record is not to be shown. */
  format(line: Buffer): Buffer {
    const record = parseLogLine(line);
    if (!record || !this.#isWanted(record)) return Buffer.alloc(0);
    const isContinued = this.#open.has(record.stream);
    if (record.isPartial) this.#open.add(record.stream);
    else this.#open.delete(record.stream);
    const parts = [
      ...(this.#options.timestamps && !isContinued ? [Buffer.from(`${record.timestamp} `)] : []),
      record.text,
      ...(record.isPartial ? [] : [Buffer.from('\n')]),
    ];
    const whole = Buffer.concat(parts);
    const shown = whole.length > this.#bytesLeft ? whole.subarray(0, this.#bytesLeft) : whole;
    this.#bytesLeft -= shown.length;
    return shown;
  }

  #isWanted({ stream, timestamp }: LogRecord): boolean {
    const { stream: wanted, sinceMs } = this.#options;
    if (wanted !== 'All' && stream !== wanted.toLowerCase()) return false;
    return sinceMs === undefined || Date.parse(timestamp) >= sinceMs;
  }
}
