import { normalizeQuantity, quantityFormatMessage } from '../lib/quantity.ts';
import { normalizeMicroTime, normalizeTime } from '../lib/time.ts';
import type { Json } from '../lib/types.ts';
import type { DecodeError, PathTracker } from './decode-path.ts';
import type { Schema } from './schema.ts';

interface Context {
  readonly path: PathTracker;
  readonly errors: DecodeError[];
}

/** Checks and normalizes one scalar. Undefined, with an error noted, when it is of the wrong type. */
export function decodeScalar(schema: Schema, owner: string, value: Json, context: Context): Json | undefined {
  switch (schema.type) {
    case 'string':
      if (schema.format === 'quantity') return decodeQuantity(value, context);
      if (typeof value !== 'string') break;
      return schema.format === undefined ? value : decodeFormat(schema.format, value, context);
    case 'boolean':
      if (typeof value !== 'boolean') break;
      return value;
    case 'number':
      if (typeof value !== 'number') break;
      return value;
    case 'integer':
      if (typeof value !== 'number' || !fits(schema, value)) break;
      return value;
    case 'int-or-string':
      if (typeof value === 'string' || (typeof value === 'number' && fits(schema, value))) return value;
      break;
    default:
      return value;
  }
  const found =
    typeof value === 'number' && schema.type !== 'string' ? `number ${value}` : jsonTypeName(value);
  context.errors.push(context.path.mismatch(found, goType(schema), owner));
  return undefined;
}

function fits(schema: Schema, value: number): boolean {
  if (!Number.isInteger(value)) return false;
  if (schema.format === 'int64' || schema.type === 'number') return Math.abs(value) <= 2 ** 63;
  return value >= -(2 ** 31) && value < 2 ** 31;
}

function decodeQuantity(value: Json, context: Context): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  const canonical = typeof text === 'string' ? normalizeQuantity(text) : undefined;
  if (canonical !== undefined) return canonical;
  context.errors.push(context.path.malformed(quantityFormatMessage));
  return undefined;
}

function decodeFormat(format: string, text: string, context: Context): string | undefined {
  switch (format) {
    case 'date-time':
      return normalizeTime(text) ?? malformedTime(text, '2006-01-02T15:04:05Z07:00', context);
    case 'micro-time':
      return normalizeMicroTime(text) ?? malformedTime(text, '2006-01-02T15:04:05.000000Z07:00', context);
    case 'byte':
      return decodeBase64(text, context);
    default:
      return text;
  }
}

function malformedTime(text: string, layout: string, context: Context): undefined {
  const quoted = JSON.stringify(text);
  context.errors.push(
    context.path.malformed(`parsing time ${quoted} as "${layout}": cannot parse ${quoted} as "2006"`),
  );
  return undefined;
}

const notBase64 = /[^A-Za-z0-9+/]/;

/** Standard base64 with padding; line breaks are allowed and left out, as Go does. */
function decodeBase64(text: string, context: Context): string | undefined {
  const joined = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
  const padding = joined.endsWith('==') ? 2 : joined.endsWith('=') ? 1 : 0;
  const body = padding === 0 ? joined : joined.slice(0, -padding);
  const bad = notBase64.exec(body);
  if (!bad && joined.length % 4 === 0) return joined;
  context.errors.push(
    context.path.malformed(`illegal base64 data at input byte ${bad ? bad.index : body.length}`),
  );
  return undefined;
}

/** JSON's word for a value, as Go's decoder says it. */
export function jsonTypeName(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Go's name of a field's type, for error texts. */
export function goType(schema: Schema): string {
  if (schema.ref !== undefined) return `v1.${schema.ref.slice(schema.ref.lastIndexOf('.') + 1)}`;
  switch (schema.type) {
    case 'array':
      return schema.items ? `[]${goType(schema.items)}` : '[]interface {}';
    case 'object':
      return `map[string]${schema.additionalProperties ? goType(schema.additionalProperties) : 'interface {}'}`;
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float64';
    case 'integer':
    case 'int-or-string':
      return schema.format === 'int64' ? 'int64' : 'int32';
    case 'any':
      return 'interface {}';
    default:
      return schema.format === 'byte' ? '[]uint8' : 'string';
  }
}
