import { getOwn, isJsonObject, jsonEqual } from '../../lib/json.ts';
import type { Json } from '../../lib/types.ts';

/** Finds values in an object. */
export type JsonPath = (object: Json) => readonly Json[];

type Step = (values: readonly Json[]) => Json[];

/**
 * Compiles a path of printer columns: `.a.b`, `['a']`, `[0]`, `[-1:]`, `[*]`, `..a`, `[?(@.type=="Ready")]`, as kubectl
 * has them. Undefined when it is malformed.
 * https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
export function compileJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = [];
  let rest = text
    .trim()
    .replace(/^\{(.*)\}$/s, '$1')
    .replace(/^\$/, '');
  while (rest !== '') {
    const parsed = parseStep(rest);
    if (!parsed) return undefined;
    steps.push(parsed.step);
    rest = parsed.rest;
  }
  return (object) => steps.reduce<readonly Json[]>((values, step) => step(values), [object]);
}

/** The value of a plain dotted path. */
export function valueAt(object: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = object;
  for (const key of path) value = isJsonObject(value) ? getOwn(value, key) : undefined;
  return value;
}

function parseStep(text: string): { readonly step: Step; readonly rest: string } | undefined {
  const deep = /^\.\.([\w-]+|\*)/.exec(text);
  if (deep)
    return {
      step: (values) => values.flatMap((value) => descend(value, deep[1] ?? '')),
      rest: text.slice(deep[0].length),
    };
  const dotted = /^\.((?:[^.[\]\\]|\\.)+)/.exec(text);
  if (dotted)
    return { step: child((dotted[1] ?? '').replace(/\\(.)/g, '$1')), rest: text.slice(dotted[0].length) };
  if (text === '.') return { step: (values) => [...values], rest: '' };
  if (!text.startsWith('[')) return undefined;
  const end = closingBracket(text);
  if (end < 0) return undefined;
  const step = parseBracket(text.slice(1, end).trim());
  return step && { step, rest: text.slice(end + 1) };
}

function closingBracket(text: string): number {
  let depth = 0;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quote !== '') {
      if (char === '\\') i++;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '[') depth++;
    else if (char === ']' && --depth === 0) return i;
  }
  return -1;
}

function child(key: string): Step {
  if (key === '*') return (values) => values.flatMap(members);
  return (values) =>
    values.flatMap((value) => {
      const member = isJsonObject(value) ? getOwn(value, key) : undefined;
      return member === undefined ? [] : [member];
    });
}

function members(value: Json): Json[] {
  if (Array.isArray(value)) return [...value];
  return isJsonObject(value) ? Object.values(value).filter((member) => member !== undefined) : [];
}

function descend(value: Json, key: string): Json[] {
  const own = isJsonObject(value) ? (key === '*' ? members(value) : [getOwn(value, key)]) : [];
  return [
    ...own.filter((member) => member !== undefined),
    ...members(value).flatMap((member) => descend(member, key)),
  ];
}

function parseBracket(inside: string): Step | undefined {
  if (inside === '*') return (values) => values.flatMap(members);
  const quoted = /^(['"])(.*)\1$/s.exec(inside);
  if (quoted) return child((quoted[2] ?? '').replace(/\\(.)/g, '$1'));
  const filter = /^\?\((.*)\)$/s.exec(inside);
  if (filter) {
    const matches = parseFilter((filter[1] ?? '').trim());
    return matches && ((values) => values.flatMap(members).filter(matches));
  }
  if (/^-?\d+$/.test(inside)) {
    const index = Number(inside);
    return (values) =>
      values.flatMap((value) =>
        Array.isArray(value) ? value.slice(index, index === -1 ? undefined : index + 1) : [],
      );
  }
  const slice = /^(-?\d*):(-?\d*)(?::\d*)?$/.exec(inside);
  if (!slice) return undefined;
  const [from, to] = [slice[1], slice[2]].map((part) => (part ? Number(part) : undefined));
  return (values) => values.flatMap((value) => (Array.isArray(value) ? value.slice(from, to) : []));
}

function parseFilter(text: string): ((value: Json) => boolean) | undefined {
  const match = /^@(.*?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s.exec(text);
  if (!match) {
    const path = text.startsWith('@') ? compileJsonPath(text.slice(1)) : undefined;
    return path && ((value) => path(value).length > 0);
  }
  const [, pathText = '', operator = '', literalText = ''] = match;
  const path = compileJsonPath(pathText === '' ? '.' : pathText);
  const wanted = literal(literalText.trim());
  if (!path || wanted === undefined) return undefined;
  return (value) => path(value).some((found) => compares(found, operator, wanted));
}

function literal(text: string): Json | undefined {
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  if (quoted) return quoted[2] ?? '';
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function compares(found: Json, operator: string, wanted: Json): boolean {
  if (operator === '==') return jsonEqual(found, wanted);
  if (operator === '!=') return !jsonEqual(found, wanted);
  if (typeof found !== typeof wanted || found === null || wanted === null) return false;
  switch (operator) {
    case '<':
      return found < wanted;
    case '>':
      return found > wanted;
    case '<=':
      return found <= wanted;
    default:
      return found >= wanted;
  }
}
