/** One line of one source. */
export interface LogLine {
  /** Grows by one with every line of this buffer; stable while others are dropped. */
  readonly id: number;
  /** Index of the source in the order of first appearance. */
  readonly source: number;
  /** RFC 3339 with nanoseconds, '' when the server sent none. */
  readonly time: string;
  readonly text: string;
  /** A remark of the window's own (reconnected, ended), not the container's. */
  readonly remark?: boolean;
}

export type NewLine = Omit<LogLine, 'id'>;

/**
 * Keeps the last lines of all sources in the order of arrival: at most `capacity` of them with at most
 * `maxCharacters`. Lines that arrive together are merged by time, so that the first pages of several containers read
 * as one log.
 */
export class LogBuffer {
  readonly capacity: number;
  readonly #maxCharacters: number;
  #lines: LogLine[] = [];
  #nextId = 0;
  #dropped = 0;
  #characters = 0;

  constructor(capacity: number, maxCharacters = 32 * 1024 * 1024) {
    this.capacity = capacity;
    this.#maxCharacters = maxCharacters;
  }

  /** How many lines were dropped to make room. */
  get dropped(): number {
    return this.#dropped;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** Adds a batch; `lines` is replaced by a new array, so that it can be compared by identity. */
  add(batch: readonly NewLine[]): void {
    if (batch.length === 0) return;
    const sorted = mergeByTime(batch);
    const added = sorted.map((line) => {
      this.#nextId += 1;
      return { ...line, id: this.#nextId };
    });
    const all = this.#lines.concat(added);
    for (const { text } of added) this.#characters += text.length;
    let excess = 0;
    for (const { text } of all) {
      if (all.length - excess <= this.capacity && this.#characters <= this.#maxCharacters) break;
      this.#characters -= text.length;
      excess += 1;
    }
    this.#dropped += excess;
    this.#lines = excess > 0 ? all.slice(excess) : all;
  }

  clear(): void {
    this.#lines = [];
    this.#characters = 0;
    this.#dropped = 0;
  }
}

/** Sorted by time where times are known; lines without one stay behind their predecessor. */
function mergeByTime(batch: readonly NewLine[]): NewLine[] {
  let last = '';
  const keyed = batch.map((line, index) => {
    if (line.time !== '') last = line.time;
    return { line, index, time: line.time || last };
  });
  keyed.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.index - b.index));
  return keyed.map(({ line }) => line);
}

/** Splits `2026-01-01T00:00:00.123456789Z text` into its parts; a line without a time is all text. */
export function splitTimestamp(line: string): { time: string; text: string } {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/.exec(line);
  return match?.[1] === undefined
    ? { time: '', text: line }
    : { time: match[1], text: line.slice(match[0].length) };
}

const escapeCharacter = String.fromCharCode(27);
const bell = String.fromCharCode(7);
const delete_ = String.fromCharCode(127);
/** All but the tab. */
const controlPattern = new RegExp(
  `[${String.fromCharCode(0)}-${String.fromCharCode(8)}${String.fromCharCode(10)}-${String.fromCharCode(31)}${delete_}]`,
  'g',
);
const ansiPattern = new RegExp(
  `${escapeCharacter}(?:\\[[0-9;?]*[ -/]*[@-~]|\\][^${bell}]*(?:${bell}|${escapeCharacter}\\\\)|[@-_])`,
  'g',
);

/**
 * What a terminal would have left of a line: colour codes and other sequences have no meaning here, a carriage return
 * writes over what stood before it (progress bars), other control characters are shown by their symbols.
 */
export function readableText(raw: string): string {
  const text = raw.includes(escapeCharacter) ? raw.replace(ansiPattern, '') : raw;
  const last = text.slice(text.lastIndexOf('\r', text.length - 2) + 1);
  return last.replace(controlPattern, (character) =>
    String.fromCharCode(character === delete_ ? 0x2421 : 0x2400 + character.charCodeAt(0)),
  );
}

/** Longer lines are told as several. */
const longestLine = 256 * 1024;

/** Turns bytes that may be cut anywhere into whole lines. */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  #rest = '';

  push(chunk: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    const rest = lines.pop() ?? '';
    if (rest.length >= longestLine) lines.push(rest);
    this.#rest = rest.length >= longestLine ? '' : rest;
    return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  }

  /** What came after the last line break, if anything. */
  flush(): string[] {
    const rest = this.#rest + this.#decoder.decode();
    this.#rest = '';
    return rest === '' ? [] : [rest];
  }
}
