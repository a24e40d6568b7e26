import { controllerOf } from '@shared/api/meta.ts';
import { isNamespaceTerminating, isReason } from '@shared/api/status.ts';
import { refOf } from '@shared/client/client.ts';
import type { ControllerContext } from '@shared/controller/define.ts';
import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { replicaSetKind } from '@shared/kinds/apps/replica-set/kind.ts';
import type { ReplicaSet } from '@shared/kinds/wire.ts';
import { controllerReference } from '../shared/claim.ts';
import { messageOf } from '../shared/errors.ts';
import { Conditions } from './conditions.ts';
import { isSameTemplate, type ReadonlyDeployment, revisionAnnotation } from './model.ts';
import type { DeploymentPlan, ReplicaSetPatch } from './plan.ts';

/** Carries a plan out. Throws at the first refusal; what was done by then shows in the next look. */
export async function applyPlan(
  context: ControllerContext,
  deployment: ReadonlyDeployment,
  plan: DeploymentPlan,
): Promise<void> {
  if (plan.selectsEverything) {
    const message = 'This deployment is selecting all pods. A non-empty selector is required.';
    context.events.event(deployment, 'Warning', 'SelectingAll', message);
    return;
  }
  if (plan.create) await createReplicaSet(context, deployment, plan.create);
  for (const patch of plan.patches) await patchReplicaSet(context, deployment, patch);
  const current =
    plan.revision === undefined ? deployment : await noteRevision(context, deployment, plan.revision);
  if (plan.status) await context.client.updateStatus(deploymentKind, { ...current, status: plan.status });
  for (const replicaSet of plan.remove) {
    const { uid, resourceVersion } = replicaSet.metadata ?? {};
    const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
    await context.client.delete(replicaSetKind, refOf(replicaSet), { preconditions });
  }
}

async function createReplicaSet(
  context: ControllerContext,
  deployment: ReadonlyDeployment,
  manifest: ReplicaSet,
): Promise<void> {
  const owner = controllerReference({ kind: deploymentKind, object: deployment, selector: undefined });
  const replicaSet = { ...manifest, metadata: { ...manifest.metadata, ownerReferences: [owner] } };
  try {
    const created = await context.client.create(replicaSetKind, replicaSet);
    const size = created.spec?.replicas ?? 0;
    if (size > 0) announce(context, deployment, { name: created.metadata?.name ?? '', from: 0, to: size });
  } catch (error) {
    if (isReason(error, 'AlreadyExists')) return resolveCollision(context, deployment, replicaSet, error);
    if (!isNamespaceTerminating(error))
      await reportCreateError(context, deployment, { name: replicaSet.metadata.name ?? '', error });
    throw error;
  }
}

/**
 * The name is taken. By our own replica set with this template: all is well. By another: its template met
 * ours in the hash, and counting the collision gives another hash at the next attempt.
 */
async function resolveCollision(
  context: ControllerContext,
  deployment: ReadonlyDeployment,
  wanted: ReplicaSet,
  error: unknown,
): Promise<void> {
  const taken = await context.client.get(replicaSetKind, refOf(wanted));
  const isOurs = controllerOf(taken)?.uid === deployment.metadata?.uid;
  if (isOurs && isSameTemplate(taken.spec?.template, deployment.spec?.template)) return;
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  await context.client.updateStatus(deploymentKind, {
    ...deployment,
    status: { ...deployment.status, collisionCount },
  });
  throw error;
}

async function reportCreateError(
  context: ControllerContext,
  deployment: ReadonlyDeployment,
  { name, error }: { name: string; error: unknown },
): Promise<void> {
  const message = `Failed to create new replica set "${name}": ${messageOf(error)}`;
  context.events.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
  if (deployment.spec?.progressDeadlineSeconds === undefined) return;
  const conditions = new Conditions(deployment.status?.conditions ?? [], context.clock.now());
  conditions.set('Progressing', { status: 'False', reason: 'ReplicaSetCreateError', message });
  const status = { ...deployment.status, conditions: conditions.list };
  await context.client.updateStatus(deploymentKind, { ...deployment, status });
}

async function patchReplicaSet(
  context: ControllerContext,
  deployment: ReadonlyDeployment,
  patch: ReplicaSetPatch,
): Promise<void> {
  const { source, replicas, minReadySeconds, annotations } = patch;
  const spec = {
    ...(replicas !== undefined && { replicas }),
    ...(minReadySeconds !== undefined && { minReadySeconds }),
  };
  const body = {
    metadata: { resourceVersion: source.metadata?.resourceVersion, ...(annotations && { annotations }) },
    ...(Object.keys(spec).length > 0 && { spec }),
  };
  await context.client.patch(replicaSetKind, refOf(source), { type: 'merge', body });
  if (replicas === undefined) return;
  announce(context, deployment, {
    name: source.metadata?.name ?? '',
    from: source.spec?.replicas ?? 1,
    to: replicas,
  });
}

/** The deployment as it is afterwards. */
function noteRevision(context: ControllerContext, deployment: ReadonlyDeployment, revision: string) {
  const { resourceVersion } = deployment.metadata ?? {};
  const body = { metadata: { resourceVersion, annotations: { [revisionAnnotation]: revision } } };
  return context.client.patch(deploymentKind, refOf(deployment), { type: 'merge', body });
}

function announce(
  context: ControllerContext,
  deployment: ReadonlyDeployment,
  { name, from, to }: { name: string; from: number; to: number },
): void {
  const direction = to > from ? 'up' : 'down';
  const message = `Scaled ${direction} replica set ${name} from ${from} to ${to}`;
  context.events.event(deployment, 'Normal', 'ScalingReplicaSet', message);
}
