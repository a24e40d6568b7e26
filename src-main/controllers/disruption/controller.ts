import type { ObjectMeta } from '@shared/api/meta.ts';
import { labelMatcherOf } from '@shared/api/selectors.ts';
import { type ControllerContext, defineController, type Key } from '@shared/controller/define.ts';
import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { replicaSetKind } from '@shared/kinds/apps/replica-set/kind.ts';
import { statefulSetKind } from '@shared/kinds/apps/stateful-set/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { replicationControllerKind } from '@shared/kinds/core/replication-controller/kind.ts';
import { podDisruptionBudgetKind } from '@shared/kinds/policy/pod-disruption-budget/kind.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { planBudget, type ReadonlyBudget, type ReadonlyPod } from './plan.ts';

/** Counts the pods of disruption budgets, so that evictions know what is left of them. */
export const disruptionController = defineController({
  name: 'disruption',
  for: podDisruptionBudgetKind,
  reads: [deploymentKind, replicaSetKind, statefulSetKind, replicationControllerKind],
  watches: [
    {
      kind: podKind,
      keysFor: (pod: ReadonlyPod, context) =>
        budgetsOf(pod.metadata?.namespace ?? '', context)
          .filter((budget) => selects(budget, pod))
          .map(({ metadata }) => ({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' })),
    },
  ],
  async reconcile({ namespace, name }, context) {
    const budget = context.informer(podDisruptionBudgetKind).get(namespace, name);
    if (!budget) return undefined;
    const pods = context
      .informer(podKind)
      .list(namespace)
      .filter((pod) => selects(budget, pod));
    const wantedReplicas = wantedBy(pods, context);
    const { status, lookAgainInMs } = planBudget({
      budget,
      pods,
      wantedReplicas,
      nowMs: context.clock.now(),
    });
    if (!jsonEqual(status, budget.status ?? {})) {
      await context.client.updateStatus(podDisruptionBudgetKind, { ...budget, status });
    }
    return lookAgainInMs === undefined ? undefined : { requeueAfterMs: lookAgainInMs };
  },
});

function budgetsOf(namespace: string, context: ControllerContext): readonly ReadonlyBudget[] {
  return context.informer(podDisruptionBudgetKind).list(namespace);
}

function selects({ spec }: ReadonlyBudget, { metadata }: ReadonlyPod): boolean {
  return spec?.selector !== undefined && labelMatcherOf(spec.selector).matches(metadata?.labels ?? {});
}

/** Replicas wanted by the controllers of the pods, each counted once; undefined when a pod has none that says so. */
function wantedBy(pods: readonly ReadonlyPod[], context: ControllerContext): number | undefined {
  const wanted = new Map<string, number>();
  for (const { metadata } of pods) {
    const scale = scaleOf(metadata, context);
    if (!scale) return undefined;
    wanted.set(scale.uid, scale.replicas);
  }
  return [...wanted.values()].reduce((sum, replicas) => sum + replicas, 0);
}

/** The topmost controller above an object that has a number of replicas. */
function scaleOf(
  metadata: DeepReadonly<ObjectMeta> | undefined,
  context: ControllerContext,
): { uid: string; replicas: number } | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller);
  const found =
    owner && workloadOf(owner.kind, { namespace: metadata?.namespace ?? '', name: owner.name }, context);
  if (!owner || found?.metadata?.uid !== owner.uid) return undefined;
  return scaleOf(found.metadata, context) ?? { uid: owner.uid, replicas: found.spec?.replicas ?? 1 };
}

function workloadOf(kind: string, { namespace, name }: Key, context: ControllerContext) {
  switch (kind) {
    case 'Deployment':
      return context.informer(deploymentKind).get(namespace, name);
    case 'ReplicaSet':
      return context.informer(replicaSetKind).get(namespace, name);
    case 'StatefulSet':
      return context.informer(statefulSetKind).get(namespace, name);
    case 'ReplicationController':
      return context.informer(replicationControllerKind).get(namespace, name);
    default:
      return undefined;
  }
}
