import { isJsonObject } from '@shared/lib/json.ts';
import type { Json } from '@shared/lib/types.ts';
import type { ProtoWriter } from '../protobuf/writer.ts';

/** Writes one JSON value as a field. Throws when the value is not what the field holds. */
export type Field = (out: ProtoWriter, value: Json) => void;

/** A message: how each key of its JSON object is written. */
export interface Message {
  readonly fields: Readonly<Record<string, Field>>;
  /** Number of the field that takes the `x-…` keys, where there is one. */
  readonly extensions?: number;
}

export const text =
  (number: number): Field =>
  (out, value) => {
    if (typeof value !== 'string') throw unfit(value, 'a string');
    out.text(number, value);
  };

export const bool =
  (number: number): Field =>
  (out, value) => {
    if (typeof value !== 'boolean') throw unfit(value, 'a boolean');
    out.bool(number, value);
  };

export const integer =
  (number: number): Field =>
  (out, value) => {
    if (!Number.isSafeInteger(value)) throw unfit(value, 'an integer');
    out.integer(number, Number(value));
  };

export const double =
  (number: number): Field =>
  (out, value) => {
    if (typeof value !== 'number') throw unfit(value, 'a number');
    out.double(number, value);
  };

/** `Any`: a value of any shape, as YAML, of which JSON is a part. */
export const any =
  (number: number): Field =>
  (out, value) =>
    out.message(number, (message) => message.text(2, `${JSON.stringify(value)}\n`));

/** `message` is asked for when the field is written: messages may hold themselves. */
export const object =
  (number: number, message: () => Message): Field =>
  (out, value) =>
    out.message(number, (inner) => writeMessage(inner, message(), value));

/** A message whose one field is this one: protobuf's stand-in for a union, or for a list within a union. */
export const wrapped =
  (number: number, field: Field): Field =>
  (out, value) =>
    out.message(number, (inner) => field(inner, value));

export const list =
  (field: Field): Field =>
  (out, value) => {
    if (!Array.isArray(value)) throw unfit(value, 'a list');
    for (const item of value) field(out, item);
  };

/** A JSON object with arbitrary keys: one message of `name = 1` and `value` for each. */
export const map =
  (number: number, field: Field): Field =>
  (out, value) => {
    for (const [key, item] of entriesOf(value)) writeNamed(out, number, { key, item, field });
  };

/** Adds the fields of a message. Throws for a key the message has no field for: nothing gets lost unseen. */
export function writeMessage(out: ProtoWriter, message: Message, value: Json): void {
  for (const [key, item] of entriesOf(value)) {
    const field = Object.hasOwn(message.fields, key) ? message.fields[key] : undefined;
    if (field) field(out, item);
    else if (key.startsWith('x-') && message.extensions !== undefined)
      writeNamed(out, message.extensions, { key, item, field: any(2) });
    else throw new Error(`there is no field for ${JSON.stringify(key)}`);
  }
}

function writeNamed(
  out: ProtoWriter,
  number: number,
  { key, item, field }: { readonly key: string; readonly item: Json; readonly field: Field },
): void {
  out.message(number, (named) => {
    named.text(1, key);
    field(named, item);
  });
}

function entriesOf(value: Json): [string, Json][] {
  if (!isJsonObject(value)) throw unfit(value, 'an object');
  return Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
}

function unfit(value: Json, wanted: string): Error {
  return new Error(`${JSON.stringify(value).slice(0, 80)} is not ${wanted}`);
}
