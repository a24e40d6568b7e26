import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { Link } from '@tanstack/react-router';
import type { UsageSnapshot } from '../../data/usage.ts';
import { objectParams } from '../../resource/kind-paths.ts';
import { Badge, Bar, Dot, SkeletonLines } from '../../ui/feedback.tsx';
import type { NodeUse } from './summary.ts';
import { formatUse, type Measure } from './use-tile.tsx';

const shownAtMost = 12;

/** Per node: ready or not, pods, and requests against what it can give. */
export function NodeTable({
  cluster,
  nodes,
  usage,
  synced,
}: {
  cluster: string;
  nodes: readonly NodeUse[];
  usage: UsageSnapshot;
  synced: boolean;
}) {
  const worstFirst =
    nodes.length > shownAtMost
      ? [...nodes].sort((a, b) => Number(a.ready) - Number(b.ready) || load(b) - load(a))
      : nodes;
  const measured = usage.nodes.size > 0;
  return (
    <section className="card wide" aria-labelledby="overview-nodes">
      <header>
        <h2 id="overview-nodes">Nodes</h2>
        {nodes.length > shownAtMost && (
          <Link to="/c/$cluster/r/$group/$plural" params={{ cluster, group: 'core', plural: 'nodes' }}>
            All {nodes.length.toLocaleString('en')}
          </Link>
        )}
      </header>
      <div className="body">
        {!synced ? (
          <SkeletonLines count={3} />
        ) : nodes.length === 0 ? (
          <p className="muted">No node has registered yet. Pods wait until one does.</p>
        ) : (
          <table className="plain-table node-table">
            <thead>
              <tr>
                <th>Name</th>
                <th>Pods</th>
                <th>{measured ? 'CPU in use' : 'CPU requests'}</th>
                <th>{measured ? 'Memory in use' : 'Memory requests'}</th>
              </tr>
            </thead>
            <tbody>
              {worstFirst.slice(0, shownAtMost).map((node) => (
                <tr key={node.name}>
                  <td>
                    <span className="row">
                      <Dot level={node.ready ? 'ok' : 'error'} text={node.ready ? 'Ready' : 'Not ready'} />
                      <Link
                        to="/c/$cluster/r/$group/$plural/$namespace/$name"
                        params={objectParams(cluster, nodeKind, node)}
                      >
                        {node.name}
                      </Link>
                      {node.cordoned && <Badge level="warn">cordoned</Badge>}
                      {!node.ready && <Badge level="error">not ready</Badge>}
                    </span>
                  </td>
                  <td className="num nowrap">
                    {node.pods} <span className="muted">/ {node.podCapacity || '–'}</span>
                  </td>
                  <Meter
                    requested={node.cpuRequested}
                    allocatable={node.cpuAllocatable}
                    used={usage.nodes.get(node.name)?.cpuCores}
                    measured={measured}
                    measure="cores"
                    label={`CPU on ${node.name}`}
                  />
                  <Meter
                    requested={node.memoryRequested}
                    allocatable={node.memoryAllocatable}
                    used={usage.nodes.get(node.name)?.memoryBytes}
                    measured={measured}
                    measure="bytes"
                    label={`Memory on ${node.name}`}
                  />
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

function load(node: NodeUse): number {
  return node.cpuAllocatable > 0 ? node.cpuRequested / node.cpuAllocatable : 0;
}

interface MeterProps {
  readonly requested: number;
  /** Undefined where the node does not tell, as a simulated one. */
  readonly used: number | undefined;
  readonly allocatable: number;
  /** The column is about use, for at least one node tells. */
  readonly measured: boolean;
  readonly measure: Measure;
  readonly label: string;
}

/** Use with requests behind it; requests alone in a table where no node tells its use. */
function Meter({ requested, used, allocatable, measured, measure, label }: MeterProps) {
  const share = (value: number) => (allocatable > 0 ? value / allocatable : 0);
  const asked = `${formatUse(requested, measure)} requested`;
  const shown = measured ? used : requested;
  const title = !measured
    ? asked
    : `${used === undefined ? 'use unknown' : `${formatUse(used, measure)} in use`}, ${asked}`;
  return (
    <td title={title}>
      <div className="meter">
        <Bar
          share={share(shown ?? 0)}
          label={`${label}: ${measured ? 'in use' : 'requests'}`}
          {...(measured && { behind: share(requested) })}
        />
        <span className="num nowrap muted">
          {shown === undefined ? '–' : formatUse(shown, measure)} / {formatUse(allocatable, measure)}
        </span>
      </div>
    </td>
  );
}
