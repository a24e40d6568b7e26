import type { DeploymentCondition } from '@shared/kinds/wire.ts';
import { parseTime, rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

export type ConditionType = 'Available' | 'Progressing' | 'ReplicaFailure';

export interface Verdict {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** The conditions of one deployment, changed one by one. */
export class Conditions {
  readonly #nowMs: number;
  #list: DeploymentCondition[];

  constructor(present: readonly DeepReadonly<DeploymentCondition>[], nowMs: number) {
    this.#list = present.map((condition) => ({ ...condition }));
    this.#nowMs = nowMs;
  }

  get list(): DeploymentCondition[] {
    return this.#list;
  }

  get(type: ConditionType): DeploymentCondition | undefined {
    return this.#list.find((condition) => condition.type === type);
  }

  /** Changes nothing while status and reason stay the same, so that times tell of real changes. */
  set(type: ConditionType, verdict: Verdict): void {
    const present = this.get(type);
    if (present?.status === verdict.status && present.reason === verdict.reason) return;
    this.#replace(type, verdict, present);
  }

  /** Like `set`, but notes that there was progress just now even when the words stay the same. */
  refresh(type: ConditionType, verdict: Verdict): void {
    this.#replace(type, verdict, this.get(type));
  }

  remove(type: ConditionType): void {
    this.#list = this.#list.filter((condition) => condition.type !== type);
  }

  #replace(type: ConditionType, verdict: Verdict, present: DeploymentCondition | undefined): void {
    const now = rfc3339(this.#nowMs);
    const sameStatus = present?.status === verdict.status;
    const lastTransitionTime = (sameStatus && present.lastTransitionTime) || now;
    this.remove(type);
    this.#list.push({ type, ...verdict, lastUpdateTime: now, lastTransitionTime });
  }
}

/** Milliseconds left until a rollout counts as stuck; negative when the time has passed. */
export function deadlineLeftMs(condition: DeploymentCondition, deadlineMs: number, nowMs: number): number {
  const since = condition.lastUpdateTime ?? condition.lastTransitionTime ?? '';
  return (parseTime(since) ?? nowMs) + deadlineMs - nowMs;
}
