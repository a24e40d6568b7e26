import { replicaSetKind } from '@shared/kinds/apps/replica-set/kind.ts';
import type { Deployment } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { Link } from '@tanstack/react-router';
import { Undo2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useCluster, useObjects } from '../../data/context.tsx';
import type { PanelProps } from '../../resource/detail-page.tsx';
import { objectParams, refOfObject } from '../../resource/kind-paths.ts';
import { Age } from '../../ui/age.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Badge, Bar } from '../../ui/feedback.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { WorkloadPods } from '../pod/workload-pods.tsx';
import { type Revision, revisionsOf, rolloutText, undoPatch } from './rollout.ts';

/** How the rollout stands, and the revisions to go back to. */
export function DeploymentPanel({ kind, object, cluster }: PanelProps) {
  const deployment = object as DeepReadonly<Deployment>;
  const { client } = useCluster();
  const toasts = useToasts();
  const { objects } = useObjects({ kind: replicaSetKind, namespace: deployment.metadata?.namespace });
  const revisions = useMemo(() => revisionsOf(deployment, objects), [deployment, objects]);
  const [busy, setBusy] = useState(false);
  const rollout = rolloutText(deployment);
  const wanted = deployment.spec?.replicas ?? 1;
  const ready = deployment.status?.readyReplicas ?? 0;
  const undo = async (revision: Revision) => {
    setBusy(true);
    try {
      await client.patch(
        kind,
        refOfObject(object),
        { type: 'json', body: undoPatch(revision) },
        { fieldManager: 'slipway' },
      );
      toasts.done(`${deployment.metadata?.name} goes back to revision ${revision.number}`);
    } catch (error) {
      toasts.failed(error);
    }
    setBusy(false);
  };
  return (
    <>
      <Card
        title="Rollout"
        actions={
          <Badge level={rollout.done ? 'ok' : 'progress'}>{rollout.done ? 'complete' : 'in progress'}</Badge>
        }
      >
        <div className="stack">
          <Bar
            share={wanted === 0 ? 1 : ready / wanted}
            label="Ready replicas"
            level={rollout.done ? 'ok' : 'progress'}
          />
          <dl className="kv">
            <dt>Replicas</dt>
            <dd className="num">
              {ready} of {wanted} ready, {deployment.status?.updatedReplicas ?? 0} up to date,{' '}
              {deployment.status?.availableReplicas ?? 0} available
            </dd>
            <dt>Status</dt>
            <dd>{rollout.text}</dd>
            <dt>Strategy</dt>
            <dd>{strategyText(deployment)}</dd>
          </dl>
        </div>
      </Card>
      <WorkloadPods
        cluster={cluster}
        namespace={deployment.metadata?.namespace}
        selector={deployment.spec?.selector}
      />
      <Card title="Revisions">
        <table className="plain-table">
          <thead>
            <tr>
              <th>Revision</th>
              <th>Images</th>
              <th>Ready</th>
              <th>Age</th>
              <th aria-label="Actions" />
            </tr>
          </thead>
          <tbody>
            {revisions.map((revision) => (
              <tr key={revision.replicaSet.metadata?.uid}>
                <td className="nowrap">
                  <Link
                    to="/c/$cluster/r/$group/$plural/$namespace/$name"
                    params={objectParams(cluster, replicaSetKind, refOfObject(revision.replicaSet))}
                  >
                    {revision.number}
                  </Link>{' '}
                  {revision.current && <Badge level="ok">current</Badge>}
                </td>
                <td className="mono">
                  {revision.images.join(', ')}
                  {revision.cause && <div className="muted">{revision.cause}</div>}
                </td>
                <td className="num nowrap">
                  {revision.ready} / {revision.desired}
                </td>
                <td>
                  <Age at={revision.replicaSet.metadata?.creationTimestamp} />
                </td>
                <td style={{ textAlign: 'right' }}>
                  {!revision.current && (
                    <Button size="sm" disabled={busy} onClick={() => void undo(revision)}>
                      <Undo2 size={13} /> Roll back
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Card>
    </>
  );
}

function strategyText({ spec }: DeepReadonly<Deployment>): string {
  const { type = 'RollingUpdate', rollingUpdate } = spec?.strategy ?? {};
  if (type === 'Recreate') return 'Recreate: all pods end before new ones start';
  return `Rolling update: ${rollingUpdate?.maxSurge ?? '25%'} more, ${rollingUpdate?.maxUnavailable ?? '25%'} fewer pods at a time`;
}
