import type { ClusterSummary } from '@shared/rpc/contract.ts';
import { Link, useNavigate } from '@tanstack/react-router';
import {
  Box,
  Container,
  FileDown,
  Globe,
  MoreHorizontal,
  PackagePlus,
  Play,
  Plus,
  Power,
  Server,
  Square,
  Trash2,
} from 'lucide-react';
import { useState } from 'react';
import { useApp } from '../../data/context.tsx';
import { useReadable } from '../../data/readable.ts';
import { useDialogs } from '../../resource/dialogs.ts';
import { Age } from '../../ui/age.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Badge, Dot, ErrorNotice } from '../../ui/feedback.tsx';
import { plural } from '../../ui/format.ts';
import { Menu } from '../../ui/menu.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { StepList } from '../operations/step-list.tsx';
import { withName } from '../settings/autostart.ts';
import { clusterLevel } from './cluster-level.ts';
import { DeleteClusterDialog } from './delete-cluster-dialog.tsx';

/** One cluster: how it fares and what can be done with it. */
export function ClusterCard({ cluster }: { cluster: ClusterSummary }) {
  const app = useApp();
  const toasts = useToasts();
  const navigate = useNavigate();
  const dialogs = useDialogs();
  const settings = useReadable(app.settings);
  const autostarts = settings?.autostart.includes(cluster.name) === true;
  const [deleting, setDeleting] = useState(false);
  const operation = useReadable(app.operations).find(
    (item) => item.cluster === cluster.name && item.state === 'running',
  );
  const { name, state } = cluster;
  const busy = state === 'creating' || state === 'starting' || state === 'stopping' || state === 'deleting';
  const call = (method: 'cluster.start' | 'cluster.stop') =>
    void app.rpc.call(method, { name }).catch(toasts.failed);
  const merge = async () => {
    try {
      const { file, backup } = await app.rpc.call('cluster.mergeKubeconfig', { name });
      toasts.done(
        `Context slipway-${name} is now the current one in ${file}${backup ? `; the old file is kept as ${backup}` : ''}`,
      );
    } catch (error) {
      toasts.failed(error);
    }
  };
  return (
    <article className="card cluster-card" aria-label={`Cluster ${name}`}>
      <div className="row">
        <Dot level={clusterLevel(state)} text={state} />
        <Link className="title truncate" to="/c/$cluster" params={{ cluster: name }}>
          {name}
        </Link>
        <span className="grow" />
        <Badge level={clusterLevel(state)}>{state}</Badge>
        <Menu
          trigger={
            <IconButton label={`More for ${name}`}>
              <MoreHorizontal size={15} />
            </IconButton>
          }
          entries={[
            {
              id: 'add-nodes',
              label: 'Add nodes…',
              icon: Plus,
              disabled: state !== 'running',
              onSelect: () => dialogs.addNodes(name),
            },
            {
              id: 'load-images',
              label: 'Load images…',
              icon: PackagePlus,
              disabled: state !== 'running' || cluster.driver === 'hollow',
              onSelect: () => dialogs.loadImages(name),
            },
            {
              id: 'autostart',
              label: autostarts ? 'Do not start with Slipway' : 'Start with Slipway',
              icon: Power,
              disabled: settings === null,
              onSelect: () =>
                void app
                  .changeSettings({ autostart: withName(settings?.autostart ?? [], name, !autostarts) })
                  .catch(toasts.failed),
            },
            { id: 'merge', label: 'Merge into my kubeconfig', icon: FileDown, onSelect: () => void merge() },
            {
              id: 'delete',
              label: 'Delete…',
              icon: Trash2,
              danger: true,
              separator: true,
              disabled: busy,
              onSelect: () => setDeleting(true),
            },
          ]}
        />
      </div>
      <div className="cluster-facts">
        <NodesFact cluster={cluster} />
        {cluster.server && (
          <span className="mono">
            <Globe size={14} />
            {cluster.server.replace('https://', '')}
          </span>
        )}
        <span className="muted">
          created <Age at={cluster.createdAt} suffix=" ago" />
        </span>
      </div>
      {cluster.error && <ErrorNotice error={cluster.error} />}
      {operation && <StepList steps={operation.steps} />}
      <footer>
        {state === 'running' && (
          <>
            <Button
              variant="primary"
              size="sm"
              onClick={() => void navigate({ to: '/c/$cluster', params: { cluster: name } })}
            >
              Open
            </Button>
            <CopyButton
              label="Copy kubeconfig"
              text={async () => (await app.rpc.call('cluster.kubeconfig', { name })).yaml}
            >
              Copy kubeconfig
            </CopyButton>
            <span className="grow" />
            <Button size="sm" variant="ghost" onClick={() => call('cluster.stop')}>
              <Square size={13} /> Stop
            </Button>
          </>
        )}
        {(state === 'stopped' || state === 'failed') && (
          <Button size="sm" onClick={() => call('cluster.start')}>
            <Play size={13} /> Start
          </Button>
        )}
      </footer>
      {deleting && <DeleteClusterDialog cluster={cluster} onClose={() => setDeleting(false)} />}
    </article>
  );
}

function NodesFact({ cluster }: { cluster: ClusterSummary }) {
  const Icon = cluster.driver === 'docker' ? Container : Box;
  const simulated = cluster.hollowNodes;
  return (
    <>
      {cluster.nodes > 0 && (
        <span>
          <Server size={14} />
          {plural(cluster.nodes, 'node')}
        </span>
      )}
      {simulated > 0 && cluster.driver === 'docker' && (
        <span>
          <Box size={14} />
          {plural(simulated, 'simulated node')}
        </span>
      )}
      {cluster.nodes === 0 && simulated > 0 && cluster.driver === 'hollow' && (
        <span>
          <Server size={14} />
          {plural(simulated, 'node')}
        </span>
      )}
      <span>
        <Icon size={14} />
        {cluster.driver === 'docker' ? 'Docker' : 'Simulated'}
      </span>
    </>
  );
}
