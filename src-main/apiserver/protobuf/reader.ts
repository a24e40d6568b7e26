/**
 * Reads the protobuf wire format. Every method throws on malformed input.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
export class ProtoReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** All fields of the message, by number. */
  fields(): ProtoFields {
    const fields = new Map<number, RawValue[]>();
    while (this.#at < this.#bytes.length) {
      const tag = Number(this.#varint());
      const number = Math.floor(tag / 8);
      const values = fields.get(number) ?? [];
      values.push(this.#value(tag % 8));
      fields.set(number, values);
    }
    return new ProtoFields(fields);
  }

  #value(wireType: number): RawValue {
    switch (wireType) {
      case 0:
        return this.#varint();
      case 1:
        return this.#take(8);
      case 2:
        return this.#take(Number(this.#varint()));
      case 5:
        return this.#take(4);
      default:
        throw new Error(`wire type ${wireType} is not in use`);
    }
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error('it ends in the middle of a field');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new Error('it ends in the middle of a number');
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('a number is too long');
  }
}

type RawValue = bigint | Uint8Array;

const nothing = new Uint8Array(0);

/** The fields of one message. Reading an absent field yields its empty value; the last of several counts. */
export class ProtoFields {
  readonly #fields: ReadonlyMap<number, readonly RawValue[]>;

  constructor(fields: ReadonlyMap<number, readonly RawValue[]>) {
    this.#fields = fields;
  }

  has(number: number): boolean {
    return this.#fields.has(number);
  }

  bytes(number: number): Uint8Array {
    const value = this.#fields.get(number)?.at(-1) ?? nothing;
    if (typeof value === 'bigint') throw new Error(`field ${number} is a number where bytes belong`);
    return value;
  }

  text(number: number): string {
    return Buffer.from(this.bytes(number)).toString('utf8');
  }

  /** Signed 64-bit; beyond 2^53 the nearest number. */
  integer(number: number): number {
    const value = this.#fields.get(number)?.at(-1) ?? 0n;
    if (typeof value !== 'bigint') throw new Error(`field ${number} holds bytes where a number belongs`);
    return Number(BigInt.asIntN(64, value));
  }

  double(number: number): number {
    const bytes = this.bytes(number);
    return bytes.length === 8 ? Buffer.from(bytes).readDoubleLE(0) : 0;
  }

  /** A repeated field, each occurrence as a message of its own fields. */
  messages(number: number): ProtoFields[] {
    return (this.#fields.get(number) ?? []).map((value) => {
      if (typeof value === 'bigint') throw new Error(`field ${number} is a number where a message belongs`);
      return new ProtoReader(value).fields();
    });
  }

  /** A repeated field, each occurrence under its own number again. */
  each(number: number): ProtoFields[] {
    return (this.#fields.get(number) ?? []).map((value) => new ProtoFields(new Map([[number, [value]]])));
  }
}
