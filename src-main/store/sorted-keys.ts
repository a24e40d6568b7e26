import { assert } from '@shared/lib/assert.ts';

const maxChunk = 512;

/**
 * An ordered set of strings (UTF-16 code unit order, as `<` compares). A list of short sorted arrays: `add`
 * and `delete` cost two binary searches and one small splice, a walk costs nothing per key, and counting
 * a range costs the number of chunks. Good into the millions of keys.
 */
export class SortedKeys {
  /** No chunk is empty; every key of a chunk is below every key of the next. */
  #chunks: string[][] = [];
  #size = 0;

  /** From keys already sorted and distinct; far cheaper than adding them one by one. */
  static fromSorted(keys: readonly string[]): SortedKeys {
    const result = new SortedKeys();
    const half = maxChunk / 2;
    for (let start = 0; start < keys.length; start += half)
      result.#chunks.push(keys.slice(start, start + half));
    result.#size = keys.length;
    return result;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds `key`; false when it was there already. */
  add(key: string): boolean {
    if (this.#chunks.length === 0) {
      this.#chunks.push([key]);
      this.#size = 1;
      return true;
    }
    const index = Math.min(this.#chunkFor(key), this.#chunks.length - 1);
    const chunk = this.#chunk(index);
    const at = lowerBound(chunk, key);
    if (chunk[at] === key) return false;
    chunk.splice(at, 0, key);
    if (chunk.length > maxChunk) this.#chunks.splice(index + 1, 0, chunk.splice(maxChunk / 2));
    this.#size++;
    return true;
  }

  /** Removes `key`; false when it was not there. */
  delete(key: string): boolean {
    const index = this.#chunkFor(key);
    const chunk = this.#chunks[index];
    if (!chunk) return false;
    const at = lowerBound(chunk, key);
    if (chunk[at] !== key) return false;
    chunk.splice(at, 1);
    if (chunk.length === 0) this.#chunks.splice(index, 1);
    this.#size--;
    return true;
  }

  /** How many keys are below `key`. */
  rank(key: string): number {
    const index = this.#chunkFor(key);
    let rank = 0;
    for (let i = 0; i < index; i++) rank += this.#chunk(i).length;
    const chunk = this.#chunks[index];
    return chunk ? rank + lowerBound(chunk, key) : rank;
  }

  /** The first `count` keys from `key` (inclusive) on. */
  take(key: string, count: number): string[] {
    const taken: string[] = [];
    let index = this.#chunkFor(key);
    let chunk = this.#chunks[index];
    let at = chunk ? lowerBound(chunk, key) : 0;
    for (; chunk && taken.length < count; chunk = this.#chunks[++index], at = 0) {
      taken.push(...chunk.slice(at, at + count - taken.length));
    }
    return taken;
  }

  /** The keys from `start` (inclusive) to `end` (exclusive; undefined: all), for one search and a copy of them. */
  between(start: string, end: string | undefined): string[] {
    let index = this.#chunkFor(start);
    let chunk = this.#chunks[index];
    let at = chunk ? lowerBound(chunk, start) : 0;
    const found: string[] = [];
    for (; chunk; chunk = this.#chunks[++index], at = 0) {
      const last = chunk.at(-1);
      const isWhole = end === undefined || last === undefined || last < end;
      const stop = isWhole ? chunk.length : lowerBound(chunk, end);
      for (; at < stop; at++) found.push(chunk[at] ?? '');
      if (!isWhole) break;
    }
    return found;
  }

  /** The keys from `key` (inclusive) on. The set must not change during the walk. */
  *from(key: string): Generator<string, void> {
    let index = this.#chunkFor(key);
    let chunk = this.#chunks[index];
    let at = chunk ? lowerBound(chunk, key) : 0;
    for (; chunk; chunk = this.#chunks[++index], at = 0) {
      for (; at < chunk.length; at++) {
        const found = chunk[at];
        if (found !== undefined) yield found;
      }
    }
  }

  /** Index of the first chunk whose last key is not below `key`; the number of chunks when there is none. */
  #chunkFor(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = this.#chunk(middle).at(-1);
      if (last !== undefined && last < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #chunk(index: number): string[] {
    const chunk = this.#chunks[index];
    assert(chunk, 'chunk index in range');
    return chunk;
  }
}

/** Index of the first element that is not below `key`. */
function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = sorted[middle];
    if (value !== undefined && value < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The smallest string above every string that starts with `prefix`; undefined when there is none. */
export function prefixEnd(prefix: string): string | undefined {
  for (let end = prefix.length; end > 0; end--) {
    const unit = prefix.charCodeAt(end - 1);
    if (unit < 0xffff) return prefix.slice(0, end - 1) + String.fromCharCode(unit + 1);
  }
  return undefined;
}
