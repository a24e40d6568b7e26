import { assert } from '@shared/lib/assert.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import { parseTime } from '@shared/lib/time.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import { BackwardWriter } from './backward-writer.ts';
import { type FieldType, fieldsOf, type MessageField } from './messages.ts';

/** `k8s` and a zero byte open every protobuf body. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/** Encoding never waits, so one writer serves all. */
const writer = new BackwardWriter();

/**
 * Encodes the JSON form of a message, without envelope. Maps come in the order of their keys and fields in that of
 * their numbers, so equal objects have equal bytes. Empty values of fields that Go cannot leave out are left out:
 * decoders see the same. Fields the message does not have are skipped.
 */
export function encodeMessage(message: string, object: DeepReadonly<JsonObject>): Buffer {
  try {
    writeMessage(message, object);
    return writer.take();
  } catch (error) {
    writer.take();
    throw error;
  }
}

/** What the envelope says of an object: `runtime.Unknown` names it outside its bytes. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * What stands around an encoded object: the prefix and `runtime.Unknown` with its type.
 * Source: Kubernetes API concepts, "Kubernetes Protobuf encoding".
 */
export function envelope(identity: Identity, object: Uint8Array): Buffer {
  writeTail();
  writer.raw(object);
  writeHead(identity, object.byteLength);
  return writer.take();
}

/** contentEncoding and contentType are empty and written, as Kubernetes does. */
function writeTail(): void {
  writer.text(4, '');
  writer.text(3, '');
}

/** Everything before an object of so many bytes. */
function writeHead({ apiVersion, kind }: Identity, bytes: number): void {
  writer.varint(bytes);
  writer.varint(2 * 8 + 2);
  const before = writer.size;
  writer.text(2, kind);
  writer.text(1, apiVersion);
  writer.delimit(1, before);
  writer.raw(magic);
}

/**
 * A list in its envelope, piece by piece so that nobody has to hold it as a whole. Every List has its metadata as
 * field 1 and its items, messages encoded before, as field 2.
 */
export function* listPieces(
  identity: Identity,
  metadata: DeepReadonly<JsonObject>,
  items: readonly Uint8Array[],
): Generator<Uint8Array> {
  const heads = items.map(({ byteLength }) => {
    writer.varint(byteLength);
    writer.varint(2 * 8 + 2);
    return writer.take();
  });
  let bytes = 0;
  for (const [index, { byteLength }] of items.entries())
    bytes += byteLength + (heads[index]?.byteLength ?? 0);
  writeMessage('meta.v1.ListMeta', metadata);
  writer.delimit(1, 0);
  writeHead(identity, bytes + writer.size);
  yield writer.take();
  for (const [index, item] of items.entries()) {
    yield heads[index] ?? magic;
    yield item;
  }
  writeTail();
  yield writer.take();
}

/**
 * One event of a watch: its length in four bytes, then `WatchEvent` without an envelope of its own around the
 * object in its envelope.
 */
