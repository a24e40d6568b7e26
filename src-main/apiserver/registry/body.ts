import { invalid } from '@shared/api/field-errors.ts';
import { apiVersionOf } from '@shared/api/meta.ts';
import { ApiError } from '@shared/api/status.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import { parseJsonText } from '@shared/lib/json-text.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { decode } from '@shared/schema/decode.ts';
import { jsonTypeName } from '@shared/schema/decode-scalar.ts';
import type { ServerContext, WriteOptions } from '../context.ts';
import type { DraftObject } from '../objects.ts';
import type { RequestBody } from '../request.ts';
import { badRequest } from './errors.ts';
import { duplicateKeys, keyPositions } from './json-duplicates.ts';

/** A parsed body, and what strict validation will object to. */
export interface ParsedBody {
  readonly value: unknown;
  /** JSON: paths of keys that stood there twice (the last one counts). */
  readonly duplicates: readonly string[];
  /** YAML: the same, as `line 9: key "a" already set in map`. */
  readonly yamlErrors?: readonly string[];
  /** The JSON text, for telling which of two complaints comes first. */
  readonly text?: string;
  /** Set when `value` is what a patch made of an object: complaints name the patch. */
  readonly patch?: PatchText;
  /** The stored object that `value` may share parts with; so does then what is decoded. */
  readonly stored?: JsonObject | undefined;
}

export interface PatchText {
  /** How complaints show the patch, or what it made. */
  readonly shown: () => string;
  /** Complaints about the patch itself. */
  readonly errors: readonly string[];
}

/** What there is to know of a kind for decoding its objects. */
export interface Decodable extends Pick<AnyKind, 'group' | 'version' | 'kind' | 'schema' | 'decode'> {
  /** Versions of the same shape that are taken as well, and never given. */
  readonly formerVersions?: readonly string[];
}

const jsonTypes = new Set([
  '',
  'application/json',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]);
const protobufType = 'application/vnd.kubernetes.protobuf';
const yamlTypes = new Set([
  'application/yaml',
  'application/apply-patch+yaml',
  'application/x-yaml',
  'text/yaml',
]);

