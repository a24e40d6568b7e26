const keptBytes = 256 * 1024;

/**
 * Writes the protobuf wire format from its end to its beginning: when a message is complete its length is known,
 * so nothing is measured twice or copied. Fields are written in the reverse of the order in which they shall stand.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
export class BackwardWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #at = this.#bytes.length;

  /** How many bytes stand so far; what was written since is `size - before`. */
  get size(): number {
    return this.#bytes.length - this.#at;
  }

  /** Closes a length-delimited field: the length of all that was written since `before`, and the field's tag. */
  delimit(number: number, before: number): void {
    this.varint(this.size - before);
    this.varint(number * 8 + 2);
  }

  text(number: number, value: string): void {
    const length = Buffer.byteLength(value);
    this.#reserve(length);
    this.#at -= length;
    this.#bytes.write(value, this.#at, length, 'utf8');
    this.varint(length);
    this.varint(number * 8 + 2);
  }

  bytes(number: number, value: Uint8Array): void {
    this.raw(value);
    this.varint(value.byteLength);
    this.varint(number * 8 + 2);
  }

  /** Bytes as they are, without tag or length. */
  raw(value: Uint8Array): void {
    this.#reserve(value.byteLength);
    this.#at -= value.byteLength;
    this.#bytes.set(value, this.#at);
  }

  /** An int32, int64 or bool; beyond 2^53 what the double says. */
  integer(number: number, value: number): void {
    this.varint(value);
    this.varint(number * 8);
  }

  double(number: number, value: number): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#bytes.writeDoubleLE(value, this.#at);
    this.varint(number * 8 + 1);
  }

  varint(value: number): void {
    if (value >= 0 && value < 0x80) {
      this.#reserve(1);
      this.#bytes[--this.#at] = value;
      return;
    }
    if (value >= 0 && value < 0x8000_0000) this.#small(value);
    else this.#large(BigInt.asUintN(64, BigInt(Math.trunc(value))));
  }

  #small(value: number): void {
    const length = value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
    this.#reserve(length);
    this.#at -= length;
    let rest = value;
    for (let index = 0; index < length - 1; index++, rest >>>= 7)
      this.#bytes[this.#at + index] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#at + length - 1] = rest;
  }

  #large(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.raw(Uint8Array.from(bytes));
  }

  #reserve(length: number): void {
    if (length <= this.#at) return;
    const { size } = this;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, size + length));
    this.#bytes.copy(grown, grown.length - size, this.#at);
    this.#bytes = grown;
    this.#at = grown.length - size;
  }

  /** A copy of all that was written; the writer is empty again and keeps its room, within reason. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(this.#at));
    if (this.#bytes.length > keptBytes) this.#bytes = Buffer.allocUnsafe(keptBytes);
    this.#at = this.#bytes.length;
    return taken;
  }
}
