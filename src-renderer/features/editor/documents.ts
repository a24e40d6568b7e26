import type { JsonObject } from '@shared/lib/types.ts';
import { type Document, isMap, isScalar, LineCounter, parseAllDocuments } from 'yaml';

/** Something to point at in the text. Offsets count from its beginning. */
export interface Diagnostic {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** One YAML document of a file. */
export interface ManifestDocument {
  readonly parsed: Document.Parsed;
  readonly from: number;
  readonly to: number;
  /** First line, counted from 1. */
  readonly line: number;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  /** Undefined while the document has syntax errors or is no mapping. */
  readonly object: JsonObject | undefined;
}

export interface ParsedText {
  /** Without empty ones. */
  readonly documents: readonly ManifestDocument[];
  readonly diagnostics: readonly Diagnostic[];
  lineOf(offset: number): number;
}

/** Reads a text of one or several YAML documents; every complaint points at its place. */
export function parseText(text: string): ParsedText {
  const counter = new LineCounter();
  const lineOf = (offset: number) => counter.linePos(offset).line;
  const parsed = parseAllDocuments(text, {
    lineCounter: counter,
    prettyErrors: false,
    version: '1.2',
    merge: true,
    stringKeys: false,
  });
  const all = Array.isArray(parsed) ? parsed : [];
  const diagnostics = all.flatMap((document) => syntaxProblems(document, text.length));
  const documents = all
    .filter((document) => !isEmpty(document) || document.errors.length > 0)
    .map((document) => toManifest(document, lineOf));
  for (const document of documents) {
    if (document.parsed.errors.length === 0 && !isMap(document.parsed.contents)) {
      diagnostics.push({
        ...rangeOf(document, text.length),
        severity: 'error',
        message: 'A manifest is a mapping that begins with apiVersion and kind.',
      });
    }
  }
  return { documents, diagnostics, lineOf };
}

/** A document of nothing but comments has a null for contents. */
function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

function syntaxProblems(document: Document.Parsed, length: number): Diagnostic[] {
  const of = (severity: Diagnostic['severity']) => (problem: { message: string; pos: [number, number] }) => {
    const from = Math.min(problem.pos[0], length);
    return { from, to: Math.min(Math.max(problem.pos[1], from), length), severity, message: problem.message };
  };
  return [...document.errors.map(of('error')), ...document.warnings.map(of('warning'))];
}

function rangeOf(document: ManifestDocument, length: number): { from: number; to: number } {
  const [from = 0, to = from] = document.parsed.contents?.range ?? [];
  return { from: Math.min(from, length), to: Math.min(to, length) };
}

function toManifest(document: Document.Parsed, lineOf: (offset: number) => number): ManifestDocument {
  const usable = document.errors.length === 0 && isMap(document.contents);
  const text = (path: string[]): string => {
    const value: unknown = isMap(document.contents) ? document.getIn(path) : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const from = document.contents?.range?.[0] ?? document.range[0];
  return {
    parsed: document,
    from,
    to: document.range[2],
    line: lineOf(from),
    apiVersion: text(['apiVersion']),
    kind: text(['kind']),
    name: text(['metadata', 'name']) || text(['metadata', 'generateName']),
    namespace: text(['metadata', 'namespace']) || undefined,
    object: usable ? (document.toJS({ maxAliasCount: 100 }) as JsonObject) : undefined,
  };
}

/** Objects to apply: each document, or each item of a `List`. */
export function objectsOf(document: ManifestDocument): readonly JsonObject[] {
  const { object } = document;
  if (object === undefined) return [];
  if (document.kind !== 'List' || !Array.isArray(object.items)) return [object];
  return object.items.filter(
    (item): item is JsonObject => typeof item === 'object' && item !== null && !Array.isArray(item),
  );
}
