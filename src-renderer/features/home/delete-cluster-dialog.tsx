import type { ClusterSummary } from '@shared/rpc/contract.ts';
import { useState } from 'react';
import { useApp } from '../../data/context.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNotice } from '../../ui/feedback.tsx';
import { plural } from '../../ui/format.ts';

/** Deleting a cluster cannot be undone, so its name has to be typed. */
export function DeleteClusterDialog({ cluster, onClose }: { cluster: ClusterSummary; onClose: () => void }) {
  const app = useApp();
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<unknown>(null);
  const confirmed = typed.trim() === cluster.name;
  const remove = async () => {
    try {
      await app.rpc.call('cluster.delete', { name: cluster.name });
      onClose();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <Dialog
      title={`Delete cluster ${cluster.name}?`}
      description={`Its ${plural(Math.max(cluster.nodes, cluster.hollowNodes), 'node')}, every object and every volume in it are removed. This cannot be undone.`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="danger" disabled={!confirmed} onClick={() => void remove()}>
            Delete cluster
          </Button>
        </>
      }
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (confirmed) void remove();
        }}
      >
        {error !== null && <ErrorNotice error={error} />}
        <div className="field">
          <label htmlFor="delete-name">Type {cluster.name} to confirm</label>
          <input
            id="delete-name"
            className="input mono"
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
      </form>
    </Dialog>
  );
}
