import { isPodTerminal } from '@shared/kinds/core/pod/pod-status.ts';
import type { Pod, ReplicaSet } from '@shared/kinds/wire.ts';
import { podTemplateHash } from '@shared/lib/hash.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { DeepReadonly, Json } from '@shared/lib/types.ts';
import { Conditions, deadlineLeftMs } from './conditions.ts';
import {
  byAge,
  hashLabel,
  isSameTemplate,
  type PlannedReplicaSet,
  plannedOf,
  type ReadonlyDeployment,
  type ReadonlyReplicaSet,
  revisionAnnotation,
  selectsEverything,
  type Wanted,
  wantedOf,
} from './model.ts';
import { annotateNewest, annotateSize, byRevision, nextRevision } from './revision.ts';
import { isScaling, newestSize, resize, scaleAll, shrinkOld } from './scaling.ts';
import { type DeploymentStatus, deploymentStatus, isComplete, isSameStatus } from './status.ts';

export interface DeploymentState {
  readonly deployment: ReadonlyDeployment;
  /** The replica sets it owns. */
  readonly replicaSets: readonly ReadonlyReplicaSet[];
  /** Pods of a replica set, by the latter's uid; asked for Recreate only. */
  podsOf(replicaSetUid: string): readonly DeepReadonly<Pod>[];
  readonly nowMs: number;
}

/** Everything one look at a deployment leads to. Carried out in this order. */
export interface DeploymentPlan {
  /** Warns that the selector is empty; then nothing else is planned. */
  readonly selectsEverything?: true;
  readonly create?: ReplicaSet;
  readonly patches: readonly ReplicaSetPatch[];
  readonly remove: readonly ReadonlyReplicaSet[];
  /** Revision to note on the deployment. */
  readonly revision?: string;
  /** Undefined when the present one is right. */
  readonly status?: DeploymentStatus;
  readonly requeueAfterMs?: number;
}

export interface ReplicaSetPatch {
  readonly source: ReadonlyReplicaSet;
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Decides what a deployment needs next. */
export function planDeployment(state: DeploymentState): DeploymentPlan {
  if (selectsEverything(state.deployment)) return { selectsEverything: true, patches: [], remove: [] };
  return new Planner(state).plan();
}

class Planner {
  readonly #state: DeploymentState;
  readonly #wanted: Wanted;
  readonly #conditions: Conditions;
  readonly #old: PlannedReplicaSet[];
  #newest: PlannedReplicaSet | undefined;
  #remove: readonly ReadonlyReplicaSet[] = [];
  #revision: string | undefined;

  constructor(state: DeploymentState) {
    const { deployment, replicaSets, nowMs } = state;
    this.#state = state;
    this.#wanted = wantedOf(deployment);
    this.#conditions = new Conditions(deployment.status?.conditions ?? [], nowMs);
    const sets = replicaSets.map(plannedOf).sort(byAge);
    // Two equal templates only occur by accident; the older set then is the one that counts.
    this.#newest = sets.find(({ source }) =>
      isSameTemplate(source?.spec?.template, deployment.spec?.template),
    );
    this.#old = sets.filter((set) => set !== this.#newest);
  }

