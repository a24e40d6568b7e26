import { ApiError } from '@shared/api/status.ts';
import { type Document, isScalar, Lexer, Parser, parseDocument, visit } from 'yaml';
import type { ParsedBody } from './body.ts';
import { badRequest } from './errors.ts';

/**
 * No API object is nested a quarter as deep. What follows goes down one call or more per level, and at the end of the
 * stack there is not always an exception: where V8 has to compile a pattern there, it ends the process.
 */
const maxDepth = 400;

/** Parses one YAML document as Kubernetes does (YAML 1.2 core schema, JSON-compatible). 400 names the line. */
export function parseYaml(text: string): ParsedBody {
  if (isNestedTooDeeply(text))
    throw badRequest(`the request body is not valid YAML: yaml: exceeded max depth of ${maxDepth}`);
  const document = parseDocument(text, { uniqueKeys: false, version: '1.2', prettyErrors: false });
  const [error] = document.errors;
  if (error) throw malformed(text, error.pos[0], error.message, error);
  try {
    const value = document.toJS({ maxAliasCount: 100 }) as unknown;
    return { value, duplicates: [], yamlErrors: complaints(document, text) };
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw malformed(text, 0, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Read token by token, with what is open kept in a list: no call goes deeper than another. */
function isNestedTooDeeply(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    Array.from(parser.next(lexeme));
    if (parser.stack.length > maxDepth) return true;
  }
  return false;
}

function malformed(text: string, position: number, why: string, cause: unknown): ApiError {
  return new ApiError(
    badRequest(`the request body is not valid YAML: yaml: line ${lineAt(text, position)}: ${why}`).status,
    { cause },
  );
}

/** Half a surrogate pair: an escape can name it, UTF-8 cannot say it. */
const halfPair = /\p{Surrogate}/u;

/** Keys that stand in one map twice, as Go's YAML parser tells of them. What that does not read is refused. */
function complaints(document: Document, text: string): string[] {
  const found: string[] = [];
  visit(document, {
    Scalar(_, { value, range }) {
      if (typeof value === 'string' && halfPair.test(value))
        throw malformed(text, range?.[0] ?? 0, 'found invalid Unicode character escape code', undefined);
    },
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name) && isScalar(key))
          found.push(
            `line ${lineAt(text, key.range?.[0] ?? 0)}: key ${JSON.stringify(key.value)} already set in map`,
          );
        seen.add(name);
      }
    },
  });
  return found;
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
