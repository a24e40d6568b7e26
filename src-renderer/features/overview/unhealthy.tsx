import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { Link } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { useMemo } from 'react';
import { useObjects } from '../../data/context.tsx';
import { KindIcon } from '../../resource/kind-icon.tsx';
import { objectParams, refOfObject } from '../../resource/kind-paths.ts';
import { type AnyObject, objectKey } from '../../resource/list-model.ts';
import { Badge, type Level } from '../../ui/feedback.tsx';

interface Problem {
  readonly kind: AnyKind;
  readonly object: AnyObject;
  readonly level: Level;
  readonly text: string;
}

const shownAtMost = 8;

/** Workloads whose kind says they are not well, the worst first. */
export function Unhealthy({ cluster, pods }: { cluster: string; pods: readonly DeepReadonly<Pod>[] }) {
  const deployments = useObjects({ kind: deploymentKind });
  const problems = useMemo(
    () =>
      [...problemsOf(deploymentKind, deployments.objects), ...problemsOf(podKind, pods)].sort(
        (a, b) => rank(a.level) - rank(b.level),
      ),
    [deployments.objects, pods],
  );
  return (
    <section className="card" aria-labelledby="overview-unhealthy">
      <header>
        <h2 id="overview-unhealthy">Needs attention</h2>
        {problems.length > 0 && <Badge level={problems[0]?.level ?? 'warn'}>{problems.length}</Badge>}
      </header>
      <div className="body">
        {problems.length === 0 ? (
          <p className="row muted">
            <CircleCheck size={15} style={{ color: 'var(--ok)' }} /> Every workload is as it should be.
          </p>
        ) : (
          <ul className="problem-list">
            {problems.slice(0, shownAtMost).map(({ kind, object, level, text }) => (
              <li key={objectKey(object)} className="row">
                <KindIcon kind={kind} size={14} />
                <Link
                  className="truncate"
                  to="/c/$cluster/r/$group/$plural/$namespace/$name"
                  params={objectParams(cluster, kind, refOfObject(object))}
                >
                  {object.metadata?.name}
                </Link>
                <span className="grow" />
                <Badge level={level}>{text}</Badge>
              </li>
            ))}
            {problems.length > shownAtMost && (
              <li className="muted">and {problems.length - shownAtMost} more</li>
            )}
          </ul>
        )}
      </div>
    </section>
  );
}

function rank(level: Level): number {
  return level === 'error' ? 0 : level === 'warn' ? 1 : 2;
}

function problemsOf(kind: AnyKind, objects: readonly AnyObject[]): Problem[] {
  return objects.flatMap((object) => {
    const health = kind.view.health?.(object);
    return health?.level === 'error' || health?.level === 'warn' ? [{ kind, object, ...health }] : [];
  });
}