  plan(): DeploymentPlan {
    const { deployment } = this.#state;
    const isPaused = deployment.spec?.paused === true;
    if (deployment.metadata?.deletionTimestamp !== undefined) return this.#finish({ judgeProgress: false });
    this.#notePause(isPaused);
    const all = this.#newest ? [...this.#old, this.#newest] : this.#old;
    if (isPaused || isScaling(all, this.#wanted)) {
      if (this.#newest) this.#noteNewest(this.#newest);
      const statusReplicas = deployment.status?.replicas ?? 0;
      scaleAll(this.#newest, this.#old, { wanted: this.#wanted, statusReplicas });
      if (isPaused) this.#cleanUp();
      return this.#finish({ judgeProgress: false });
    }
    const moved = this.#wanted.isRolling ? this.#roll() : this.#recreate();
    const status = this.#finish({ judgeProgress: true });
    if (moved || !isComplete(status.status ?? deployment.status ?? {}, deployment)) return status;
    this.#cleanUp();
    return { ...status, remove: this.#remove };
  }

  /** New up, then old down, one step a look. True when something was scaled. */
  #roll(): boolean {
    const newest = this.#createNewest();
    const size = newest.source ? newestSize(newest, [...this.#old, newest], this.#wanted) : newest.replicas;
    if (!newest.source) return true;
    if (size !== newest.replicas) {
      resize(newest, size, this.#wanted);
      return true;
    }
    return shrinkOld(newest, this.#old, this.#wanted);
  }

  /** Everything old down, wait for its pods to end, then new up. */
  #recreate(): boolean {
    const active = this.#old.filter(({ replicas }) => replicas > 0);
    if (this.#newest) this.#noteNewest(this.#newest);
    for (const set of active) resize(set, 0, this.#wanted);
    if (active.length > 0 || this.#oldPodsRun()) return true;
    const newest = this.#createNewest();
    if (!newest.source) return true;
    if (newest.replicas === this.#wanted.replicas) return false;
    resize(newest, this.#wanted.replicas, this.#wanted);
    return true;
  }

  #oldPodsRun(): boolean {
    return this.#old.some((set) => {
      const pods = this.#state.podsOf(set.source?.metadata?.uid ?? '');
      return set.actual > 0 || pods.some((pod) => !isPodTerminal(pod));
    });
  }

  #notePause(isPaused: boolean): void {
    if (this.#wanted.progressDeadlineMs === undefined) return;
    const present = this.#conditions.get('Progressing');
    if (present?.reason === 'ProgressDeadlineExceeded') return;
    const wasPaused = present?.reason === 'DeploymentPaused';
    if (isPaused && !wasPaused) {
      const message = 'Deployment is paused';
      this.#conditions.set('Progressing', { status: 'Unknown', reason: 'DeploymentPaused', message });
    } else if (!isPaused && wasPaused) {
      const message = 'Deployment is resumed';
      this.#conditions.set('Progressing', { status: 'Unknown', reason: 'DeploymentResumed', message });
    }
  }

  /** Annotations, revision and readiness delay of the newest set follow the deployment. */
  #noteNewest(newest: PlannedReplicaSet): void {
    annotateNewest(newest, this.#state.deployment, nextRevision(this.#old));
    newest.minReadySeconds = this.#wanted.minReadySeconds;
    this.#revision = newest.annotations[revisionAnnotation];
    if (this.#wanted.progressDeadlineMs === undefined || this.#conditions.get('Progressing')) return;
    const message = `Found new replica set "${newest.name}"`;
    this.#conditions.set('Progressing', { status: 'True', reason: 'FoundNewReplicaSet', message });
  }

  /** The newest set, made up now when there is none. */
  #createNewest(): PlannedReplicaSet {
    if (this.#newest) {
      this.#noteNewest(this.#newest);
      return this.#newest;
    }
    const { deployment } = this.#state;
    const { template } = deployment.spec ?? {};
    const hash = podTemplateHash((template ?? {}) as Json, deployment.status?.collisionCount);
    const newest: PlannedReplicaSet = {
      name: `${deployment.metadata?.name}-${hash}`,
      source: undefined,
      replicas: 0,
      minReadySeconds: this.#wanted.minReadySeconds,
      annotations: {},
      createdMs: this.#state.nowMs,
      actual: 0,
      ready: 0,
      available: 0,
      terminating: 0,
    };
    newest.replicas = newestSize(newest, [...this.#old, newest], this.#wanted);
    annotateNewest(newest, deployment, nextRevision(this.#old));
    annotateSize(newest, this.#wanted);
    this.#newest = newest;
    this.#revision = newest.annotations[revisionAnnotation];
    if (this.#wanted.progressDeadlineMs !== undefined) {
      const message = `Created new replica set "${newest.name}"`;
      this.#conditions.set('Progressing', { status: 'True', reason: 'NewReplicaSetCreated', message });
    }
    return newest;
  }

  /** Forgets the oldest revisions beyond the limit, but none that still has pods. */
  #cleanUp(): void {
    const limit = this.#wanted.historyLimit;
    if (limit === undefined) return;
    const alive = this.#old.filter(
      ({ source }) => source && source.metadata?.deletionTimestamp === undefined,
    );
    const surplus = alive.length - limit;
    if (surplus <= 0) return;
    alive.sort((a, b) => byRevision(a, b) || byAge(a, b));
    this.#remove = alive.slice(0, surplus).flatMap(({ source, replicas, actual }) => {
      const observed = (source?.status?.observedGeneration ?? 0) >= (source?.metadata?.generation ?? 0);
      return source && replicas === 0 && actual === 0 && observed ? [source] : [];
    });
  }

  #finish({ judgeProgress }: { judgeProgress: boolean }): DeploymentPlan {
    const { deployment, nowMs } = this.#state;
    const all = this.#newest ? [...this.#old, this.#newest] : this.#old;
    const status = deploymentStatus({
      deployment,
      wanted: this.#wanted,
      newest: this.#newest,
      old: this.#old,
      conditions: this.#conditions,
      nowMs,
      judgeProgress,
    });
    const isSame = isSameStatus(status, deployment.status ?? {});
    const revision =
      this.#revision !== deployment.metadata?.annotations?.[revisionAnnotation] ? this.#revision : undefined;
    const requeueAfterMs = judgeProgress ? this.#nextLookMs(status) : undefined;
    return {
      ...(this.#newest && !this.#newest.source && { create: this.#manifest(this.#newest) }),
      patches: all.flatMap(patchOf),
      remove: this.#remove,
      ...(revision !== undefined && { revision }),
      ...(!isSame && { status }),
      ...(requeueAfterMs !== undefined && { requeueAfterMs }),
    };
  }

  /** When a rollout without any change has to be judged again. */
  #nextLookMs(status: DeploymentStatus): number | undefined {
    const deadlineMs = this.#wanted.progressDeadlineMs;
    const progressing = this.#conditions.get('Progressing');
    if (deadlineMs === undefined || !progressing || isComplete(status, this.#state.deployment))
      return undefined;
    if (progressing.reason === 'ProgressDeadlineExceeded') return undefined;
    // A second more: times on the wire are cut to seconds.
    return Math.max(0, deadlineLeftMs(progressing, deadlineMs, this.#state.nowMs)) + 1000;
  }

  #manifest(newest: PlannedReplicaSet): ReplicaSet {
    const { metadata, spec } = this.#state.deployment;
    const hash = newest.name.slice((metadata?.name ?? '').length + 1);
    const labels = { ...spec?.template?.metadata?.labels, [hashLabel]: hash };
    const template = { ...spec?.template, metadata: { ...spec?.template?.metadata, labels } };
    const selector = {
      ...spec?.selector,
      matchLabels: { ...spec?.selector?.matchLabels, [hashLabel]: hash },
    };
    const { replicas, minReadySeconds, annotations, name } = newest;
    return {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name, namespace: metadata?.namespace ?? '', labels, annotations },
      spec: { replicas, minReadySeconds, selector, template } as unknown as NonNullable<ReplicaSet['spec']>,
    };
  }
}

/** The difference between what a set is and what the plan made of it. */
function patchOf({ source, replicas, minReadySeconds, annotations }: PlannedReplicaSet): ReplicaSetPatch[] {
  if (!source || source.metadata?.deletionTimestamp !== undefined) return [];
  const sameReplicas = replicas === (source.spec?.replicas ?? 1);
  const sameDelay = minReadySeconds === (source.spec?.minReadySeconds ?? 0);
  const sameNotes = jsonEqual(annotations, { ...source.metadata?.annotations });
  if (sameReplicas && sameDelay && sameNotes) return [];
  return [
    {
      source,
      ...(!sameReplicas && { replicas }),
      ...(!sameDelay && { minReadySeconds }),
      ...(!sameNotes && { annotations }),
    },
  ];
}
