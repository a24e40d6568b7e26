import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { Link } from '@tanstack/react-router';
import { objectParams, refOfObject } from '../../resource/kind-paths.ts';
import { compareText } from '../../resource/list-model.ts';
import { Age } from '../../ui/age.tsx';
import { Card } from '../../ui/card.tsx';
import { Dot, SkeletonLines } from '../../ui/feedback.tsx';

export interface PodTableProps {
  readonly cluster: string;
  readonly title: string;
  readonly pods: readonly DeepReadonly<Pod>[];
  readonly synced: boolean;
  /** Where each pod is: its node, or its namespace on a node's own page. */
  readonly where: 'node' | 'namespace';
}

const shownAtMost = 200;

/** A short list of pods inside another object's page. */
export function PodTable({ cluster, title, pods, synced, where }: PodTableProps) {
  const sorted = [...pods].sort((a, b) => compareText(a.metadata?.name ?? '', b.metadata?.name ?? ''));
  return (
    <Card title={`${title} (${pods.length})`}>
      {!synced ? (
        <SkeletonLines count={3} />
      ) : pods.length === 0 ? (
        <p className="muted">None.</p>
      ) : (
        <div className="pod-table">
          <table className="plain-table">
            <thead>
              <tr>
                <th>Name</th>
                <th>Status</th>
                <th>Restarts</th>
                <th>{where === 'node' ? 'Node' : 'Namespace'}</th>
                <th>Age</th>
              </tr>
            </thead>
            <tbody>
              {sorted.slice(0, shownAtMost).map((pod) => {
                const health = podKind.view.health?.(pod);
                return (
                  <tr key={pod.metadata?.uid}>
                    <td>
                      <span className="row">
                        {health && <Dot level={health.level} />}
                        <Link
                          to="/c/$cluster/r/$group/$plural/$namespace/$name"
                          params={objectParams(cluster, podKind, refOfObject(pod))}
                        >
                          {pod.metadata?.name}
                        </Link>
                      </span>
                    </td>
                    <td>{health?.text ?? pod.status?.phase}</td>
                    <td className="num">{restartsOf(pod)}</td>
                    <td className="muted">
                      {(where === 'node' ? pod.spec?.nodeName : pod.metadata?.namespace) ?? '–'}
                    </td>
                    <td className="muted">
                      <Age at={pod.metadata?.creationTimestamp} />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
          {pods.length > shownAtMost && <p className="muted">and {pods.length - shownAtMost} more</p>}
        </div>
      )}
    </Card>
  );
}

function restartsOf(pod: DeepReadonly<Pod>): number {
  return (pod.status?.containerStatuses ?? []).reduce((sum, status) => sum + (status.restartCount ?? 0), 0);
}
