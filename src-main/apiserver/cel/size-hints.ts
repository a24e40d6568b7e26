import { type JsonSchema, propertiesOf, valuesOf } from '@shared/kinds/apiextensions/json-schema.ts';
import { escapedName } from './schema-types.ts';

/** How large a schema's values can become: what costs are estimated from. Source: apiserver, `SchemaDeclType`. */
export interface SizeHint {
  /** Characters, items or members at most; 0 for what has no length. */
  readonly max: number;
  /** Bytes in JSON at least. */
  readonly minBytes: number;
  /** Items of lists, values of maps. */
  readonly item?: SizeHint;
  readonly key?: SizeHint;
  /** By their names in expressions. */
  readonly fields?: ReadonlyMap<string, SizeHint>;
  /** Of a map: its values where they are named as fields are (`map.key`). Those of schemas have none, as upstream. */
  readonly members?: SizeHint;
}

const maxRequestBytes = 3 * 1024 * 1024;
const maxTextLength = maxRequestBytes - 2;
const text: SizeHint = { max: maxTextLength, minBytes: 2 };
/** Kubernetes takes keys to be of no length. */
const noText: SizeHint = { max: 0, minBytes: 2 };

/** The hint of a schema; undefined for what expressions cannot see. */
export function sizeHint(schema: JsonSchema, isResource = false): SizeHint | undefined {
  const { maxLength } = schema;
  if (schema['x-kubernetes-int-or-string'])
    return { max: maxLength === undefined ? maxTextLength : maxLength * 4, minBytes: 1 };
  switch (schema.type) {
    case 'array':
      return listHint(schema);
    case 'object':
      return objectHint(schema, isResource || schema['x-kubernetes-embedded-resource'] === true);
    case 'string':
      return textHint(schema);
    case 'boolean':
      return { max: 0, minBytes: 4 };
    case 'number':
    case 'integer':
      return { max: 0, minBytes: 1 };
    default:
      return undefined;
  }
}

function listHint({ items, maxItems }: JsonSchema): SizeHint | undefined {
  const item = items && sizeHint(items);
  if (!item) return undefined;
  return { max: maxItems ?? Math.floor((maxRequestBytes - 2) / (item.minBytes + 1)), minBytes: 2, item };
}

function objectHint(schema: JsonSchema, isResource: boolean): SizeHint | undefined {
  const values = valuesOf(schema);
  if (values && !isResource) {
    const item = sizeHint(values);
    if (!item) return undefined;
    const max = schema.maxProperties ?? Math.floor((maxRequestBytes - 2) / (item.minBytes + 6));
    return { max, minBytes: 2, item, key: noText };
  }
  const fields = new Map<string, SizeHint>();
  let minBytes = 2;
  for (const [key, property] of propertiesOf(schema)) {
    const hint = sizeHint(property);
    if (!hint) continue;
    const name = escapedName(key);
    if (name !== undefined) fields.set(name, hint);
    if (schema.required?.includes(key) && property.default === undefined)
      minBytes += key.length + hint.minBytes + 4;
  }
  if (isResource) {
    const name: SizeHint = { max: 253 * 4, minBytes: 2 };
    const metadata = new Map([
      ['name', name],
      ['generateName', name],
    ]);
    fields.set('apiVersion', text).set('kind', text);
    fields.set('metadata', { max: 0, minBytes: 2, fields: metadata });
  }
  return { max: 0, minBytes, fields };
}

function textHint(schema: JsonSchema): SizeHint {
  switch (schema.format) {
    case 'byte':
      return { max: schema.maxLength ?? maxTextLength, minBytes: 2 };
    case 'duration':
      return { max: 32, minBytes: 3 };
    case 'date':
      return { max: 12, minBytes: 12 };
    case 'date-time':
      return { max: 32, minBytes: 21 };
  }
  if (schema.maxLength !== undefined) return { max: schema.maxLength * 4, minBytes: 2 };
  const lengths = (schema.enum ?? []).map((one) => (typeof one === 'string' ? one.length : 0));
  return { max: lengths.length > 0 ? Math.max(...lengths) : maxTextLength, minBytes: 2 };
}

/** How often values of a schema occur at most in one object, where no list around them has a limit. */
export function cardinalityOf(hint: SizeHint | undefined): number {
  return Math.floor(maxRequestBytes / ((hint?.minBytes ?? 2) + 1));
}
