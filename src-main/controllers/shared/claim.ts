import { apiVersionOf, controllerOf, type KubeObject, type OwnerReference } from '@shared/api/meta.ts';
import { labelMatcherOf } from '@shared/api/selectors.ts';
import { isReason } from '@shared/api/status.ts';
import { refOf } from '@shared/client/client.ts';
import type { ControllerContext, IndexSource } from '@shared/controller/define.ts';
import type { Kind } from '@shared/kinds/define.ts';
import type { LabelSelector } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

/** Name of the index of objects without a controller, by namespace. */
const orphanIndex = 'orphanNamespace';

/** The index `ownedOrOrphaned` looks orphans up in; state it in the controller's `indexes`. */
export function orphanIndexOf<T extends KubeObject>(kind: Kind<T>): IndexSource<T> {
  return {
    kind,
    name: orphanIndex,
    valuesOf: (object) => (controllerOf(object) ? [] : [object.metadata?.namespace ?? '']),
  };
}

/** Whom objects are claimed for. */
export interface Claimant {
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly object: DeepReadonly<KubeObject>;
  readonly selector: DeepReadonly<LabelSelector> | undefined;
}

export interface ClaimPlan<T> {
  /** Belongs to the claimant and matches. */
  readonly owned: readonly DeepReadonly<T>[];
  /** Matches and belongs to nobody. */
  readonly adopt: readonly DeepReadonly<T>[];
  /** Belongs to the claimant and no longer matches. */
  readonly release: readonly DeepReadonly<T>[];
}

/**
 * Sorts candidates by what ownership asks for. Objects of another controller are left alone; a claimant that
 * is being deleted claims and releases nothing, and objects being deleted are neither adopted nor released.
 */
function planClaim<T extends KubeObject>(
  claimant: Claimant,
  candidates: readonly DeepReadonly<T>[],
): ClaimPlan<T> {
  const plan = {
    owned: [] as DeepReadonly<T>[],
    adopt: [] as DeepReadonly<T>[],
    release: [] as DeepReadonly<T>[],
  };
  const matcher = labelMatcherOf(claimant.selector);
  const { uid, deletionTimestamp } = claimant.object.metadata ?? {};
  for (const candidate of candidates) {
    const meta: DeepReadonly<KubeObject['metadata']> = candidate.metadata;
    const owner = controllerOf({ ...(meta && { metadata: meta }) });
    const matches = matcher.matches(meta?.labels ?? {});
    if (owner) {
      if (owner.uid !== uid) continue;
      if (matches) plan.owned.push(candidate);
      else if (deletionTimestamp === undefined && meta?.deletionTimestamp === undefined)
        plan.release.push(candidate);
    } else if (matches && deletionTimestamp === undefined && meta?.deletionTimestamp === undefined) {
      plan.adopt.push(candidate);
    }
  }
  return plan;
}

/** The reference by which a claimant owns an object. */
export function controllerReference(claimant: Claimant): OwnerReference {
  const { name = '', uid = '' } = claimant.object.metadata ?? {};
  return {
    apiVersion: apiVersionOf(claimant.kind),
    kind: claimant.kind.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/**
 * What the claimant owns after adopting and releasing. Before the first adoption the claimant is read from
 * the server: one that was deleted or replaced meanwhile must not adopt.
 */
export async function claim<C extends KubeObject, T extends KubeObject>(
  context: ControllerContext,
  claimant: Claimant & { readonly kind: Kind<C> },
  of: { readonly kind: Kind<T>; readonly candidates: readonly DeepReadonly<T>[] },
): Promise<readonly DeepReadonly<T>[]> {
  const plan = planClaim(claimant, of.candidates);
  for (const object of plan.release) await release(context, claimant, of.kind, object);
  if (plan.adopt.length === 0) return plan.owned;

  const live = await context.client.get(claimant.kind, refOf(claimant.object));
  const isSame = live.metadata?.uid === claimant.object.metadata?.uid;
  if (!isSame || live.metadata?.deletionTimestamp !== undefined) return plan.owned;
  const adopted: DeepReadonly<T>[] = [];
  for (const object of plan.adopt) {
    const references = [...(object.metadata?.ownerReferences ?? []), controllerReference(claimant)];
    const result = await setOwners(context, of.kind, object, references);
    if (result) adopted.push(result);
  }
  return [...plan.owned, ...adopted];
}

/** Objects of a namespace that the owner controls or that nobody does. */
export function ownedOrOrphaned<T extends KubeObject>(
  context: ControllerContext,
  kind: Kind<T>,
  owner: DeepReadonly<KubeObject>,
): readonly DeepReadonly<T>[] {
  const { namespace = '', uid = '' } = owner.metadata ?? {};
  const informer = context.informer(kind);
  return [...informer.byIndex('ownerUid', uid), ...informer.byIndex(orphanIndex, namespace)];
}

async function release<T extends KubeObject>(
  context: ControllerContext,
  claimant: Claimant,
  kind: Kind<T>,
  object: DeepReadonly<T>,
): Promise<void> {
  const uid = claimant.object.metadata?.uid;
  const references = (object.metadata?.ownerReferences ?? []).filter((reference) => reference.uid !== uid);
  await setOwners(context, kind, object, references);
}

/** Undefined when the object is gone. A change since we read it is a Conflict. */
async function setOwners<T extends KubeObject>(
  context: ControllerContext,
  kind: Kind<T>,
  object: DeepReadonly<T>,
  ownerReferences: readonly DeepReadonly<OwnerReference>[],
): Promise<DeepReadonly<T> | undefined> {
  const { uid, resourceVersion } = object.metadata ?? {};
  const body = {
    metadata: { uid, resourceVersion, ownerReferences: ownerReferences.length > 0 ? ownerReferences : null },
  };
  try {
    return await context.client.patch(kind, refOf(object), { type: 'merge', body });
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
