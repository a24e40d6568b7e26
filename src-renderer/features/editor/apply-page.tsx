import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { FileUp, ScanEye, Send } from 'lucide-react';
import { type DragEvent, useMemo, useRef, useState } from 'react';
import { useKinds } from '../../data/context.tsx';
import { Button } from '../../ui/button.tsx';
import { plural } from '../../ui/format.ts';
import { CodeEditor } from './code-editor.tsx';
import { DocumentList } from './document-list.tsx';
import { parseText } from './documents.ts';
import { ReviewPane } from './review-pane.tsx';
import { templateOf } from './templates.ts';
import { type Apply, type ApplyItem, useApply } from './use-apply.ts';
import { useSchemas } from './use-schemas.ts';
import { useUnsaved } from './use-unsaved.ts';
import './editor.css';

/** Paste, drop or write manifests; look at what they would change; apply them. */
export function ApplyPage() {
  const { cluster } = useParams({ from: '/c/$cluster/apply' });
  const { kind: kindName, ns } = useSearch({ from: '/c/$cluster/apply' });
  const navigate = useNavigate();
  const { kinds } = useKinds(cluster);
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
  const apply = useApply(text, namespace);
  useUnsaved(text.trim() !== template.trim() && text.trim() !== '' && apply.phase !== 'applied');
  const problem = useMemo(
    () => parseText(text).diagnostics.find(({ severity }) => severity === 'error'),
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
      onDragLeave={(event) => leaves(event) && setDragging(false)}
      onDropCapture={drop}
    >
      <div className="page-head">
        <h1>Apply YAML</h1>
        <span className="muted truncate">
          to {cluster}, namespace {namespace} unless named
        </span>
        <span className="grow" />
        {reviewing ? (
          <ReviewButtons
            apply={apply}
            onDone={() => void navigate({ to: '/c/$cluster', params: { cluster } })}
          />
        ) : (
          <EditButtons apply={apply} onFiles={(files) => void addFiles(files)} />
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
                {problem ? (
                  <button
                    type="button"
                    className="problem-link"
                    onClick={() => setGoTo({ offset: problem.from })}
                  >
                    Line {parseText(text).lineOf(problem.from)}: {problem.message}
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

/** Leaving a part of the page for another one is not leaving the page. */
function leaves({ currentTarget, relatedTarget }: DragEvent): boolean {
  return !(relatedTarget instanceof Node && currentTarget.contains(relatedTarget));
}

/** Shown first: what would change, or cannot be applied. */
function needsLook({ state }: ApplyItem): boolean {
  return state.type === 'failed' || (state.type === 'reviewed' && !state.unchanged);
}

function ReviewButtons({ apply, onDone }: { readonly apply: Apply; readonly onDone: () => void }) {
  if (apply.phase === 'applied') {
    return (
      <>
        <Button onClick={apply.edit}>Edit again</Button>
        <Button variant="primary" onClick={onDone}>
          Done
        </Button>
      </>
    );
  }
  const text = apply.changing === 0 ? 'Nothing to apply' : `Apply ${plural(apply.changing, 'object')}`;
  return (
    <>
      <Button onClick={apply.edit}>Back to the editor</Button>
      <Button
        variant="primary"
        disabled={apply.busy || apply.changing === 0}
        onClick={() => void apply.apply()}
      >
        <Send size={14} /> {apply.busy ? 'Working…' : text}
      </Button>
    </>
  );
}

function EditButtons({
  apply,
  onFiles,
}: {
  readonly apply: Apply;
  readonly onFiles: (files: FileList | null) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept=".yaml,.yml,.json"
        onChange={(event) => onFiles(event.target.files)}
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
  );
}
