import { controllerOf } from '@shared/api/meta.ts';
import { labelMatcherOf } from '@shared/api/selectors.ts';
import { type ControllerContext, defineController } from '@shared/controller/define.ts';
import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { replicaSetKind } from '@shared/kinds/apps/replica-set/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod, ReplicaSet } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { claim, orphanIndexOf, ownedOrOrphaned } from '../shared/claim.ts';
import { unlessGone } from '../shared/errors.ts';
import { applyPlan } from './apply.ts';
import { planDeployment } from './plan.ts';

/**
 * Rolls a Deployment's template out through ReplicaSets, one per template.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
export const deploymentController = defineController({
  name: 'deployment',
  component: 'deployment-controller',
  for: deploymentKind,
  owns: [replicaSetKind],
  watches: [
    { kind: replicaSetKind, keysFor: adopters },
    { kind: podKind, keysFor: recreatedBy },
  ],
  indexes: [orphanIndexOf(replicaSetKind)],
  async reconcile({ namespace, name }, context) {
    const deployment = context.informer(deploymentKind).get(namespace, name);
    if (!deployment) return undefined;
    const claimant = { kind: deploymentKind, object: deployment, selector: deployment.spec?.selector };
    const candidates = ownedOrOrphaned(context, replicaSetKind, deployment);
    const isEmptySelector = labelMatcherOf(deployment.spec?.selector).isEverything;
    const replicaSets = isEmptySelector
      ? []
      : await claim(context, claimant, { kind: replicaSetKind, candidates });
    const pods = context.informer(podKind);
    const plan = planDeployment({
      deployment,
      replicaSets,
      podsOf: (uid) => pods.byIndex('ownerUid', uid),
      nowMs: context.clock.now(),
    });
    await unlessGone(applyPlan(context, deployment, plan));
    return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
  },
});

/** Deployments that might adopt a replica set nobody controls. */
function adopters(replicaSet: DeepReadonly<ReplicaSet>, context: ControllerContext) {
  if (controllerOf(replicaSet)) return [];
  const { namespace = '', labels } = replicaSet.metadata ?? {};
  return context
    .informer(deploymentKind)
    .list(namespace)
    .filter(({ spec }) => labelMatcherOf(spec?.selector).matches(labels ?? {}))
    .map(({ metadata }) => ({ namespace, name: metadata?.name ?? '' }));
}

/** A Recreate deployment waits for its old pods to end; others do not care for pods. */
function recreatedBy(pod: DeepReadonly<Pod>, context: ControllerContext) {
  const { namespace = '' } = pod.metadata ?? {};
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return [];
  const replicaSet = context.informer(replicaSetKind).get(namespace, owner.name);
  const name = replicaSet && controllerOf(replicaSet)?.name;
  const deployment = name === undefined ? undefined : context.informer(deploymentKind).get(namespace, name);
  return deployment?.spec?.strategy?.type === 'Recreate' ? [{ namespace, name: name ?? '' }] : [];
}
