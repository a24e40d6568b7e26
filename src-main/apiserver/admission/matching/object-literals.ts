import type { Environment } from '@marcbachmann/cel-js';
import { Optional } from '@marcbachmann/cel-js';
import { setOwn } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { CelError } from '../../cel/cel.ts';
import { register, registerLibrary } from '../../cel/define.ts';
import { fromCel } from '../../cel/values.ts';

/**
 * `Object.spec{replicas: 1}` and `JSONPatch{op: "add", …}`: what mutating policies make. The CEL library knows no
 * such literals, so they are written as calls before it reads the expression: `newObject_spec({"replicas": 1})`.
 * https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
 */
export class ObjectValue {
  readonly type: string;
  readonly fields: ReadonlyMap<string, unknown>;

  constructor(type: string, fields: ReadonlyMap<string, unknown>) {
    this.type = type;
    this.fields = fields;
  }
}

export const jsonPatchType = 'JSONPatch';
export const objectType = 'Object';

type ObjectClass = new (fields: ReadonlyMap<string, unknown>) => ObjectValue;

const classes = new Map<string, ObjectClass>();

/** One class for each type, whatever environment names it: values go from one expression to the other. */
function classOf(type: string): ObjectClass {
  let known = classes.get(type);
  if (!known) {
    known = class extends ObjectValue {
      constructor(fields: ReadonlyMap<string, unknown>) {
        super(type, fields);
      }
    };
    classes.set(type, known);
  }
  return known;
}

/** An environment in which every type that one of the expressions constructs is known, and `jsonpatch.escapeKey`. */
export function withPatchTypes(base: Environment, expressions: readonly string[]): Environment {
  const environment = base.clone();
  registerLibrary(environment, 'jsonpatch', {
    'escapeKey(string): string': (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1'),
  });
  const types = new Set([objectType, jsonPatchType]);
  for (const text of expressions) rewrite(text, (type) => types.add(type));
  for (const type of types) {
    const Value = classOf(type);
    environment.registerType(type, { ctor: Value, fields: {} });
    register(environment, {
      [`${functionName(type)}(map): ${type}`]: (fields: unknown) => new Value(fieldsOf(type, fields)),
    });
  }
  return environment;
}

function functionName(type: string): string {
  return `new${type.replaceAll('.', '_')}`;
}

const patchFields = new Set(['op', 'path', 'from', 'value']);

function fieldsOf(type: string, given: unknown): ReadonlyMap<string, unknown> {
  const entries = given instanceof Map ? [...given] : Object.entries(given as object);
  const fields = new Map<string, unknown>();
  for (const [key, value] of entries as [string, unknown][]) {
    const name = key.replace(/^\?/, '');
    if (type === jsonPatchType && !patchFields.has(name))
      throw new CelError(`unexpected JSONPatchType field: ${name}`);
    if (name === key) fields.set(name, value);
    else if (value instanceof Optional && value.hasValue()) fields.set(name, value.value());
  }
  return fields;
}

/** The expression with its literals written as calls. */
export function withoutLiterals(text: string): string {
  return rewrite(text, () => undefined);
}

const literal = /(?:Object(?:\s*\.\s*[A-Za-z_]\w*)*|JSONPatch)(?=\s*\{)/y;
const field = /\s*(\?)?\s*(?:`([^`]+)`|([A-Za-z_]\w*))\s*:/y;
const quoted =
  /[rRbB]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*')/y;
const word = /[A-Za-z_]\w*/y;
const comment = /\/\/[^\n]*/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function rewrite(text: string, onType: (type: string) => void): string {
  const open: ('literal' | 'other')[] = [];
  let result = '';
  let at = 0;
  let expectsField = false;
  while (at < text.length) {
    if (expectsField) {
      expectsField = false;
      const name = matchAt(field, text, at);
      if (name) {
        result += `${JSON.stringify((name[1] ?? '') + (name[2] ?? unescaped(name[3] ?? '')))}:`;
        at += name[0].length;
        continue;
      }
    }
    const skipped = matchAt(quoted, text, at) ?? matchAt(comment, text, at);
    if (skipped) {
      result += skipped[0];
      at += skipped[0].length;
      continue;
    }
    const before = result.trimEnd().at(-1) ?? '';
    const found = before === '.' ? null : matchAt(literal, text, at);
    if (found) {
      const type = found[0].replace(/\s/g, '');
      onType(type);
      const brace = text.indexOf('{', at);
      result += `${functionName(type)}({`;
      at = brace + 1;
      open.push('literal');
      expectsField = true;
      continue;
    }
    const plain = matchAt(word, text, at);
    if (plain) {
      result += plain[0];
      at += plain[0].length;
      continue;
    }
    const char = text[at] ?? '';
    at++;
    result += char;
    if ('({['.includes(char)) open.push('other');
    else if (')}]'.includes(char) && open.pop() === 'literal') result += ')';
    else if (char === ',' && open.at(-1) === 'literal') expectsField = true;
  }
  return result;
}

/** https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#property-escaping-rules */
function unescaped(name: string): string {
  const keyword = /^__([a-z]+)__$/.exec(name);
  if (keyword) return keyword[1] ?? name;
  return name
    .replaceAll('__underscores__', '\0')
    .replaceAll('__dot__', '.')
    .replaceAll('__dash__', '-')
    .replaceAll('__slash__', '/')
    .replaceAll('\0', '__');
}

/** A value as JSON, objects of ours included. Throws CelError for what JSON cannot say. */
export function literalToJson(value: unknown): Json {
  if (value instanceof ObjectValue) return entriesToJson(value.fields);
  if (value instanceof Map) return entriesToJson(value);
  if (Array.isArray(value)) return value.map(literalToJson);
  return fromCel(value);
}

function entriesToJson(entries: Iterable<[unknown, unknown]>): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, value] of entries) {
    if (typeof key !== 'string') throw new CelError('a map with keys other than strings is no JSON value');
    setOwn(result, key, literalToJson(value));
  }
  return result;
}

/** What of a constructed object is called other than the place it stands in; undefined when nothing is. */
export function misnamed(value: unknown, path = objectType): string | undefined {
  if (Array.isArray(value)) return firstOf(value, (item) => misnamed(item, path));
  if (value instanceof Map) return firstOf([...value.values()], (item) => misnamed(item, path));
  if (!(value instanceof ObjectValue)) return undefined;
  if (value.type !== path)
    return `unexpected type name "${value.type}", expected "${path}", which matches field name path from root Object type`;
  return firstOf([...value.fields], ([key, member]) => misnamed(member, `${path}.${key}`));
}

function firstOf<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
