import { ApiError } from '@shared/api/status.ts';
import { setOwn } from '@shared/lib/json.ts';
import { parseJsonText } from '@shared/lib/json-text.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import { badRequest } from '../registry/errors.ts';
import { type FieldType, fieldsOf, type MessageField, messageName } from './messages.ts';
import { type ProtoFields, ProtoReader } from './reader.ts';

/** `k8s` and a zero byte open every protobuf body. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const maxDepth = 100;

/**
 * Decodes a protobuf body of a built-in type into what its JSON would be. As Go does when it encodes such an
 * object as JSON, empty values of fields that cannot be absent are left out. 400 when it is malformed.
 * Source: Kubernetes API concepts, "Kubernetes Protobuf encoding".
 */
export function decodeProtobuf(bytes: Uint8Array): Record<string, unknown> {
  try {
    return decodeEnvelope(bytes);
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ApiError(badRequest(`the request body is not valid protobuf: ${why}`).status, { cause });
  }
}

function decodeEnvelope(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.length < 4 || !magic.equals(bytes.subarray(0, 4))) {
    throw badRequest('the request body does not begin with the protobuf prefix of Kubernetes');
  }
  const envelope = new ProtoReader(bytes.subarray(4)).fields();
  const identity = new ProtoReader(envelope.bytes(1)).fields();
  const apiVersion = identity.text(1);
  const kind = identity.text(2);
  const name = messageName(apiVersion, kind);
  if (name === undefined)
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
    );
  return { apiVersion, kind, ...decodeMessage(name, envelope.bytes(2), 0) };
}

function decodeMessage(name: string, bytes: Uint8Array, depth: number): Record<string, unknown> {
  if (depth > maxDepth) throw new Error('it is nested too deeply');
  const fields = new ProtoReader(bytes).fields();
  const object: Record<string, unknown> = {};
  for (const field of fieldsOf(name)) {
    if (!fields.has(field.number)) continue;
    if (field.name === undefined)
      Object.assign(object, decodeMessage(field.type.of, fields.bytes(field.number), depth + 1));
    else {
      const value = decodeField(field, fields, depth);
      if (value !== undefined) object[field.name] = value;
    }
  }
  return object;
}

function decodeField(field: MessageField, fields: ProtoFields, depth: number): unknown {
  switch (field.type.shape) {
    case 'one': {
      const value = decodeValue(field.type, fields, { number: field.number, depth });
      return field.pointer || !isEmpty(value) ? value : undefined;
    }
    case 'list':
      return decodeList(field.type, fields, { number: field.number, depth });
    case 'map':
      return decodeMap(field.type, fields, { number: field.number, depth });
    case 'wrapped-list':
      return decodeWrapped(field.type, fields.bytes(field.number), depth);
  }
}

interface Place {
  readonly number: number;
  readonly depth: number;
}

function decodeList(type: FieldType, fields: ProtoFields, { number, depth }: Place): unknown[] {
  return fields.each(number).map((single) => decodeValue(type, single, { number, depth }));
}

function decodeMap(type: FieldType, fields: ProtoFields, { number, depth }: Place): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (const entry of fields.messages(number)) {
    const value = type.inner
      ? decodeWrapped(type, entry.bytes(2), depth)
      : decodeValue(type, entry, { number: 2, depth });
    setOwn(map, entry.text(1), value);
  }
  return map;
}

/** Named list types travel as a message whose field 1 repeats. */
function decodeWrapped(type: FieldType, bytes: Uint8Array, depth: number): unknown[] {
  return decodeList(type, new ProtoReader(bytes).fields(), { number: 1, depth });
}

function decodeValue(type: FieldType, fields: ProtoFields, { number, depth }: Place): unknown {
  switch (type.of) {
    case 's':
      return fields.text(number);
    case 'y':
      return Buffer.from(fields.bytes(number)).toString('base64');
    case 'b':
      return fields.integer(number) !== 0;
    case 'i':
      return fields.integer(number);
    case 'd':
      return fields.double(number);
    case 'T':
      return decodeTime(fields.bytes(number));
    case 'M':
      return decodeMicroTime(fields.bytes(number));
    case 'Q':
      return new ProtoReader(fields.bytes(number)).fields().text(1);
    case 'I':
      return decodeIntOrString(fields.bytes(number));
    case 'F':
    case 'R':
    case 'J':
      return decodeRaw(fields.bytes(number));
    case 'A':
    case 'B':
    case 'P':
      return decodeSchemaChoice(type.of, fields.bytes(number), depth + 1);
    default:
      return decodeMessage(type.of, fields.bytes(number), depth + 1);
  }
}

function decodeTime(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  return rfc3339(new ProtoReader(bytes).fields().integer(1) * 1000);
}

function decodeMicroTime(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  const fields = new ProtoReader(bytes).fields();
  const micros = String(Math.trunc(fields.integer(2) / 1000)).padStart(6, '0');
  return rfc3339(fields.integer(1) * 1000).replace('Z', `.${micros}Z`);
}

function decodeIntOrString(bytes: Uint8Array): number | string {
  const fields = new ProtoReader(bytes).fields();
  return fields.integer(1) === 1 ? fields.text(3) : fields.integer(2);
}

function decodeRaw(bytes: Uint8Array): unknown {
  const raw = new ProtoReader(bytes).fields().text(1);
  return raw === '' ? undefined : parseJsonText(raw);
}

/** JSON schemas have places for either a schema or something else: A a list, B a boolean, P a list of names. */
function decodeSchemaChoice(of: 'A' | 'B' | 'P', bytes: Uint8Array, depth: number): unknown {
  const fields = new ProtoReader(bytes).fields();
  const number = of === 'B' ? 2 : 1;
  const schema = 'apiextensions.v1.JSONSchemaProps';
  if (fields.has(number)) return decodeMessage(schema, fields.bytes(number), depth);
  if (of === 'B') return fields.integer(1) !== 0;
  const type: FieldType = { shape: 'list', inner: false, of: of === 'A' ? schema : 's' };
  return decodeList(type, fields, { number: 2, depth });
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '' || value === 0 || value === false) return true;
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}
