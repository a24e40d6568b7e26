import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { useState } from 'react';
import { ClusterProvider, useApp, useObjects } from '../../data/context.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNotice, Notice } from '../../ui/feedback.tsx';
import { plural } from '../../ui/format.ts';
import { OperationDialog } from '../operations/operation-dialog.tsx';
import { removalEffect } from './removal-effect.ts';

interface RemoveNodeProps {
  readonly cluster: string;
  readonly node: string;
  readonly onClose: () => void;
}

/** Takes a Docker node out of its cluster, after saying what becomes of its pods. */
export function RemoveNodeDialog(props: RemoveNodeProps) {
  return (
    <ClusterProvider name={props.cluster}>
      <RemoveNode {...props} />
    </ClusterProvider>
  );
}

function RemoveNode({ cluster, node, onClose }: RemoveNodeProps) {
  const app = useApp();
  const nodes = useObjects({ kind: nodeKind });
  const pods = useObjects({ kind: podKind, fieldSelector: `spec.nodeName=${node}` });
  const [operationId, setOperationId] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  if (operationId !== null) {
    return (
      <OperationDialog
        operationId={operationId}
        titles={{
          running: `Removing ${node}`,
          done: `${node} is gone`,
          failed: `${node} could not be removed`,
          cancelled: 'Removal was called off',
        }}
        cancelLabel="Cancel removal"
        onAgain={() => setOperationId(null)}
        onClose={onClose}
      />
    );
  }
  const remove = async () => {
    setBusy(true);
    setError(null);
    try {
      setOperationId((await app.rpc.call('node.remove', { cluster, node })).operationId);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  const effect = removalEffect(pods.objects, nodes.objects, node);
  return (
    <Dialog
      title={`Remove node ${node}?`}
      description={`From cluster ${cluster}. Its container is removed with all that lies in it.`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="danger" disabled={busy} onClick={() => void remove()} autoFocus>
            Remove node
          </Button>
        </>
      }
    >
      <div className="stack">
        {error !== null && <ErrorNotice error={error} />}
        {pods.synced && (
          <p>
            {effect.moving === 0
              ? 'No pod has to move.'
              : `${plural(effect.moving, 'pod')} will be ended here and started on other nodes by what manages ${effect.moving === 1 ? 'it' : 'them'}.`}
          </p>
        )}
        {effect.lost.length > 0 && (
          <Notice level="warn" title={`${plural(effect.lost.length, 'pod')} will not come back`}>
            Nothing manages {effect.lost.length === 1 ? 'it' : 'them'}:{' '}
            <span className="mono">{effect.lost.join(', ')}</span>
          </Notice>
        )}
        {nodes.synced && !effect.elsewhere && (
          <Notice level="warn" title="There is no other node that can run pods">
            Pods will wait as Pending until a node is added.
          </Notice>
        )}
        <p className="muted">Volumes of type emptyDir and hostPath on this node are lost.</p>
      </div>
    </Dialog>
  );
}
