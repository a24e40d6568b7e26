import { parseApiVersion } from '@shared/api/meta.ts';
import { getOwn } from '@shared/lib/json.ts';
import table from './fields.json' with { type: 'json' };

/**
 * What a field holds. `of` is a message name or a letter: s string, y bytes, b bool, i integer, d double,
 * T Time, M MicroTime, Q Quantity, I IntOrString, F FieldsV1, R RawExtension, J any JSON, A JSONSchemaPropsOrArray,
 * B JSONSchemaPropsOrBool, P JSONSchemaPropsOrStringArray.
 */
export interface FieldType {
  readonly shape: 'one' | 'list' | 'map' | 'wrapped-list';
  /** Maps whose values are wrapped lists. */
  readonly inner: boolean;
  readonly of: string;
}

/** A field of a message, by its number. */
export interface MessageField {
  /** JSON name; undefined: the message's own fields take its place (Go's `inline`). */
  readonly name: string | undefined;
  readonly number: number;
  readonly type: FieldType;
  /** May be absent: an empty value means something. */
  readonly pointer: boolean;
}

const parsed = new Map<string, readonly MessageField[]>();

/** Groups with a domain whose messages are known here; those without one are all built in. */
const domainGroups = new Set([
  'admission.k8s.io',
  'admissionregistration.k8s.io',
  'apidiscovery.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);

/** Versions that are no longer served, but still sent: evictions of clients before 1.22. */
const sameMessage: Readonly<Record<string, string>> = { 'policy.v1beta1.Eviction': 'policy.v1.Eviction' };

/**
 * Name of the message of a top-level type, e.g. `apps.v1.Deployment`. Undefined for types that have none: custom
 * resources, aggregated ones, tables.
 */
export function messageName(apiVersion: string, kind: string): string | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  const isBuiltIn = !group.includes('.') || domainGroups.has(group);
  const named = `${group === '' ? 'core' : group.split('.')[0]}.${version}.${kind}`;
  const own = getOwn<string>(sameMessage, named) ?? named;
  if (isBuiltIn && Object.hasOwn(table, own)) return own;
  const isMeta = isBuiltIn || group === 'meta.k8s.io';
  const meta = `meta.v1.${kind}`;
  return isMeta && Object.hasOwn(table, meta) ? meta : undefined;
}

/** The fields of a message. Parsed from fields.json on first use (scripts/build-protobuf-fields.mjs writes it). */
export function fieldsOf(message: string): readonly MessageField[] {
  let fields = parsed.get(message);
  if (!fields) {
    const text = getOwn<string>(table, message);
    if (text === undefined) throw new Error(`there is no message ${message}`);
    fields =
      text === ''
        ? []
        : text
            .split(' ')
            .map(parseField)
            .sort((a, b) => a.number - b.number);
    parsed.set(message, fields);
  }
  return fields;
}

function parseField(text: string): MessageField {
  const [name = '', number = '', type = ''] = text.split(':');
  const pointer = type.endsWith('*');
  return {
    name: name === '=' ? undefined : name,
    number: Number(number),
    type: parseType(pointer ? type.slice(0, -1) : type),
    pointer,
  };
}

function parseType(text: string): FieldType {
  if (text.startsWith('{}<>')) return { shape: 'map', inner: true, of: text.slice(4) };
  if (text.startsWith('{}')) return { shape: 'map', inner: false, of: text.slice(2) };
  if (text.startsWith('[]')) return { shape: 'list', inner: false, of: text.slice(2) };
  if (text.startsWith('<>')) return { shape: 'wrapped-list', inner: false, of: text.slice(2) };
  return { shape: 'one', inner: false, of: text };
}
