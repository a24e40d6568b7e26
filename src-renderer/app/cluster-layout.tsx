import { Outlet, useNavigate, useParams } from '@tanstack/react-router';
import { Play } from 'lucide-react';
import { useState } from 'react';
import { ClusterProvider, useApp } from '../data/context.tsx';
import { useReadable } from '../data/readable.ts';
import { StepList } from '../features/operations/step-list.tsx';
import { ActionsProvider } from '../resource/actions.tsx';
import { Button } from '../ui/button.tsx';
import { Empty, ErrorNotice, SkeletonLines } from '../ui/feedback.tsx';
import { useToasts } from '../ui/toast.tsx';
import { ClusterBanner } from './connection-banner.tsx';

/** Pages of one cluster; when it does not run, what to do about that instead. */
export function ClusterLayout() {
  const { cluster } = useParams({ from: '/c/$cluster' });
  const app = useApp();
  const clusters = useReadable(app.clusters);
  const operations = useReadable(app.operations);
  const toasts = useToasts();
  const navigate = useNavigate();
  const [ranAs, setRanAs] = useState<string | null>(null);
  if (clusters === null) {
    return (
      <div style={{ padding: 24 }}>
        <SkeletonLines />
      </div>
    );
  }
  const summary = clusters.find((item) => item.name === cluster);
  // A control plane that crashed is started anew within a second: what is open, and being written, stays.
  const stays = summary?.state === 'running' || (summary?.state === 'starting' && ranAs === cluster);
  if (stays !== (ranAs === cluster)) setRanAs(stays ? cluster : null);
  const home = <Button onClick={() => void navigate({ to: '/' })}>Show the clusters</Button>;
  if (summary === undefined) {
    return (
      <Empty title={`There is no cluster “${cluster}”`} action={home}>
        It may have been deleted, or the address has a typing error.
      </Empty>
    );
  }
  if (stays) {
    return (
      <ClusterProvider key={cluster} name={cluster}>
        <ActionsProvider>
          <div className="cluster-frame">
            <div>
              <ClusterBanner />
            </div>
            <div className="cluster-body">
              <Outlet />
            </div>
          </div>
        </ActionsProvider>
      </ClusterProvider>
    );
  }
  const start = () => void app.rpc.call('cluster.start', { name: cluster }).catch(toasts.failed);
  if (summary.state === 'stopped' || summary.state === 'failed') {
    return (
      <div style={{ maxWidth: 620, margin: '48px auto', padding: '0 24px' }} className="stack">
        {summary.error && <ErrorNotice error={summary.error} />}
        <Empty
          title={summary.state === 'stopped' ? `${cluster} is stopped` : `${cluster} does not run`}
          action={
            <Button variant="primary" size="lg" onClick={start}>
              <Play size={15} /> Start {cluster}
            </Button>
          }
        >
          Its objects and volumes are kept. Starting brings the same pods back.
        </Empty>
      </div>
    );
  }
  const operation = operations.find((item) => item.cluster === cluster && item.state === 'running');
  return (
    <div style={{ maxWidth: 620, margin: '48px auto', padding: '0 24px' }} className="stack">
      <h1>{`${cluster} is ${summary.state}`}</h1>
      {operation ? <StepList steps={operation.steps} /> : <SkeletonLines count={4} />}
    </div>
  );
}
