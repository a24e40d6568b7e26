import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { collectMetadata } from '../data/collect.ts';
import { useCluster } from '../data/context.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorNotice, SkeletonLines } from '../ui/feedback.tsx';
import { plural } from '../ui/format.ts';
import { useToasts } from '../ui/toast.tsx';
import { type DeleteRequest, deletedText, deleteObjects, type Propagation } from './delete-objects.ts';
import { type AnyObject, objectKey } from './list-model.ts';
import { byKind, type Found, goesWith } from './owned.ts';

/** Asks before a delete and shows what the garbage collector will take along. */
export function DeleteDialog({
  request,
  onClose,
}: {
  request: DeleteRequest;
  onClose: (deleted: boolean) => void;
}) {
  const { kind, objects } = request;
  const { client, name: cluster } = useCluster();
  const toasts = useToasts();
  const [propagation, setPropagation] = useState<Propagation>('Background');
  const [immediately, setImmediately] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<readonly unknown[]>([]);
  const preview = useQuery({
    queryKey: ['goes-with', cluster, kind.plural, objects.map(objectKey)],
    queryFn: ({ signal }) => previewOf(request, (namespace) => collectMetadata(client, namespace, signal)),
    gcTime: 0,
  });

  const confirm = async () => {
    setBusy(true);
    const failed = await deleteObjects(client, request, { propagation, immediately });
    setBusy(false);
    setProblems(failed);
    if (failed.length > 0) return;
    toasts.done(deletedText(request));
    onClose(true);
  };

  const [first] = objects;
  const title =
    objects.length === 1 && first
      ? `Delete ${kind.kind} ${first.metadata?.name}?`
      : `Delete ${objects.length} ${kind.view.title.toLowerCase()}?`;
  return (
    <Dialog
      title={title}
      description={
        objects.length === 1 && first?.metadata?.namespace
          ? `In namespace ${first.metadata.namespace} of cluster ${cluster}.`
          : `In cluster ${cluster}.`
      }
      onClose={() => onClose(false)}
      footer={
        <>
          <Button onClick={() => onClose(false)}>Cancel</Button>
          <Button variant="danger" disabled={busy} onClick={() => void confirm()} autoFocus>
            {busy ? 'Deleting…' : objects.length === 1 ? 'Delete' : `Delete ${objects.length}`}
          </Button>
        </>
      }
    >
      <div className="stack">
        {problems.map((problem, index) => (
          <ErrorNotice key={`problem-${index.toString()}`} error={problem} />
        ))}
        {objects.length > 1 && <NameList objects={objects} />}
        <Preview found={preview.data} error={preview.error} orphan={propagation === 'Orphan'} />
        <div className="row" style={{ gap: 16, flexWrap: 'wrap' }}>
          <label className="row">
            <span className="muted">Owned objects</span>
            <select
              className="input sm"
              style={{ width: 'auto' }}
              value={propagation}
              onChange={(event) => setPropagation(event.target.value as Propagation)}
            >
              <option value="Background">go after it (background)</option>
              <option value="Foreground">go before it (foreground)</option>
              <option value="Orphan">stay (orphan)</option>
            </select>
          </label>
          {kind.gracefulDeletion && (
            <label className="row">
              <input
                type="checkbox"
                checked={immediately}
                onChange={(event) => setImmediately(event.target.checked)}
              />
              <span>Without grace period</span>
            </label>
          )}
        </div>
      </div>
    </Dialog>
  );
}

async function previewOf(
  { kind, objects }: DeleteRequest,
  collect: (namespace: string | undefined) => Promise<Found[]>,
): Promise<readonly Found[]> {
  if (kind.group === '' && kind.kind === 'Namespace') {
    return (await Promise.all(objects.map((object) => collect(object.metadata?.name)))).flat();
  }
  if (!kind.namespaced) return goesWith(objects, await collect(undefined));
  const namespaces = [...new Set(objects.map((object) => object.metadata?.namespace))];
  return goesWith(objects, (await Promise.all(namespaces.map(collect))).flat());
}

function Preview({
  found,
  error,
  orphan,
}: {
  found: readonly Found[] | undefined;
  error: unknown;
  orphan: boolean;
}) {
  if (error) return <ErrorNotice error={error} />;
  if (found === undefined) return <SkeletonLines count={2} />;
  if (orphan && found.length > 0)
    return <p className="muted">{plural(found.length, 'owned object')} will stay behind without an owner.</p>;
  if (found.length === 0) return <p className="muted">Nothing else goes with it.</p>;
  return (
    <div className="stack" style={{ gap: 6 }}>
      <h3>{plural(found.length, 'object')} will go with it</h3>
      <dl className="kv">
        {byKind(found).map(({ kind, objects }) => (
          <Group key={`${kind.group}/${kind.plural}`} title={kind.view.title} objects={objects} />
        ))}
      </dl>
    </div>
  );
}

function Group({ title, objects }: { title: string; objects: readonly AnyObject[] }) {
  const shown = objects.slice(0, 6).map((object) => object.metadata?.name);
  const more = objects.length - shown.length;
  return (
    <>
      <dt>
        {title} <span className="num">({objects.length})</span>
      </dt>
      <dd className="mono">
        {shown.join(', ')}
        {more > 0 && ` and ${more} more`}
      </dd>
    </>
  );
}

function NameList({ objects }: { objects: readonly AnyObject[] }) {
  return (
    <ul className="mono" style={{ maxHeight: 140, overflow: 'auto' }}>
      {objects.map((object) => (
        <li key={objectKey(object)}>
          {[object.metadata?.namespace, object.metadata?.name].filter(Boolean).join(' / ')}
        </li>
      ))}
    </ul>
  );
}
