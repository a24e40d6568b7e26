import { ownMatches } from './own-names.ts';
import { compilePattern } from './regex.ts';

/** A complaint about a part of an expression, with its place: the form the library's own have. */
export interface LiteralFault {
  readonly summary: string;
  readonly range: { readonly start: number };
}

interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly start: number;
  readonly checkedType?: { readonly name: string };
}

/**
 * What Kubernetes refuses of literals beyond what the library does: lists and maps of mixed types, and durations, times and
 * patterns that are none. Undefined when there is nothing. Source: apiserver, `cel/environment`, `baseOpts`.
 */
export function literalFault(ast: unknown): LiteralFault | undefined {
  if (Array.isArray(ast)) return firstOf(ast);
  if (!isNode(ast)) return undefined;
  return mixedFault(ast) ?? constantFault(ast) ?? literalFault(partsOf(ast));
}

function firstOf(parts: readonly unknown[]): LiteralFault | undefined {
  for (const part of parts) {
    const fault = literalFault(part);
    if (fault) return fault;
  }
  return undefined;
}

/** Objects that are constructed are written as calls with a map. */
const construction = /^new(?:Object|JSONPatch)/;

/** What is in a part of an expression; maps of constructions and lists of `format` may hold anything. */
function partsOf({ op, args }: Node): unknown {
  if (op === 'call' && construction.test(String((args as readonly unknown[])[0]))) {
    const [, [members]] = args as readonly [string, readonly Node[]];
    return members?.args;
  }
  if (op === 'rcall' && (args as readonly unknown[])[0] === 'format') {
    const [, receiver, [values]] = args as readonly [string, Node, readonly Node[]];
    return [receiver, values?.op === 'list' ? values.args : values];
  }
  return args;
}

function mixedFault({ op, args }: Node): LiteralFault | undefined {
  if (op === 'list') return mixedIn(args as readonly Node[]);
  if (op !== 'map') return undefined;
  const members = args as readonly (readonly [Node, Node])[];
  return mixedIn(members.map(([key]) => key)) ?? mixedIn(members.map(([, value]) => value));
}

function mixedIn(items: readonly Node[]): LiteralFault | undefined {
  let known: string | undefined;
  for (const { checkedType, start } of items) {
    const type = checkedType?.name ?? 'dyn';
    if (known === undefined || isGeneral(type)) known = type;
    else if (!fits(known, type)) {
      const summary = `expected type '${shown(known)}' but found '${shown(type)}'`;
      return { summary, range: { start } };
    }
  }
  return undefined;
}

/** `dyn`, and parameters that nothing has settled. */
function isGeneral(type: string): boolean {
  return type === 'dyn' || /^[A-Z]$/.test(type);
}

const basic = new Set(['bool', 'bytes', 'double', 'int', 'string', 'uint']);

function fits(known: string, type: string): boolean {
  if (known === type || isGeneral(known) || isGeneral(type)) return true;
  const [one, other] = [split(known), split(type)];
  if (known === 'null' || type === 'null') {
    const { base } = known === 'null' ? other : one;
    return !basic.has(base) && base !== 'list' && base !== 'map';
  }
  if (one.base !== other.base) return false;
  return one.parameters.every((parameter, i) => fits(parameter, other.parameters[i] ?? 'dyn'));
}

/** `map<string, list<int>>` is `map` of `string` and `list<int>`. */
function split(type: string): { readonly base: string; readonly parameters: readonly string[] } {
  const [, base = type, inside = ''] = /^([^<]*)<(.*)>$/.exec(type) ?? [];
  const parameters: string[] = [];
  let depth = 0;
  let from = 0;
  for (const [i, char] of [...inside, ','].entries()) {
    if (char === '<') depth++;
    else if (char === '>') depth--;
    else if (char === ',' && depth === 0) {
      parameters.push(inside.slice(from, i).trim());
      from = i + 1;
    }
  }
  return { base, parameters: inside === '' ? [] : parameters };
}

function shown(type: string): string {
  return type.replaceAll('<', '(').replaceAll('>', ')');
}

const duration = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const constants: Readonly<Record<string, (text: string) => boolean>> = {
  duration: (text) => duration.test(text),
  timestamp: (text) => time.test(text) && !Number.isNaN(Date.parse(text)),
  [ownMatches]: isPattern,
};

function isPattern(text: string): boolean {
  try {
    compilePattern(text);
    return true;
  } catch {
    return false;
  }
}

function constantFault({ op, args }: Node): LiteralFault | undefined {
  if (op !== 'call' && op !== 'rcall') return undefined;
  const [name, ...rest] = args as readonly [string, ...unknown[]];
  const [argument] = (rest.at(-1) ?? []) as readonly Node[];
  const isValid = Object.hasOwn(constants, name) ? constants[name] : undefined;
  if (!isValid || argument?.op !== 'value' || typeof argument.args !== 'string') return undefined;
  if (isValid(argument.args)) return undefined;
  return { summary: `invalid ${name} argument`, range: { start: argument.start } };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'start' in value;
}
