import type { Environment } from '@marcbachmann/cel-js';
import { Optional } from '@marcbachmann/cel-js';
import { setOwn } from '@shared/lib/json.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { CelError } from '../../cel/cel.ts';
import { charge } from '../../cel/cost.ts';
import { register, registerLibrary } from '../../cel/define.ts';
import { tokenAt } from '../../cel/tokens.ts';
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

/** What an object costs more than the map and the call that stand for it. */
const structCost = 9;

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
      [`${functionName(type)}(map): ${type}`]: (fields: unknown) => {
        charge(structCost);
        return new Value(fieldsOf(type, fields));
      },
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
export function withoutLiterals(text: string): Rewritten {
  return rewrite(text, () => undefined);
}

const literal = /(?:Object(?:\s*\.\s*[A-Za-z_]\w*)*|JSONPatch)(?=\s*\{)/y;
const field = /(\?)?\s*(?:`([^`]+)`|([A-Za-z_]\w*))\s*:/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** An expression written anew, and for each of its characters the place it comes from. */
export interface Rewritten {
  readonly text: string;
  readonly origins: readonly number[];
}

class Writer {
  text = '';
  readonly origins: number[] = [];

  /** `origin`: where the part stands in the original; all of a made-up part comes from one place. */
  add(part: string, origin: number, isCopy: boolean): void {
    for (let i = 0; i < part.length; i++) this.origins.push(isCopy ? origin + i : origin);
    this.text += part;
  }
}

function rewrite(text: string, onType: (type: string) => void): Rewritten {
  const open: ('literal' | 'other')[] = [];
  const out = new Writer();
  let at = 0;
  let expectsField = false;
  let isMember = false;
  const copy = (end: number) => {
    out.add(text.slice(at, end), at, true);
    at = end;
  };
  while (at < text.length) {
    const { kind, end } = tokenAt(text, at);
    if (kind === 'blank') {
      copy(end);
      continue;
    }
    const followsDot = isMember;
    isMember = false;
    const name = expectsField ? matchAt(field, text, at) : null;
    expectsField = false;
    if (name) {
      out.add(`${JSON.stringify((name[1] ?? '') + (name[2] ?? unescaped(name[3] ?? '')))}:`, at, false);
      at += name[0].length;
      continue;
    }
    const found = followsDot || kind !== 'word' ? null : matchAt(literal, text, at);
    if (found) {
      const type = found[0].replace(/\s/g, '');
      onType(type);
      out.add(`${functionName(type)}({`, at, false);
      at = text.indexOf('{', at) + 1;
      open.push('literal');
      expectsField = true;
      continue;
    }
    const char = text[at] ?? '';
    copy(end);
    if (kind !== 'sign') continue;
    isMember = char === '.';
    if ('({['.includes(char)) open.push('other');
    else if (')}]'.includes(char) && open.pop() === 'literal') out.add(')', at - 1, false);
    else if (char === ',' && open.at(-1) === 'literal') expectsField = true;
  }
  return out;
}

/** A compiler's complaint about a rewritten expression, as one about the expression people wrote. */
export function complaintAbout(text: string, { text: read, origins }: Rewritten, message: string): string {
  const found = /^ERROR: <input>:(\d+):(\d+): ([^\n]*)/.exec(message);
  if (!found) return message;
  const [, line = '1', column = '1', summary = ''] = found;
  const before = read.split('\n').slice(0, Number(line) - 1);
  const offset = before.reduce((sum, one) => sum + one.length + 1, 0) + Number(column) - 1;
  const lines = text.slice(0, origins[offset] ?? text.length).split('\n');
  const place = lines.at(-1)?.length ?? 0;
  const source = text.split('\n')[lines.length - 1] ?? '';
  return `ERROR: <input>:${lines.length}:${place + 1}: ${summary}\n | ${source}\n | ${'.'.repeat(place)}^`;
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
