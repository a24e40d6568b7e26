/** The last `capacity` samples of several numbers taken together, oldest first. */
export class Ring {
  readonly #columns: readonly Float64Array[];
  readonly #capacity: number;
  #length = 0;
  #next = 0;

  constructor(capacity: number, width: number) {
    this.#capacity = capacity;
    this.#columns = Array.from({ length: width }, () => new Float64Array(capacity));
  }

  get length(): number {
    return this.#length;
  }

  /** Adds one sample; the oldest gives way when there is no room. */
  push(...sample: readonly number[]): void {
    for (const [index, column] of this.#columns.entries()) column[this.#next] = sample[index] ?? Number.NaN;
    this.#next = (this.#next + 1) % this.#capacity;
    this.#length = Math.min(this.#length + 1, this.#capacity);
  }

  /** A copy of one column, in order. */
  column(index: number): Float64Array {
    const column = this.#columns[index] ?? new Float64Array();
    if (this.#length < this.#capacity) return column.slice(0, this.#length);
    const ordered = new Float64Array(this.#capacity);
    ordered.set(column.subarray(this.#next));
    ordered.set(column.subarray(0, this.#next), this.#capacity - this.#next);
    return ordered;
  }
}
