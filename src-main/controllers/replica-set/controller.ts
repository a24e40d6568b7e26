import { controllerOf } from '@shared/api/meta.ts';
import { labelMatcherOf } from '@shared/api/selectors.ts';
import { ApiError } from '@shared/api/status.ts';
import { type Controller, type ControllerContext, defineController } from '@shared/controller/define.ts';
import { replicaSetKind } from '@shared/kinds/apps/replica-set/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod, ReplicaSet } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { claim, orphanIndexOf, ownedOrOrphaned } from '../shared/claim.ts';
import { unlessGone } from '../shared/errors.ts';
import { createReplicas, deleteReplicas } from './apply.ts';
import { planReplicas } from './plan.ts';
import { nextAvailableMs, type ReplicaFailure, replicaSetStatus } from './status.ts';

type ReadonlyPod = DeepReadonly<Pod>;
type ReadonlyReplicaSet = DeepReadonly<ReplicaSet>;

/**
 * Keeps as many pods as each ReplicaSet asks for. It never creates one too many: the context's client reads
 * its own writes, one key is reconciled at a time, and after a create whose outcome is unknown (the
 * connection broke) pods are listed from the server before the next one.
 */
export function replicaSetController(): Controller {
  const uncertain = new Set<string>();
  return defineController({
    name: 'replica-set',
    component: 'replicaset-controller',
    for: replicaSetKind,
    owns: [podKind],
    watches: [{ kind: podKind, keysFor: adopters }],
    indexes: [orphanIndexOf(podKind)],
    async reconcile({ namespace, name }, context) {
      const replicaSet = context.informer(replicaSetKind).get(namespace, name);
      if (!replicaSet) return undefined;
      const uid = replicaSet.metadata?.uid ?? '';
      // What the server answers shows in the informer, ahead of the watch.
      if (uncertain.has(uid)) await context.client.list(podKind, { namespace });
      const candidates = ownedOrOrphaned(context, podKind, replicaSet);
      const claimant = { kind: replicaSetKind, object: replicaSet, selector: replicaSet.spec?.selector };
      const owned = await claim(context, claimant, { kind: podKind, candidates });
      uncertain.delete(uid);

      const outcome = await scale(context, replicaSet, owned);
      if (outcome.error !== undefined && !(outcome.error instanceof ApiError)) uncertain.add(uid);
      return finish(context, replicaSet, outcome);
    },
  });
}

interface Outcome {
  readonly owned: readonly ReadonlyPod[];
  readonly failure?: ReplicaFailure | undefined;
  /** What the failure came from. */
  readonly error?: unknown;
}

async function scale(
  context: ControllerContext,
  replicaSet: ReadonlyReplicaSet,
  owned: readonly ReadonlyPod[],
): Promise<Outcome> {
  const related = [...siblingPods(context, replicaSet)];
  const plan = planReplicas({ replicaSet, owned, related, nowMs: context.clock.now() });
  if (plan.do === 'nothing') return { owned };
  const failed =
    plan.do === 'create'
      ? await createReplicas(context, replicaSet, plan.count)
      : await deleteReplicas(context, replicaSet, plan.pods);
  const after = context.informer(podKind).byIndex('ownerUid', replicaSet.metadata?.uid ?? '');
  return { owned: after, ...failed };
}

async function finish(context: ControllerContext, replicaSet: ReadonlyReplicaSet, outcome: Outcome) {
  const nowMs = context.clock.now();
  const status = replicaSetStatus(replicaSet, outcome.owned, { failure: outcome.failure, nowMs });
  if (status) await unlessGone(context.client.updateStatus(replicaSetKind, { ...replicaSet, status }));
  if (outcome.error !== undefined) throw outcome.error;
  const requeueAfterMs = nextAvailableMs(replicaSet, outcome.owned, nowMs);
  return requeueAfterMs === undefined ? undefined : { requeueAfterMs };
}

/** Pods of every replica set of the same owner, this one included. */
function* siblingPods(context: ControllerContext, replicaSet: ReadonlyReplicaSet): Iterable<ReadonlyPod> {
  const owner = controllerOf(replicaSet);
  const pods = context.informer(podKind);
  const siblings = owner ? context.informer(replicaSetKind).byIndex('ownerUid', owner.uid) : [replicaSet];
  for (const { metadata } of siblings) yield* pods.byIndex('ownerUid', metadata?.uid ?? '');
}

/** The replica sets that might adopt a pod nobody controls. */
function adopters(pod: ReadonlyPod, context: ControllerContext) {
  if (controllerOf(pod)) return [];
  const { namespace = '', labels } = pod.metadata ?? {};
  if (!labels) return [];
  return context
    .informer(replicaSetKind)
    .list(namespace)
    .filter(({ spec }) => labelMatcherOf(spec?.selector).matches(labels))
    .map(({ metadata }) => ({ namespace, name: metadata?.name ?? '' }));
}
