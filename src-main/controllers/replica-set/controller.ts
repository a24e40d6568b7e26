import { controllerOf, type KubeObject } from '@shared/api/meta.ts';
import { labelMatcherOf } from '@shared/api/selectors.ts';
import { ApiError } from '@shared/api/status.ts';
import { type Controller, type ControllerContext, defineController } from '@shared/controller/define.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { claim, orphanIndexOf, ownedOrOrphaned } from '../shared/claim.ts';
import { unlessGone } from '../shared/errors.ts';
import { createReplicas, deleteReplicas } from './apply.ts';
import { planReplicas } from './plan.ts';
import type { ReadonlyReplicaSet, Replicated } from './replicated.ts';
import { nextAvailableMs, type ReplicaFailure, replicaSetStatus } from './status.ts';

type ReadonlyPod = DeepReadonly<Pod>;

/**
 * Keeps as many pods as each object of the kind asks for. It never creates one too many: the context's client
 * reads its own writes, one key is reconciled at a time, and after a create whose outcome is unknown (the
 * connection broke) pods are listed from the server before the next one.
 */
export function replicaController<T extends KubeObject>(replicated: Replicated<T>): Controller {
  const { name: loop, component, kind } = replicated;
  const uncertain = new Set<string>();
  return defineController({
    name: loop,
    component,
    for: kind,
    owns: [podKind],
    watches: [{ kind: podKind, keysFor: (pod: ReadonlyPod, context) => adopters(replicated, pod, context) }],
    indexes: [orphanIndexOf(podKind)],
    async reconcile({ namespace, name }, context) {
      const object = context.informer(kind).get(namespace, name);
      if (!object) return undefined;
      const uid = object.metadata?.uid ?? '';
      // What the server answers shows in the informer, ahead of the watch.
      if (uncertain.has(uid)) await context.client.list(podKind, { namespace });
      const replicaSet = replicated.asReplicaSet(object);
      const candidates = ownedOrOrphaned(context, podKind, replicaSet);
      const claimant = { kind, object: replicaSet, selector: replicaSet.spec?.selector };
      const owned = await claim(context, claimant, { kind: podKind, candidates });
      uncertain.delete(uid);

      const outcome = await scale(context, replicated, { replicaSet, owned });
      if (outcome.error !== undefined && !(outcome.error instanceof ApiError)) uncertain.add(uid);
      return finish(context, replicated, { object, replicaSet, outcome });
    },
  });
}

interface Outcome {
  readonly owned: readonly ReadonlyPod[];
  readonly failure?: ReplicaFailure | undefined;
  /** What the failure came from. */
  readonly error?: unknown;
}

async function scale<T extends KubeObject>(
  context: ControllerContext,
  replicated: Replicated<T>,
  { replicaSet, owned }: { readonly replicaSet: ReadonlyReplicaSet; readonly owned: readonly ReadonlyPod[] },
): Promise<Outcome> {
  const related = [...siblingPods(context, replicated, replicaSet)];
  const plan = planReplicas({ replicaSet, owned, related, nowMs: context.clock.now() });
  if (plan.do === 'nothing') return { owned };
  const owner = { kind: replicated.kind, object: replicaSet };
  const failed =
    plan.do === 'create'
      ? await createReplicas(context, owner, plan.count)
      : await deleteReplicas(context, owner, plan.pods);
  const after = context.informer(podKind).byIndex('ownerUid', replicaSet.metadata?.uid ?? '');
  return { owned: after, ...failed };
}

async function finish<T extends KubeObject>(
  context: ControllerContext,
  { kind, countsTerminating }: Replicated<T>,
  {
    object,
    replicaSet,
    outcome,
  }: { object: DeepReadonly<T>; replicaSet: ReadonlyReplicaSet; outcome: Outcome },
) {
  const nowMs = context.clock.now();
  const { owned, failure, error } = outcome;
  const status = replicaSetStatus(replicaSet, owned, { failure, nowMs, countsTerminating });
  if (status) await unlessGone(context.client.updateStatus(kind, { ...object, status }));
  if (error !== undefined) throw error;
  const requeueAfterMs = nextAvailableMs(replicaSet, owned, nowMs);
  return requeueAfterMs === undefined ? undefined : { requeueAfterMs };
}

/** Pods of every object of the same owner, this one included. */
function* siblingPods<T extends KubeObject>(
  context: ControllerContext,
  { kind }: Replicated<T>,
  replicaSet: ReadonlyReplicaSet,
): Iterable<ReadonlyPod> {
  const owner = controllerOf(replicaSet);
  const pods = context.informer(podKind);
  const siblings: readonly DeepReadonly<KubeObject>[] = owner
    ? context.informer(kind).byIndex('ownerUid', owner.uid)
    : [replicaSet];
  for (const { metadata } of siblings) yield* pods.byIndex('ownerUid', metadata?.uid ?? '');
}

/** The objects that might adopt a pod nobody controls. */
function adopters<T extends KubeObject>(
  { kind, asReplicaSet }: Replicated<T>,
  pod: ReadonlyPod,
  context: ControllerContext,
) {
  if (controllerOf(pod)) return [];
  const { namespace = '', labels } = pod.metadata ?? {};
  if (!labels) return [];
  return context
    .informer(kind)
    .list(namespace)
    .map(asReplicaSet)
    .filter(({ spec }) => labelMatcherOf(spec?.selector).matches(labels))
    .map(({ metadata }) => ({ namespace, name: metadata?.name ?? '' }));
}
