import type { KubeObject } from '@shared/api/meta.ts';
import { isReason } from '@shared/api/status.ts';
import type { DeepReadonly, Json, JsonObject } from '@shared/lib/types.ts';
import { RotateCcw, Save, ScanEye } from 'lucide-react';
import { useMemo, useState } from 'react';
import { parse } from 'yaml';
import { fieldManager } from '../../data/apply.ts';
import { useCluster } from '../../data/context.tsx';
import type { PanelProps } from '../../resource/detail-page.tsx';
import { refOfObject } from '../../resource/kind-paths.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorNotice, Notice } from '../../ui/feedback.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { CodeEditor } from './code-editor.tsx';
import { DiffView } from './diff-view.tsx';
import { parseText } from './documents.ts';
import { mergeThreeWay } from './merge-three-way.ts';
import { toComparableYaml, toYaml } from './to-yaml.ts';
import { useSchemas } from './use-schemas.ts';
import { useUnsaved } from './use-unsaved.ts';
import './editor.css';

interface Draft {
  /** The object the editing began from. */
  readonly base: JsonObject;
  readonly text: string;
}

/** The object as YAML, live until one begins to write; saving brings changes of others together with one's own. */
export function EditPanel({ kind, object }: PanelProps) {
  const { client } = useCluster();
  const toasts = useToasts();
  const schemas = useSchemas();
  const live = object as unknown as JsonObject;
  const [draft, setDraft] = useState<Draft>();
  const [preview, setPreview] = useState<JsonObject>();
  const [error, setError] = useState<unknown>();
  const [conflicts, setConflicts] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  useUnsaved(draft !== undefined);
  const editable = kind.verbs.includes('update');
  const liveText = useMemo(() => toYaml(live), [live]);
  const text = draft?.text ?? liveText;
  const broken = useMemo(
    () => parseText(text).diagnostics.some((problem) => problem.severity === 'error'),
    [text],
  );

  const stop = () => {
    setDraft(undefined);
    setPreview(undefined);
    setError(undefined);
    setConflicts([]);
  };
  const put = (body: JsonObject, dryRun: boolean) =>
    client.update(kind, body as DeepReadonly<KubeObject>, {
      fieldManager,
      dryRun,
      fieldValidation: 'Strict',
    }) as Promise<unknown> as Promise<JsonObject>;
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (failure) {
      if (isReason(failure, 'Conflict') && draft) await rebase(draft).catch(setError);
      else setError(failure);
    }
    setBusy(false);
  };
  /** Somebody wrote meanwhile: take his object and put my changes on it. */
  const rebase = async ({ base, text: mine }: Draft) => {
    const theirs = (await client.get(kind, refOfObject(object))) as unknown as JsonObject;
    const { merged, conflicts: both } = mergeThreeWay(
      withoutBookkeeping(base),
      withoutBookkeeping(parse(mine) as JsonObject),
      withoutBookkeeping(theirs),
    );
    const rebased = withVersionOf(merged as JsonObject, theirs);
    setDraft({ base: theirs, text: toYaml(rebased) });
    setPreview(rebased);
    setConflicts(both.length > 0 ? both : ['']);
  };
  const review = () => attempt(async () => setPreview(await put(parse(text) as JsonObject, true)));
  const save = () =>
    attempt(async () => {
      await put(parse(text) as JsonObject, false);
      toasts.done(`${object.metadata?.name} saved`);
      stop();
    });

  return (
    <div className="edit-panel">
      <div className="list-toolbar">
        <span className="muted">
          {draft ? 'Edited, not saved' : editable ? 'Live. Type to edit.' : 'Read only'}
        </span>
        <span className="grow" />
        <CopyButton label="Copy YAML" text={text} />
        {draft && (
          <>
            <Button size="sm" onClick={stop}>
              <RotateCcw size={13} /> Discard
            </Button>
            {preview ? (
              <Button size="sm" onClick={() => setPreview(undefined)}>
                Back to the editor
              </Button>
            ) : (
              <Button size="sm" disabled={busy || broken} onClick={() => void review()}>
                <ScanEye size={14} /> Review
              </Button>
            )}
            <Button size="sm" variant="primary" disabled={busy || broken} onClick={() => void save()}>
              <Save size={13} /> Save
            </Button>
          </>
        )}
      </div>
      {error !== undefined && (
        <div className="review-note">
          <ErrorNotice error={error} />
        </div>
      )}
      {conflicts.length > 0 && (
        <div className="review-note">
          <ConflictNotice fields={conflicts.filter(Boolean)} />
        </div>
      )}
      {preview && draft ? (
        <DiffView
          before={toComparableYaml(live)}
          after={toComparableYaml(preview)}
          beforeTitle="Now"
          afterTitle="After saving"
        />
      ) : (
        <CodeEditor
          value={text}
          readOnly={!editable}
          schemas={schemas}
          label={`${kind.kind} ${object.metadata?.name} as YAML`}
          onChange={(next) =>
            next !== text &&
            setDraft((old) =>
              next === liveText ? old && { ...old, text: next } : { base: old?.base ?? live, text: next },
            )
          }
          onSubmit={() => draft && void review()}
        />
      )}
    </div>
  );
}

function ConflictNotice({ fields }: { fields: readonly string[] }) {
  if (fields.length === 0) {
    return (
      <Notice level="warn" title="The object changed while you were editing">
        Both changes are brought together below. Look at them and save again.
      </Notice>
    );
  }
  return (
    <Notice level="warn" title="You and someone else changed the same fields">
      {fields.join(', ')}: your values stand below. Look at the difference and save again, or discard yours.
    </Notice>
  );
}

/** What the server writes by itself is nobody's change. */
function withoutBookkeeping(object: JsonObject): Json {
  const {
    managedFields: _managed,
    resourceVersion: _version,
    generation: _generation,
    ...metadata
  } = (object.metadata ?? {}) as JsonObject;
  return { ...object, metadata };
}

function withVersionOf(object: JsonObject, theirs: JsonObject): JsonObject {
  const { resourceVersion } = (theirs.metadata ?? {}) as { resourceVersion?: string };
  return {
    ...object,
    metadata: {
      ...(object.metadata as JsonObject),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
  };
}
