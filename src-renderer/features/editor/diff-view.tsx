import { MergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { baseExtensions } from './extensions.ts';

export interface DiffViewProps {
  readonly before: string;
  readonly after: string;
  readonly beforeTitle: string;
  readonly afterTitle: string;
}

/** Two texts side by side, equal stretches folded. */
export function DiffView({ before, after, beforeTitle, afterTitle }: DiffViewProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (host.current === null) return;
    const side = (doc: string, label: string) => ({
      doc,
      extensions: [
        baseExtensions(),
        EditorView.lineWrapping,
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ 'aria-label': label }),
      ],
    });
    const merge = new MergeView({
      a: side(before, beforeTitle),
      b: side(after, afterTitle),
      parent: host.current,
      collapseUnchanged: { margin: 4, minSize: 6 },
      gutter: true,
    });
    return () => merge.destroy();
  }, [before, after, beforeTitle, afterTitle]);
  return (
    <div className="diff">
      <div className="diff-titles">
        <span>{beforeTitle}</span>
        <span>{afterTitle}</span>
      </div>
      <div ref={host} className="diff-host" />
    </div>
  );
}
