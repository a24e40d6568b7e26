import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { FileUp, ScanEye, Send } from 'lucide-react';
import { type DragEvent, useMemo, useRef, useState } from 'react';
import { kinds } from '../../data/window-kinds.ts';
import { Button } from '../../ui/button.tsx';
import { plural } from '../../ui/format.ts';
import { CodeEditor } from './code-editor.tsx';
import { DocumentList } from './document-list.tsx';
import { parseText } from './documents.ts';
import { ReviewPane } from './review-pane.tsx';
import { templateOf } from './templates.ts';
import { type ApplyItem, useApply } from './use-apply.ts';
import { useSchemas } from './use-schemas.ts';
import { useUnsaved } from './use-unsaved.ts';
import './editor.css';

/** Paste, drop or write manifests; look at what they would change; apply them. */
export function ApplyPage() {
  const { cluster } = useParams({ from: '/c/$cluster/apply' });
  const { kind: kindName, ns } = useSearch({ from: '/c/$cluster/apply' });
  const navigate = useNavigate();
  const schemas = useSchemas();
  const namespace = ns !== undefined && !ns.includes(',') ? ns : 'default';
  const [template] = useState(() => {
    const kind = kinds.find((candidate) => candidate.kind === kindName);
    return kind ? templateOf(kind) : '';
  });
  const [text, setText] = useState(template);
  const [goTo, setGoTo] = useState<{ offset: number }>();
  const [chosen, setChosen] = useState<string>();
  const [dragging, setDragging] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const apply = useApply(text, namespace);
  useUnsaved(text.trim() !== template.trim() && text.trim() !== '' && apply.phase !== 'applied');
  const problems = useMemo(
    () => parseText(text).diagnostics.filter((problem) => problem.severity === 'error'),
    [text],
  );
  const reviewing = apply.phase !== 'editing';
  const current =
    apply.items.find((item) => item.id === chosen) ?? apply.items.find(needsLook) ?? apply.items[0];

  const addFiles = async (files: FileList | null) => {
    const texts = await Promise.all([...(files ?? [])].map((file) => file.text()));
    if (texts.length === 0) return;
    setText((old) =>
      [old.trim(), ...texts.map((item) => item.trim())].filter(Boolean).join('\n---\n').concat('\n'),
    );
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setDragging(false);
    void addFiles(event.dataTransfer.files);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping a file has the “Open file” button as its equal
    <div
      className="page apply-page"
      data-dragging={dragging}
      onDragOver={(event) => {
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={(event) => event.currentTarget === event.target && setDragging(false)}
      onDropCapture={drop}
    >
      <div className="page-head">
        <h1>Apply YAML</h1>
        <span className="muted truncate">
          to {cluster}, namespace {namespace} where none is named
        </span>
        <span className="grow" />
        {reviewing ? (
          <>
            <Button onClick={apply.edit}>
              {apply.phase === 'applied' ? 'Edit again' : 'Back to the editor'}
            </Button>
            {apply.phase === 'applied' ? (
              <Button
                variant="primary"
                onClick={() => void navigate({ to: '/c/$cluster', params: { cluster } })}
              >
                Done
              </Button>
            ) : (
              <Button
                variant="primary"
                disabled={apply.busy || apply.changing === 0}
                onClick={() => void apply.apply()}
              >
                <Send size={14} />{' '}
                {apply.busy
                  ? 'Working…'
                  : apply.changing === 0
                    ? 'Nothing to apply'
                    : `Apply ${plural(apply.changing, 'object')}`}
              </Button>
            )}
          </>
        ) : (
          <>
            <input
              ref={input}
              type="file"
              multiple
              hidden
              accept=".yaml,.yml,.json"
              onChange={(event) => void addFiles(event.target.files)}
            />
            <Button onClick={() => input.current?.click()}>
              <FileUp size={14} /> Open file
            </Button>
            <Button
              variant="primary"
              disabled={apply.items.length === 0}
              title="Ctrl+Enter"
              onClick={() => void apply.review()}
            >
              <ScanEye size={14} /> Review
            </Button>
          </>
        )}
      </div>
      <div className="apply-body">
        <DocumentList
          items={apply.items}
          chosen={reviewing ? current?.id : undefined}
          phase={apply.phase}
          onChoose={(item) => (reviewing ? setChosen(item.id) : setGoTo({ offset: item.offset }))}
        />
        <div className="apply-main">
          {reviewing ? (
            current && (
              <ReviewPane
                key={current.id}
                item={current}
                busy={apply.busy}
                onForce={() => void apply.takeOver(current.id)}
              />
            )
          ) : (
            <>
              <CodeEditor
                value={text}
                onChange={setText}
                schemas={schemas}
                label="Manifests"
                onSubmit={() => void apply.review()}
                goTo={goTo}
              />
              <div className="rt-foot">
                {problems.length > 0 && problems[0] ? (
                  <button
                    type="button"
                    className="problem-link"
                    onClick={() => setGoTo({ offset: problems[0]?.from ?? 0 })}
                  >
                    Line {parseText(text).lineOf(problems[0].from)}: {problems[0].message}
                  </button>
                ) : (
                  <span>
                    {text.trim() === ''
                      ? 'Paste manifests, drop files here, or begin to type: Ctrl+Space helps.'
                      : plural(apply.items.length, 'object')}
                  </span>
                )}
              </div>
            </>
          )}
        </div>
      </div>
      {dragging && <div className="drop-hint">Drop to add to the manifests</div>}
    </div>
  );
}

/** Shown first: what would change, or cannot be applied. */
function needsLook({ state }: ApplyItem): boolean {
  return state.type === 'failed' || (state.type === 'reviewed' && !state.unchanged);
}
