import { EditorState } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { baseExtensions, schemasCame, writingExtensions } from './extensions.ts';
import type { SchemaIndex } from './schema.ts';

export interface CodeEditorProps {
  /** The text to show; a change from outside replaces only what differs. */
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly schemas: SchemaIndex;
  readonly label: string;
  readonly readOnly?: boolean;
  /** Ctrl/Cmd-Enter. */
  readonly onSubmit?: () => void;
  /** Where to put the cursor, when that changes. */
  readonly goTo?: { readonly offset: number } | undefined;
}

/** The YAML editor. */
export function CodeEditor(props: CodeEditorProps) {
  const { value, label, readOnly = false, schemas, goTo } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor lives as long as its place; what changes is read from `latest`
  useEffect(() => {
    if (host.current === null) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          keymap.of([
            {
              key: 'Mod-Enter',
              run: () => {
                latest.current.onSubmit?.();
                return true;
              },
            },
          ]),
          baseExtensions(),
          readOnly ? [EditorState.readOnly.of(true)] : writingExtensions(() => latest.current.schemas),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    const change = smallestChange(editor.state.doc.toString(), value);
    if (change) editor.dispatch({ changes: change });
  }, [value]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new schemas are the reason to look again
  useEffect(() => view.current?.dispatch({ effects: schemasCame.of(null) }), [schemas]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || goTo === undefined) return;
    const anchor = Math.min(goTo.offset, editor.state.doc.length);
    editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
    editor.focus();
  }, [goTo]);

  return <div ref={host} className="code-editor" />;
}

/** One replacement that turns `old` into `next`; undefined when they are the same. Keeps cursor and scrolling. */
function smallestChange(old: string, next: string): { from: number; to: number; insert: string } | undefined {
  if (old === next) return undefined;
  let from = 0;
  while (from < old.length && from < next.length && old[from] === next[from]) from += 1;
  let endOld = old.length;
  let endNext = next.length;
  while (endOld > from && endNext > from && old[endOld - 1] === next[endNext - 1]) {
    endOld -= 1;
    endNext -= 1;
  }
  return { from, to: endOld, insert: next.slice(from, endNext) };
}