export function encodeWatchFrame(type: string, object: Uint8Array): Buffer {
  const before = writer.size;
  writer.bytes(1, object);
  writer.delimit(2, before);
  writer.text(1, type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(writer.size);
  writer.raw(length);
  return writer.take();
}

function writeMessage(message: string, object: DeepReadonly<JsonObject>): void {
  const fields = fieldsOf(message);
  for (let index = fields.length - 1; index >= 0; index--) {
    const field = fields[index];
    if (field) writeField(field, object);
  }
}

function writeField(field: MessageField, object: DeepReadonly<JsonObject>): void {
  const { name, number, type } = field;
  if (name === undefined) {
    writeInline(field, object);
    return;
  }
  const value: unknown = object[name];
  if (value === undefined || value === null) return;
  switch (type.shape) {
    case 'one':
      if (field.pointer || !isEmptyScalar(value)) writeValue(type, number, value);
      break;
    case 'list':
      writeList(type, number, listOf(value));
      break;
    case 'map':
      writeMap(type, number, value);
      break;
    case 'wrapped-list':
      writeWrapped(type, number, value);
      break;
  }
}

/** The fields of an embedded struct stand among their owner's in JSON. */
function writeInline({ number, type }: MessageField, object: DeepReadonly<JsonObject>): void {
  const before = writer.size;
  writeMessage(type.of, object);
  if (writer.size > before) writer.delimit(number, before);
}

function isEmptyScalar(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function writeList(type: FieldType, number: number, items: readonly unknown[]): void {
  for (let index = items.length - 1; index >= 0; index--) writeValue(type, number, items[index]);
}

function writeMap(type: FieldType, number: number, value: unknown): void {
  if (!isJsonObject(value)) return;
  for (const key of Object.keys(value).sort(byCodePoint).reverse()) {
    const before = writer.size;
    if (type.inner) writeWrapped(type, 2, value[key]);
    else writeValue(type, 2, value[key]);
    writer.text(1, key);
    writer.delimit(number, before);
  }
}

/** As Go sorts: by UTF-8 bytes. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function writeWrapped(type: FieldType, number: number, value: unknown): void {
  const before = writer.size;
  writeList(type, 1, listOf(value));
  writer.delimit(number, before);
}

function writeValue(type: FieldType, number: number, value: unknown): void {
  switch (type.of) {
    case 's':
      writer.text(number, String(value ?? ''));
      break;
    case 'y':
      writer.bytes(number, Buffer.from(String(value ?? ''), 'base64'));
      break;
    case 'b':
      writer.integer(number, value === true ? 1 : 0);
      break;
    case 'i':
      writer.integer(number, Number(value ?? 0));
      break;
    case 'd':
      writer.double(number, Number(value ?? 0));
      break;
    default:
      writeStructured(type.of, number, value);
      break;
  }
}

function writeStructured(of: string, number: number, value: unknown): void {
  const before = writer.size;
  switch (of) {
    case 'T':
    case 'M':
      writeTime(value);
      break;
    case 'Q':
      writer.text(1, String(value ?? '0'));
      break;
    case 'I':
      writeIntOrString(value);
      break;
    case 'F':
    case 'R':
    case 'J':
      if (value !== undefined && value !== null) writer.text(1, JSON.stringify(value));
      break;
    case 'A':
    case 'B':
    case 'P':
      writeSchemaChoice(of, value);
      break;
    default:
      if (isJsonObject(value)) writeMessage(of, value);
  }
  writer.delimit(number, before);
}

/** Both times are seconds and nanoseconds; the zero time is an empty message. */
function writeTime(value: unknown): void {
  if (typeof value !== 'string') return;
  const ms = parseTime(value);
  assert(ms !== undefined, `${value} is a time`);
  const seconds = Math.floor(ms / 1000);
  writer.integer(2, nanosecondsOf(value));
  writer.integer(1, seconds);
}

/** Beyond milliseconds the text knows more than a number of them. */
function nanosecondsOf(time: string): number {
  const fraction = /\.(\d{1,9})/.exec(time)?.[1] ?? '';
  return Number(fraction.padEnd(9, '0'));
}

function writeIntOrString(value: unknown): void {
  const isText = typeof value === 'string';
  writer.text(3, isText ? value : '');
  writer.integer(2, isText ? 0 : Number(value ?? 0));
  writer.integer(1, isText ? 1 : 0);
}

/** JSON schemas have places for either a schema or something else: A a list, B a boolean, P a list of names. */
function writeSchemaChoice(of: 'A' | 'B' | 'P', value: unknown): void {
  const schema = of === 'B' ? 2 : 1;
  if (Array.isArray(value)) {
    if (of === 'A') writeList(schemaType, 2, value);
    else writeList(textType, 2, value);
  } else if (isJsonObject(value)) {
    const before = writer.size;
    writeMessage(schemaType.of, value);
    writer.delimit(schema, before);
  }
  if (of === 'B') writer.integer(1, value === false ? 0 : 1);
}

const schemaType: FieldType = { shape: 'list', inner: false, of: 'apiextensions.v1.JSONSchemaProps' };
const textType: FieldType = { shape: 'list', inner: false, of: 's' };
