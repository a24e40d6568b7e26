import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Diagnostic, ManifestDocument } from './documents.ts';
import { childOf, isIntOrString, isOpen, item, type OpenApiSchema, type SchemaIndex } from './schema.ts';

/** Compares a document with the cluster's own schema: unknown and missing fields, wrong types, values not allowed. */
export function validateDocument(document: ManifestDocument, index: SchemaIndex): readonly Diagnostic[] {
  const { parsed, apiVersion, kind } = document;
  if (parsed.errors.length > 0 || !isMap(parsed.contents)) return [];
  const problems: Diagnostic[] = [];
  const root = parsed.contents;
  for (const key of ['apiVersion', 'kind']) {
    if (!root.has(key))
      problems.push({ ...startOf(root), severity: 'error', message: `Missing required field “${key}”.` });
  }
  if (apiVersion === '' || kind === '' || kind === 'List' || index.isEmpty) return problems;
  const schema = index.forKind(apiVersion, kind);
  if (schema === undefined) {
    const node = root.get('kind', true);
    problems.push({
      ...rangeOf(node, root),
      severity: 'error',
      message: `This cluster serves no kind “${kind}” in ${apiVersion}.`,
    });
    return problems;
  }
  walk({ index, problems }, root, schema);
  return problems;
}

interface Walk {
  readonly index: SchemaIndex;
  readonly problems: Diagnostic[];
}

function walk(state: Walk, node: Node | null | undefined, unresolved: OpenApiSchema | undefined): void {
  const schema = state.index.resolve(unresolved);
  if (schema === undefined || node === null || node === undefined) return;
  if (isScalar(node) && node.value === null) return;
  const complain = (message: string) => state.problems.push({ ...rangeOf(node), severity: 'error', message });
  const expects = (type: string) => schema.type === undefined || schema.type === type;
  if (isMap(node)) {
    if (expects('object')) walkMap(state, node, schema);
    else complain(`Expected ${schema.type}, not a mapping.`);
  } else if (isSeq(node)) {
    if (expects('array')) for (const entry of node.items) walk(state, entry as Node, childOf(schema, item));
    else complain(`Expected ${schema.type}, not a list.`);
  } else if (isScalar(node)) {
    const problem = scalarProblem(node.value, schema);
    if (problem) complain(problem);
  }
}

function walkMap(state: Walk, node: YAMLMap, schema: OpenApiSchema): void {
  for (const pair of node.items as Pair<Node, Node | null>[]) {
    if (!isScalar(pair.key)) continue;
    const key = String(pair.key.value);
    const child = childOf(schema, key);
    if (child === undefined && !isOpen(schema)) {
      const near = nearest(key, Object.keys(schema.properties ?? {}));
      const message = `Unknown field “${key}”.${near ? ` Did you mean “${near}”?` : ''}`;
      state.problems.push({ ...rangeOf(pair.key), severity: 'error', message });
    }
    walk(state, pair.value, child);
  }
  for (const key of schema.required ?? []) {
    if (!node.has(key))
      state.problems.push({
        ...startOf(node),
        severity: 'error',
        message: `Missing required field “${key}”.`,
      });
  }
}

/** What is wrong with a plain value; undefined when nothing is. */
function scalarProblem(value: unknown, schema: OpenApiSchema): string | undefined {
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return `Allowed: ${schema.enum.map(String).join(', ')}.`;
  if (isIntOrString(schema))
    return typeof value === 'string' || typeof value === 'number' ? undefined : 'Expected integer or string.';
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' ? undefined : `Expected a string; write "${String(value)}" in quotes.`;
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) ? undefined : 'Expected a whole number.';
    case 'number':
      return typeof value === 'number' ? undefined : 'Expected a number.';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'Expected true or false.';
    case 'array':
      return 'Expected a list: lines that begin with “- ”.';
    case 'object':
      return 'Expected a mapping: lines of “key: value”.';
    default:
      return undefined;
  }
}

function rangeOf(node: unknown, fallback?: Node): { from: number; to: number } {
  const range =
    (typeof node === 'object' && node !== null && 'range' in node ? (node as Node).range : undefined) ??
    fallback?.range;
  const [from, to] = range ?? [0, 0];
  return { from, to };
}

/** The first key of a mapping: where a complaint about the whole of it is shown. */
function startOf(node: YAMLMap): { from: number; to: number } {
  const [first] = node.items as Pair[];
  return rangeOf(first?.key, node);
}

/** The known key that differs least from a mistyped one, if the difference is small. */
function nearest(key: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(key.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(key.toLowerCase(), candidate.toLowerCase(), least);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? limit;
}
