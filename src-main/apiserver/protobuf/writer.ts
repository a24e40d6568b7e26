/**
 * Writes the protobuf wire format, one field after the other.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
export class ProtoWriter {
  readonly #parts: Uint8Array[] = [];

  text(number: number, value: string): void {
    this.bytes(number, Buffer.from(value));
  }

  bool(number: number, value: boolean): void {
    this.integer(number, value ? 1 : 0);
  }

  /** An int32 or int64; `value` is a safe integer. */
  integer(number: number, value: number): void {
    this.#parts.push(varint(number * 8), varint(value));
  }

  double(number: number, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#parts.push(varint(number * 8 + 1), bytes);
  }

  bytes(number: number, value: Uint8Array): void {
    this.#parts.push(varint(number * 8 + 2), varint(value.byteLength), value);
  }

  /** A field that is a message, whose own fields `write` adds. */
  message(number: number, write: (message: ProtoWriter) => void): void {
    const message = new ProtoWriter();
    write(message);
    this.bytes(number, message.finish());
  }

  /** All that was written. */
  finish(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

function varint(value: number): Uint8Array {
  if (value >= 0 && value < 0x80) return Uint8Array.of(value);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