/** The media type without parameters, in lower case. */
export function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** Parses a body by its content type. 400 names line and column of what is malformed; 415 for other types. */
export async function parseBody(body: RequestBody, expected: string): Promise<ParsedBody> {
  if (body.type === 'none') throw badRequest(`the request has no body: a ${expected} is expected`);
  if (body.type === 'value') return { value: body.value, duplicates: [] };
  const type = mediaType(body.contentType);
  const text = Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.byteLength).toString('utf8');
  if (jsonTypes.has(type)) return parseJson(text);
  if (yamlTypes.has(type)) return fastJson(text) ?? (await import('./yaml-body.ts')).parseYaml(text);
  if (type === protobufType) {
    const { decodeProtobuf } = await import('../protobuf/decode.ts');
    return { value: decodeProtobuf(body.bytes), duplicates: [] };
  }
  throw ApiError.of(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf`,
  );
}

/** JSON is YAML, and kubectl sends it under that type: its parser is much faster. What begins so may be YAML still. */
function fastJson(text: string): ParsedBody | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined; // and the YAML parser says what is wrong, if anything
  }
}

function parseJson(text: string): ParsedBody {
  try {
    return { value: parseJsonText(text), duplicates: duplicateKeys(text), text };
  } catch (cause) {
    const position = /position (\d+)/.exec(String(cause))?.[1];
    const where = position === undefined ? '' : ` (${lineAndColumn(text, Number(position))})`;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ApiError(badRequest(`the request body is not valid JSON${where}: ${why}`).status, { cause });
  }
}

function lineAndColumn(text: string, position: number): string {
  const before = text.slice(0, position).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** A body that was made here: nothing in it stood there twice. */
export function madeBody(value: unknown): ParsedBody {
  return { value, duplicates: [] };
}

/**
 * Decodes an object of the target kind: checks apiVersion and kind, converts and prunes by the schema. The
 * result is a private copy, but for what it shares with `body.stored`. Unknown and duplicate fields are dropped, warned of or refused, as `options` say.
 */
export function decodeObject(
  server: ServerContext,
  kind: Decodable,
  body: ParsedBody,
  options: WriteOptions,
): DraftObject {
  const value = body.value;
  if (!isJsonObject(value))
    throw badRequest(`the request body must be a JSON object describing a ${kind.kind}`);
  checkIdentity(kind, value);
  const { object, unknown, errors } =
    kind.decode?.(value) ?? decode(server.schemas, kind.schema, value, body.stored && { known: body.stored });
  if (errors.length > 0) throw undecodable(kind, errors.map(decodeErrorText).join(', '), body.patch);
  reportFields(kind, strictErrors(kind, body, unknown), { options, patch: body.patch });
  const { apiVersion: _, kind: __, metadata, ...rest } = object as unknown as Partial<DraftObject>;
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: metadata ?? {}, ...rest };
}

function checkIdentity(kind: Decodable, value: JsonObject): void {
  const { apiVersion = '', kind: name = '' } = value;
  for (const [field, text] of Object.entries({ apiVersion, kind: name })) {
    if (typeof text === 'string' || text === null) continue;
    const why = `json: cannot unmarshal ${jsonTypeName(text)} into Go struct field .${field} of type string`;
    throw undecodable(kind, `couldn't get version/kind; json parse error: ${why}`);
  }
  if (name && name !== kind.kind) {
    throw badRequest(
      `${apiVersion || apiVersionOf(kind)}, Kind=${name} cannot be handled as a ${kind.kind}: the kind in the data (${name}) does not match the expected kind (${kind.kind})`,
    );
  }
  const { group, formerVersions = [] } = kind;
  const taken = [apiVersionOf(kind), ...formerVersions.map((version) => apiVersionOf({ group, version }))];
  if (apiVersion && !taken.includes(String(apiVersion))) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(kind)})`,
    );
  }
}

/** Go's complaints about types name the field; those of a type's own parser (quantities, times) do not. */
function decodeErrorText({ field, message }: { readonly field: string; readonly message: string }): string {
  return field === '' || message.startsWith('json: ') ? message : `${field}: ${message}`;
}

/** What strict decoding objects to, in the order and words of Kubernetes. */
function strictErrors(
  kind: Pick<AnyKind, 'decode'>,
  body: ParsedBody,
  unknown: readonly string[],
): readonly string[] {
  const { duplicates, yamlErrors, text, patch } = body;
  if (patch) return [...patch.errors, ...unknown.map(unknownField)];
  // Kubernetes makes JSON of it, which sorts the fields.
  if (yamlErrors) return [...yamlErrors, ...unknown.toSorted().map(unknownField)];
  // A typed object has no place for an unknown field, and so none for it twice.
  const twice = kind.decode ? duplicates : duplicates.filter((path) => !unknown.includes(path));
  if (text === undefined || twice.length === 0 || unknown.length === 0)
    return [...unknown.map(unknownField), ...twice.map(duplicateField)];
  const found = [
    ...unknown.map((path) => ({ path, text: unknownField(path), occurrence: 1 })),
    ...twice.map((path) => ({ path, text: duplicateField(path), occurrence: 2 })),
  ];
  const positions = keyPositions(text);
  const at = ({ path, occurrence }: { path: string; occurrence: number }) =>
    positions.get(path)?.[occurrence - 1] ?? text.length;
  return found.toSorted((one, two) => at(one) - at(two)).map((complaint) => complaint.text);
}

function unknownField(path: string): string {
  return `unknown field ${JSON.stringify(path)}`;
}

/** As Kubernetes tells of a key that stands there twice. */
export function duplicateField(path: string): string {
  return `duplicate field ${JSON.stringify(path)}`;
}

/** Applies `fieldValidation`. Source: Kubernetes API concepts, "Field validation". */
function reportFields(
  kind: Decodable,
  complaints: readonly string[],
  { options, patch }: { options: WriteOptions; patch: PatchText | undefined },
): void {
  if (options.fieldValidation === 'Ignore' || complaints.length === 0) return;
  if (options.fieldValidation === 'Strict')
    throw undecodable(kind, `strict decoding error: ${withYamlHead(complaints).join(', ')}`, patch);
  options.warnings.push(...complaints);
}

/** Go's YAML parser tells of all its errors in one. */
export function withYamlHead(complaints: readonly string[]): string[] {
  const lines = complaints.filter((text) => text.startsWith('line '));
  if (lines.length === 0) return [...complaints];
  const others = complaints.filter((text) => !text.startsWith('line '));
  return [`yaml: unmarshal errors:\n  ${lines.join('\n  ')}`, ...others];
}

function undecodable(kind: Decodable, why: string, patch?: PatchText): ApiError {
  if (patch) return ApiError.invalid({ group: '', kind: '' }, '', [invalid('patch', patch.shown(), why)]);
  return badRequest(
    `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${why}`,
  );
}

/** A JSON object body that is not an object of a kind: patches. */
export function objectBody(body: ParsedBody, expected: string): JsonObject {
  if (!isJsonObject(body.value))
    throw badRequest(`the request body must be a JSON object describing a ${expected}`);
  return body.value;
}
