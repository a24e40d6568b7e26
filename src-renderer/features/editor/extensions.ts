import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language';
import { type Diagnostic as CmDiagnostic, linter, lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, StateEffect } from '@codemirror/state';
import {
  drawSelection,
  type EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
  tooltips,
} from '@codemirror/view';
import { suggestionsAt } from './complete.ts';
import { keyAt } from './cursor.ts';
import { parseText } from './documents.ts';
import { type SchemaIndex, typeName } from './schema.ts';
import { editorTheme } from './theme.ts';
import { validateDocument } from './validate.ts';

/** What every editor has, whether it may be written in or not. */
export function baseExtensions(): Extension[] {
  return [
    lineNumbers(),
    foldGutter(),
    drawSelection(),
    yaml(),
    indentUnit.of('  '),
    EditorState.tabSize.of(2),
    bracketMatching(),
    highlightSelectionMatches(),
    editorTheme,
    keymap.of([...searchKeymap, ...foldKeymap]),
  ];
}

/** What is written is held against other schemas from now on: those of the cluster have arrived. */
export const schemasCame = StateEffect.define();

/** Writing: history, completion, documentation and complaints from the cluster's schema. */
export function writingExtensions(schemas: () => SchemaIndex): Extension[] {
  return [
    highlightActiveLine(),
    highlightActiveLineGutter(),
    history(),
    indentOnInput(),
    closeBrackets(),
    autocompletion({
      override: [(context) => complete(context, schemas())],
      activateOnTyping: true,
      icons: false,
    }),
    lintGutter(),
    linter((view) => problemsOf(view.state.doc.toString(), schemas()), {
      delay: 250,
      needsRefresh: ({ transactions }) =>
        transactions.some(({ effects }) => effects.some((effect) => effect.is(schemasCame))),
    }),
    hoverTooltip((view, position) => documentation(view, position, schemas())),
    tooltips({ tooltipSpace: ownWidth }),
    keymap.of([indentWithTab, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
  ];
}

/** What pops up keeps to the editor's width, so that it never lies over the side bar. */
function ownWidth(view: EditorView) {
  const { left, right } = view.dom.getBoundingClientRect();
  return { left, right, top: 0, bottom: window.innerHeight };
}

function complete(context: CompletionContext, schemas: SchemaIndex): CompletionResult | null {
  const text = context.state.doc.toString();
  const found = suggestionsAt(text, context.pos, schemas);
  if (found === undefined || (!context.explicit && found.typed === '' && found.isValue === false))
    return null;
  const options = found.suggestions.map(
    (suggestion): Completion => ({
      label: suggestion.label,
      detail: suggestion.detail,
      apply: suggestion.insert,
      boost: suggestion.required ? 2 : 0,
      ...(suggestion.docs && { info: suggestion.docs }),
    }),
  );
  return { from: context.pos - found.typed.length, options, validFor: /^[\w./-]*$/ };
}

/** Syntax first; the schema only has a say where the syntax is right. */
function problemsOf(text: string, schemas: SchemaIndex): CmDiagnostic[] {
  const { documents, diagnostics } = parseText(text);
  return [...diagnostics, ...documents.flatMap((document) => validateDocument(document, schemas))].map(
    (problem) => ({ ...problem }),
  );
}

function documentation(view: EditorView, position: number, schemas: SchemaIndex) {
  const found = keyAt(view.state.doc.toString(), position);
  if (found === undefined) return null;
  const { apiVersion, kind, path } = found.context;
  const schema = schemas.at(schemas.forKind(apiVersion, kind), [...path, found.key]);
  if (schema === undefined) return null;
  return {
    pos: found.from,
    end: found.to,
    above: true,
    create() {
      const dom = document.createElement('div');
      dom.className = 'docs';
      const name = document.createElement('b');
      name.textContent = found.key;
      const type = document.createElement('span');
      type.className = 'type';
      type.textContent = typeName(schemas, schema);
      const text = document.createElement('div');
      text.textContent = schema.description ?? '';
      dom.append(name, type, text);
      return { dom };
    },
  };
}
