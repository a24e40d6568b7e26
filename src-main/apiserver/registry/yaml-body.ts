import { ApiError } from '@shared/api/status.ts';
import { type Document, isMap, isPair, isScalar, parseDocument, visit } from 'yaml';
import type { ParsedBody } from './body.ts';
import { badRequest } from './errors.ts';

/** Parses one YAML document as Kubernetes does (YAML 1.2 core schema, JSON-compatible). 400 names the line. */
export function parseYaml(text: string): ParsedBody {
  const document = parseDocument(text, { uniqueKeys: false, version: '1.2', prettyErrors: false });
  const [error] = document.errors;
  if (error) throw malformed(text, error.pos[0], error.message, error);
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) as unknown, duplicates: duplicates(document) };
  } catch (cause) {
    throw malformed(text, 0, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function malformed(text: string, position: number, why: string, cause: unknown): ApiError {
  const before = text.slice(0, position).split('\n');
  return new ApiError(
    badRequest(`the request body is not valid YAML: yaml: line ${before.length}: ${why}`).status,
    { cause },
  );
}

function duplicates(document: Document): string[] {
  const found: string[] = [];
  visit(document, {
    Map(_, map, path) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name)) found.push([...ancestors(path), String(name)].join('.'));
        seen.add(name);
      }
    },
  });
  return found;
}

function ancestors(path: readonly unknown[]): string[] {
  return path
    .filter(isPair)
    .map((pair) => (isScalar(pair.key) ? String(pair.key.value) : isMap(pair.key) ? '{}' : '?'));
}
