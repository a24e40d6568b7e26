import { type JsonSchema, propertiesOf, valuesOf } from './json-schema.ts';

/** Where a path leads in a schema, and how errors name that place; or why it leads nowhere. */
export type ResolvedPath =
  | { readonly path: string; readonly schema: JsonSchema }
  | { readonly problem: string };

const token = /'(?:\\.|[^'\\])*'|[.[\]]|[^.[\]]+/gy;
const missing = 'does not refer to a valid field';
const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};

/**
 * Follows `.spec.size` and, where brackets are allowed, `['a name']` through properties and the values of maps.
 * Source: apiextensions, `ValidFieldPath`.
 */
export function resolveFieldPath(
  text: string,
  root: JsonSchema,
  { allowsBrackets }: { readonly allowsBrackets: boolean },
): ResolvedPath {
  const tokens = text.match(token) ?? [];
  let schema = root;
  let path = '';
  for (let at = 0; at < tokens.length; at++) {
    const sign = tokens[at];
    if (sign !== '.' && sign !== '[') return { problem: `expected [ or . but got: ${sign}` };
    if (sign === '[' && !allowsBrackets) return { problem: 'array notation is not allowed' };
    const word = tokens[++at];
    if (word === undefined) return { problem: 'unexpected end of JSON path' };
    const key = sign === '.' ? word : unquoted(word);
    if (typeof key !== 'string') return key;
    const isNamed = propertiesOf(schema).length > 0;
    const next = isNamed ? schema.properties?.[key] : valuesOf(schema);
    if (!next) return { problem: missing };
    schema = next;
    path = isNamed ? (path === '' ? key : `${path}.${key}`) : `${path}[${key}]`;
    if (sign === '.') continue;
    const end = tokens[++at];
    if (end === undefined) return { problem: 'unexpected end of JSON path' };
    if (end !== ']') return { problem: `expected ] but got ${end}` };
  }
  return { path, schema };
}

function unquoted(word: string): string | { readonly problem: string } {
  if (word.length < 2 || !word.startsWith("'") || !word.endsWith("'"))
    return { problem: `expected single quoted string but got ${word}` };
  const inner = word.slice(1, -1);
  const wrong = [...inner.matchAll(/\\(.)/g)].find(([, char = '']) => escapes[char] === undefined);
  if (wrong) return { problem: `invalid string literal: invalid escape char ${wrong[0]}` };
  return inner.replace(/\\(.)/g, (_, char: string) => escapes[char] ?? '');
}
