import { useNavigate, useSearch } from '@tanstack/react-router';
import { Clock, Plus, Server, ShieldCheck } from 'lucide-react';
import { useApp } from '../../data/context.tsx';
import { useReadable } from '../../data/readable.ts';
import { Button } from '../../ui/button.tsx';
import { SkeletonLines } from '../../ui/feedback.tsx';
import mark from '../../ui/mark.svg';
import { CreateClusterDialog } from '../wizard/create-cluster-dialog.tsx';
import { ClusterCard } from './cluster-card.tsx';
import { DockerNotice } from './docker-notice.tsx';
import './home.css';

/** All clusters; with none, the one button that matters. */
export function HomePage() {
  const app = useApp();
  const clusters = useReadable(app.clusters);
  const info = useReadable(app.info);
  const { create } = useSearch({ from: '/' });
  const navigate = useNavigate({ from: '/' });
  const openWizard = () => void navigate({ search: { create: true } });
  return (
    <div className="home">
      {clusters === null ? (
        <SkeletonLines count={5} />
      ) : clusters.length === 0 ? (
        <FirstCluster onCreate={openWizard} />
      ) : (
        <>
          <div className="home-head">
            <h1 className="grow">Clusters</h1>
            <Button variant="primary" onClick={openWizard}>
              <Plus size={15} /> Create cluster
            </Button>
          </div>
          <div className="stack" style={{ gap: 16 }}>
            <DockerNotice />
            <div className="home-grid">
              {clusters.map((cluster) => (
                <ClusterCard key={cluster.name} cluster={cluster} />
              ))}
            </div>
          </div>
        </>
      )}
      {create && clusters !== null && info !== null && (
        <CreateClusterDialog onClose={() => void navigate({ search: {} })} />
      )}
    </div>
  );
}

function FirstCluster({ onCreate }: { onCreate: () => void }) {
  const info = useReadable(useApp().info);
  return (
    <div className="first">
      <div>
        <img src={mark} alt="" width={56} height={56} />
        <h1>Your first cluster is one click away</h1>
        <p>
          Slipway runs real Kubernetes clusters with several nodes on this machine. kubectl and other
          Kubernetes clients work against them.
        </p>
        <Button variant="primary" size="lg" onClick={onCreate} autoFocus>
          <Plus size={17} /> Create cluster
        </Button>
        <ul className="first-facts">
          <li>
            <Server size={14} /> 3 nodes
          </li>
          <li>
            <Clock size={14} /> 10 seconds, the first a minute more
          </li>
          <li>
            <ShieldCheck size={14} /> stays on this machine
          </li>
        </ul>
        <div style={{ width: '100%', textAlign: 'left', marginTop: 16 }}>
          <DockerNotice />
        </div>
        {info && (
          <p className="muted" style={{ fontSize: 12 }}>
            Kubernetes {info.kubernetesVersion} · Slipway {info.version}
          </p>
        )}
      </div>
    </div>
  );
}
