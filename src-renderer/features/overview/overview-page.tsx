import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ClipboardCopy, FilePlus2, MoreHorizontal, PackagePlus, Plus, Square } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { useApp, useObjects, useUsage } from '../../data/context.tsx';
import { useDialogs } from '../../resource/dialogs.ts';
import { groupParam } from '../../resource/kind-paths.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dot, ErrorNotice, type Level } from '../../ui/feedback.tsx';
import { Menu } from '../../ui/menu.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { NodeTable } from './node-table.tsx';
import { RecentEvents } from './recent-events.tsx';
import { isReady, nodeUse, type PodState, podsByState, realNodes, sumOf } from './summary.ts';
import { Unhealthy } from './unhealthy.tsx';
import { UseTile } from './use-tile.tsx';
import './overview.css';

const states: readonly { state: PodState; level: Level }[] = [
  { state: 'running', level: 'ok' },
  { state: 'pending', level: 'progress' },
  { state: 'failing', level: 'error' },
  { state: 'unknown', level: 'warn' },
  { state: 'completed', level: 'done' },
  { state: 'terminating', level: 'done' },
];

/** How the cluster fares, at a glance: nodes, pods, use, what is not well, what happened last. */
export function OverviewPage() {
  const { cluster } = useParams({ from: '/c/$cluster' });
  const navigate = useNavigate();
  const dialogs = useDialogs();
  const app = useApp();
  const toasts = useToasts();
  const nodes = useObjects({ kind: nodeKind });
  const pods = useObjects({ kind: podKind });
  const use = useMemo(() => nodeUse(nodes.objects, pods.objects), [nodes.objects, pods.objects]);
  const usage = useUsage(useMemo(() => realNodes(nodes.objects), [nodes.objects]));
  const counts = useMemo(() => podsByState(pods.objects), [pods.objects]);
  const copyKubeconfig = async () => {
    try {
      const { yaml } = await app.rpc.call('cluster.kubeconfig', { name: cluster });
      await navigator.clipboard.writeText(yaml);
      toasts.done(`The kubeconfig of ${cluster} is on the clipboard`);
    } catch (error) {
      toasts.failed(error);
    }
  };
  const ready = nodes.objects.filter(isReady).length;
  const error = nodes.error ?? pods.error;
  return (
    <div className="overview">
      <div className="row">
        <h1 className="grow">{cluster}</h1>
        <Button onClick={() => void navigate({ to: '/c/$cluster/apply', params: { cluster } })}>
          <FilePlus2 size={15} /> Apply YAML
        </Button>
        <Menu
          trigger={
            <IconButton label="More for this cluster" variant="default" size="md">
              <MoreHorizontal size={16} />
            </IconButton>
          }
          entries={[
            { id: 'nodes', label: 'Add nodes…', icon: Plus, onSelect: () => dialogs.addNodes(cluster) },
            {
              id: 'images',
              label: 'Load images…',
              icon: PackagePlus,
              onSelect: () => dialogs.loadImages(cluster),
            },
            {
              id: 'kubeconfig',
              label: 'Copy kubeconfig',
              icon: ClipboardCopy,
              onSelect: () => void copyKubeconfig(),
            },
            {
              id: 'stop',
              label: 'Stop cluster',
              icon: Square,
              separator: true,
              onSelect: () => void app.rpc.call('cluster.stop', { name: cluster }).catch(toasts.failed),
            },
          ]}
        />
      </div>
      {error !== undefined && <ErrorNotice error={error} />}
      <div className="tiles">
        <Tile
          cluster={cluster}
          kind={nodeKind}
          title="Nodes"
          value={nodes.synced ? `${ready}` : '…'}
          unit={nodes.synced ? `of ${nodes.objects.length} ready` : ''}
        >
          <Segments
            parts={[
              { level: 'ok', count: ready, name: 'ready' },
              { level: 'error', count: nodes.objects.length - ready, name: 'not ready' },
            ]}
          />
        </Tile>
        <Tile
          cluster={cluster}
          kind={podKind}
          title="Pods"
          value={pods.synced ? (counts.get('running') ?? 0).toLocaleString('en') : '…'}
          unit={pods.synced ? `of ${pods.objects.length.toLocaleString('en')} running` : ''}
        >
          <Segments
            parts={states.map(({ state, level }) => ({ level, count: counts.get(state) ?? 0, name: state }))}
          />
        </Tile>
        <UseTile
          title="CPU"
          used={sumOf(use, (node) => usage.nodes.get(node.name)?.cpuCores)}
          requested={use.reduce((sum, node) => sum + node.cpuRequested, 0)}
          allocatable={use.reduce((sum, node) => sum + node.cpuAllocatable, 0)}
          measure="cores"
        />
        <UseTile
          title="Memory"
          used={sumOf(use, (node) => usage.nodes.get(node.name)?.memoryBytes)}
          requested={use.reduce((sum, node) => sum + node.memoryRequested, 0)}
          allocatable={use.reduce((sum, node) => sum + node.memoryAllocatable, 0)}
          measure="bytes"
        />
      </div>
      <div className="overview-grid">
        <NodeTable cluster={cluster} nodes={use} usage={usage} synced={nodes.synced} />
        <Unhealthy cluster={cluster} pods={pods.objects} />
        <RecentEvents cluster={cluster} />
      </div>
    </div>
  );
}

function Tile({
  cluster,
  kind,
  title,
  value,
  unit,
  children,
}: {
  cluster: string;
  kind: { group: string; plural: string };
  title: string;
  value: string;
  unit: string;
  children: ReactNode;
}) {
  return (
    <Link
      className="card tile"
      to="/c/$cluster/r/$group/$plural"
      params={{ cluster, group: groupParam(kind.group), plural: kind.plural }}
    >
      <span className="tile-title">{title}</span>
      <span className="tile-value num">
        <b>{value}</b> {unit}
      </span>
      {children}
    </Link>
  );
}

function Segments({ parts }: { parts: readonly { level: Level; count: number; name: string }[] }) {
  const shown = parts.filter((part) => part.count > 0);
  return (
    <>
      <div className="segments" aria-hidden>
        {shown.map((part) => (
          <i key={part.name} className={`tone-${part.level}`} style={{ flexGrow: part.count }} />
        ))}
      </div>
      <span className="legend">
        {shown.map((part) => (
          <span key={part.name} className="row" style={{ gap: 5 }}>
            <Dot level={part.level === 'progress' ? 'done' : part.level} /> {part.count.toLocaleString('en')}{' '}
            {part.name}
          </span>
        ))}
      </span>
    </>
  );
}
