/**
 * Paths of object keys that occur twice in one object of a JSON text: `spec.replicas`,
 * `spec.containers[0].image`. The text must be valid JSON. JSON.parse keeps the last one silently; Kubernetes
 * tells.
 */
export function duplicateKeys(text: string): string[] {
  return new Scanner(text).scan();
}

/** Where each key of a JSON text stands, by path; keys that stand there twice have two positions. */
export function keyPositions(text: string): ReadonlyMap<string, readonly number[]> {
  const positions = new Map<string, number[]>();
  new Scanner(text, (path, at) => {
    const known = positions.get(path);
    if (known) known.push(at);
    else positions.set(path, [at]);
  }).scan();
  return positions;
}

interface Frame {
  /** Keys seen so far; undefined in arrays. */
  readonly keys: Set<string> | undefined;
  key: string;
  index: number;
}

class Scanner {
  readonly #text: string;
  #at = 0;
  readonly #frames: Frame[] = [];
  readonly #found: string[] = [];
  readonly #onKey: ((path: string, at: number) => void) | undefined;

  constructor(text: string, onKey?: (path: string, at: number) => void) {
    this.#text = text;
    this.#onKey = onKey;
  }

  scan(): string[] {
    const text = this.#text;
    while (this.#at < text.length) {
      const character = text.charCodeAt(this.#at);
      if (character === 0x22) this.#string();
      else {
        this.#at += 1;
        this.#punctuation(character);
      }
    }
    return this.#found;
  }

  #punctuation(character: number): void {
    const top = this.#frames.at(-1);
    if (character === 0x7b) this.#frames.push({ keys: new Set(), key: '', index: 0 });
    else if (character === 0x5b) this.#frames.push({ keys: undefined, key: '', index: 0 });
    else if (character === 0x7d || character === 0x5d) this.#frames.pop();
    else if (character === 0x2c && top) top.index += 1;
  }

  /** Reads a string; it is a key when a colon follows. */
  #string(): void {
    const start = this.#at;
    this.#at = this.#endOfString(start);
    const top = this.#frames.at(-1);
    if (!top?.keys || !this.#colonFollows()) return;
    const raw = this.#text.slice(start, this.#at);
    const key = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
    top.key = key;
    if (top.keys.has(key)) this.#found.push(this.#path());
    this.#onKey?.(this.#path(), start);
    top.keys.add(key);
  }

  #endOfString(start: number): number {
    let end = this.#text.indexOf('"', start + 1);
    while (this.#escaped(end)) end = this.#text.indexOf('"', end + 1);
    return end + 1;
  }

  #escaped(quote: number): boolean {
    let backslashes = 0;
    while (this.#text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes += 1;
    return backslashes % 2 === 1;
  }

  #colonFollows(): boolean {
    let at = this.#at;
    while (this.#text.charCodeAt(at) <= 0x20) at += 1;
    return this.#text.charCodeAt(at) === 0x3a;
  }

  #path(): string {
    let path = '';
    for (const frame of this.#frames) {
      if (!frame.keys) path += `[${frame.index}]`;
      else path += path === '' ? frame.key : `.${frame.key}`;
    }
    return path;
  }
}
