import { ApiError, isNamespaceTerminating, isReason } from '@shared/api/status.ts';
import { refOf } from '@shared/client/client.ts';
import type { ControllerContext } from '@shared/controller/define.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { controllerReference } from '../shared/claim.ts';
import { messageOf } from '../shared/errors.ts';
import type { ReplicaOwner } from './replicated.ts';
import type { ReplicaFailure } from './status.ts';

interface Failed {
  readonly failure: ReplicaFailure;
  readonly error: unknown;
}

/**
 * Creates pods in batches of 1, 2, 4, … and stops after the first batch with a failure, so that a refusal
 * (quota, admission) is met once and not by every replica. Returns the first failure.
 */
export async function createReplicas(
  context: ControllerContext,
  owner: ReplicaOwner,
  count: number,
): Promise<Failed | undefined> {
  const pod = podFromTemplate(owner);
  for (let created = 0, batch = 1; created < count; batch *= 2) {
    const size = Math.min(batch, count - created);
    const results = await Promise.allSettled(
      Array.from({ length: size }, () => createOne(context, owner, pod)),
    );
    const rejected = results.filter((result) => result.status === 'rejected');
    // An outcome nobody knows weighs more than a refusal: it has to be looked into.
    const worst = rejected.find(({ reason }) => !(reason instanceof ApiError)) ?? rejected[0];
    if (worst) return failedCreate(worst.reason);
    created += size;
  }
  return undefined;
}

/** Deletes the pods, all at once. Returns the first failure; a pod already gone is none. */
export async function deleteReplicas(
  context: ControllerContext,
  owner: ReplicaOwner,
  pods: readonly DeepReadonly<Pod>[],
): Promise<Failed | undefined> {
  const results = await Promise.allSettled(pods.map((pod) => deleteOne(context, owner, pod)));
  const rejected = results.find((result) => result.status === 'rejected');
  if (!rejected) return undefined;
  const failure = { reason: 'FailedDelete', message: messageOf(rejected.reason) } as const;
  return { failure, error: rejected.reason };
}

async function createOne(context: ControllerContext, owner: ReplicaOwner, pod: Pod): Promise<void> {
  try {
    const created = await context.client.create(podKind, pod);
    context.events.event(
      owner.object,
      'Normal',
      'SuccessfulCreate',
      `Created pod: ${created.metadata?.name}`,
    );
  } catch (error) {
    if (!isNamespaceTerminating(error)) {
      context.events.event(owner.object, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
    }
    throw error;
  }
}

async function deleteOne(
  context: ControllerContext,
  owner: ReplicaOwner,
  pod: DeepReadonly<Pod>,
): Promise<void> {
  try {
    const uid = pod.metadata?.uid;
    await context.client.delete(podKind, refOf(pod), {
      ...(uid !== undefined && { preconditions: { uid } }),
    });
    context.events.event(owner.object, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata?.name}`);
  } catch (error) {
    // Gone, or another pod of that name by now.
    if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return;
    context.events.event(owner.object, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
    throw error;
  }
}

/** Nothing to retry in a namespace that is being deleted: its pods go anyway. */
function failedCreate(error: unknown): Failed | undefined {
  if (isNamespaceTerminating(error)) return undefined;
  return { failure: { reason: 'FailedCreate', message: messageOf(error) }, error };
}

/** The pod its owner creates; the server completes its name. */
function podFromTemplate({ kind, object }: ReplicaOwner): Pod {
  const { name = '', namespace = '' } = object.metadata ?? {};
  const template = object.spec?.template;
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${name}-`,
      namespace,
      ...(labels && { labels: { ...labels } }),
      ...(annotations && { annotations: { ...annotations } }),
      ...(finalizers && { finalizers: [...finalizers] }),
      ownerReferences: [controllerReference({ kind, object, selector: undefined })],
    },
    spec: (template?.spec ?? { containers: [] }) as NonNullable<Pod['spec']>,
  };
}
