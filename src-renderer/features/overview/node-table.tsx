import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { Link } from '@tanstack/react-router';
import { objectParams } from '../../resource/kind-paths.ts';
import { Badge, Bar, Dot, SkeletonLines } from '../../ui/feedback.tsx';
import type { NodeUse } from './summary.ts';
import { formatUse } from './use-tile.tsx';

const shownAtMost = 12;

/** Per node: ready or not, pods, and requests against what it can give. */
export function NodeTable({
  cluster,
  nodes,
  synced,
}: {
  cluster: string;
  nodes: readonly NodeUse[];
  synced: boolean;
}) {
  const worstFirst =
    nodes.length > shownAtMost
      ? [...nodes].sort((a, b) => Number(a.ready) - Number(b.ready) || load(b) - load(a))
      : nodes;
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
                <th>CPU requests</th>
                <th>Memory requests</th>
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
                    kind="cores"
                    label={`CPU requests on ${node.name}`}
                  />
                  <Meter
                    requested={node.memoryRequested}
                    allocatable={node.memoryAllocatable}
                    kind="bytes"
                    label={`Memory requests on ${node.name}`}
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

function Meter({
  requested,
  allocatable,
  kind,
  label,
}: {
  requested: number;
  allocatable: number;
  kind: 'cores' | 'bytes';
  label: string;
}) {
  const share = allocatable > 0 ? requested / allocatable : 0;
  return (
    <td>
      <div className="meter">
        <Bar share={share} label={label} />
        <span className="num nowrap muted">
          {formatUse(requested, kind)} / {formatUse(allocatable, kind)}
        </span>
      </div>
    </td>
  );
}
