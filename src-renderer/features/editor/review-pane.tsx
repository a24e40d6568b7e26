import { ApiError, isReason } from '@shared/api/status.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { Link, useParams } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { objectParams } from '../../resource/kind-paths.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice, Notice, SkeletonLines } from '../../ui/feedback.tsx';
import { CodeEditor } from './code-editor.tsx';
import { DiffView } from './diff-view.tsx';
import { SchemaIndex } from './schema.ts';
import { toComparableYaml, toYaml } from './to-yaml.ts';
import type { ApplyItem } from './use-apply.ts';

const noSchemas = new SchemaIndex([]);

/** What applying one object does, or did. */
export function ReviewPane({ item, busy, onForce }: { item: ApplyItem; busy: boolean; onForce: () => void }) {
  const { state, manifest } = item;
  switch (state.type) {
    case 'unread':
    case 'working':
      return (
        <div className="review-note">
          <SkeletonLines />
        </div>
      );
    case 'failed':
      return (
        <div className="review-note stack">
          {isReason(state.error, 'Conflict') ? (
            <Conflict error={state.error} busy={busy} onForce={onForce} />
          ) : (
            <ErrorNotice error={state.error} />
          )}
        </div>
      );
    case 'after-namespace':
      return (
        <>
          <div className="review-note">
            <Notice title={`Namespace ${state.namespace} is created with it`}>
              The server can check this object only once the namespace exists; that happens when you apply.
            </Notice>
          </div>
          {manifest && <NewObject text={toYaml(manifest.object)} title="Will be created" />}
        </>
      );
    case 'reviewed':
    case 'applied':
      return (
        <>
          {state.type === 'applied' && (
            <div className="review-note">
              <p className="row" style={{ color: 'var(--ok)' }}>
                <CircleCheck size={16} /> Applied.
                {manifest && <OpenLink item={item} name={nameOf(state.review.result) ?? manifest.ref.name} />}
              </p>
            </div>
          )}
          {state.type === 'reviewed' && state.force && (
            <div className="review-note">
              <Notice level="warn" title="Takes over fields">
                Fields that others own will belong to Slipway from then on.
              </Notice>
            </div>
          )}
          {state.unchanged ? (
            <div className="review-note">
              <Notice title={state.type === 'applied' ? 'Nothing changed' : 'Nothing changes'}>
                The cluster has this object just so.
              </Notice>
            </div>
          ) : state.review.live === undefined ? (
            <NewObject
              text={toComparableYaml(state.review.result)}
              title={state.type === 'applied' ? 'Created' : 'Will be created, with the defaults filled in'}
            />
          ) : (
            <DiffView
              before={toComparableYaml(state.review.live)}
              after={toComparableYaml(state.review.result)}
              beforeTitle={state.type === 'applied' ? 'Before' : 'Now'}
              afterTitle={state.type === 'applied' ? 'Now' : 'After applying'}
            />
          )}
        </>
      );
  }
}

/** There is nothing to compare a new object with. */
function NewObject({ text, title }: { text: string; title: string }) {
  return (
    <div className="diff">
      <div className="diff-titles">
        <span>{title}</span>
      </div>
      <CodeEditor value={text} readOnly schemas={noSchemas} label={title} onChange={() => undefined} />
    </div>
  );
}

function nameOf(object: JsonObject): string | undefined {
  const metadata = object.metadata as { name?: string } | undefined;
  return metadata?.name;
}

function OpenLink({ item, name }: { item: ApplyItem; name: string }) {
  const { cluster } = useParams({ from: '/c/$cluster/apply' });
  if (item.manifest === undefined) return null;
  return (
    <Link
      to="/c/$cluster/r/$group/$plural/$namespace/$name"
      params={objectParams(cluster, item.manifest.kind, { ...item.manifest.ref, name })}
    >
      Open {name}
    </Link>
  );
}

/** Others own fields that the manifest sets differently: name them, offer to take them over. */
function Conflict({ error, busy, onForce }: { error: unknown; busy: boolean; onForce: () => void }) {
  const causes = error instanceof ApiError ? (error.status.details?.causes ?? []) : [];
  return (
    <>
      <Notice
        level="warn"
        title="Others manage some of these fields"
        action={
          <Button disabled={busy} onClick={onForce}>
            Take over
          </Button>
        }
      >
        Take them over to set your values, or remove these fields from the manifest to leave them to their
        managers.
      </Notice>
      {causes.length > 0 && (
        <table className="plain-table">
          <thead>
            <tr>
              <th>Field</th>
              <th>Managed by</th>
            </tr>
          </thead>
          <tbody>
            {causes.map((cause) => (
              <tr key={`${cause.field}${cause.message}`}>
                <td className="mono">{cause.field}</td>
                <td>{cause.message?.replace(/^conflict with /, '')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
