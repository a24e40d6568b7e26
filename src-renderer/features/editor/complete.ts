import { apiVersionOf } from '@shared/api/meta.ts';
import { kinds } from '../../data/window-kinds.ts';
import { type CursorContext, contextAt } from './cursor.ts';
import { isIntOrString, type OpenApiSchema, type SchemaIndex, typeName } from './schema.ts';

export interface Suggestion {
  readonly label: string;
  /** The type, shown beside it. */
  readonly detail: string;
  readonly docs: string | undefined;
  /** Text to insert in place of what was typed. */
  readonly insert: string;
  readonly required: boolean;
}

export interface Suggestions {
  readonly typed: string;
  readonly isValue: boolean;
  readonly suggestions: readonly Suggestion[];
}

/** What may stand at an offset, according to the cluster's schema. */
export function suggestionsAt(text: string, offset: number, index: SchemaIndex): Suggestions | undefined {
  const context = contextAt(text, offset);
  if (context === undefined) return undefined;
  if (context.key !== undefined)
    return { typed: context.typed, isValue: true, suggestions: valuesFor(context, index) };
  if (/[:{["'&*!|>]/.test(context.typed)) return undefined;
  return { typed: context.typed, isValue: false, suggestions: keysFor(context, index) };
}

function keysFor(context: CursorContext, index: SchemaIndex): Suggestion[] {
  const schema = rootKeys(context) ?? index.at(index.forKind(context.apiVersion, context.kind), context.path);
  const required = new Set(schema?.required ?? []);
  return Object.entries(schema?.properties ?? {})
    .filter(([key]) => !context.siblings.has(key) && !(context.path.length === 0 && key === 'status'))
    .map(([key, child]) => {
      const resolved = index.resolve(child);
      return {
        label: key,
        detail: typeName(index, resolved) + (required.has(key) ? ', required' : ''),
        docs: resolved?.description,
        insert: keyText(key, resolved, context.column),
        required: required.has(key),
      };
    });
}

/** Before kind and apiVersion are there, nothing but they is known. */
function rootKeys(context: CursorContext): OpenApiSchema | undefined {
  if (context.path.length > 0 || (context.apiVersion !== '' && context.kind !== '')) return undefined;
  return {
    required: ['apiVersion', 'kind', 'metadata'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object', properties: {} },
    },
  };
}

/** The key with what its value begins with: a new line deeper for mappings, a dash for lists. */
function keyText(key: string, schema: OpenApiSchema | undefined, column: number): string {
  const indent = ' '.repeat(column);
  if (schema === undefined || isIntOrString(schema)) return `${key}: `;
  if (schema.type === 'array') return `${key}:\n${indent}- `;
  if (schema.type === 'object') return `${key}:\n${indent}  `;
  return `${key}: `;
}

function valuesFor(context: CursorContext, index: SchemaIndex): Suggestion[] {
  const plain = (label: string, detail = ''): Suggestion => ({
    label,
    detail,
    docs: undefined,
    insert: label,
    required: false,
  });
  if (context.path.length === 1 && context.key === 'kind') {
    const fitting = kinds.filter(
      (kind) => context.apiVersion === '' || apiVersionOf(kind) === context.apiVersion,
    );
    return fitting.map((kind) => ({ ...plain(kind.kind, apiVersionOf(kind)), docs: kind.view.purpose }));
  }
  if (context.path.length === 1 && context.key === 'apiVersion') {
    const fitting = kinds.filter((kind) => context.kind === '' || kind.kind === context.kind);
    return [...new Set(fitting.map(apiVersionOf))].map((apiVersion) => plain(apiVersion));
  }
  const schema = index.at(index.forKind(context.apiVersion, context.kind), context.path);
  if (schema?.enum) return schema.enum.map((value) => plain(String(value)));
  if (schema?.type === 'boolean') return [plain('true'), plain('false')];
  return schema?.default !== undefined && typeof schema.default !== 'object'
    ? [plain(String(schema.default), 'default')]
    : [];
}
