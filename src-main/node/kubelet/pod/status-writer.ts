import { isReason } from '@shared/api/status.ts';
import type { Client } from '@shared/client/client.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { resizeConditionTypes } from '@shared/kinds/core/pod/pod-resize.ts';
import type { Pod, PodCondition, PodStatus } from '@shared/kinds/wire.ts';
import { type Clock, sleep } from '@shared/lib/clock.ts';
import { stableStringify } from '@shared/lib/json.ts';
import type { DeepReadonly, Json } from '@shared/lib/types.ts';
import { type ReadonlyPod, uidOf } from './spec.ts';

interface Entry {
  pod: ReadonlyPod;
  wanted: PodStatus;
  /** The status as the server has it, as far as we know. */
  written: DeepReadonly<PodStatus> | undefined;
  writing: Promise<void> | undefined;
}

/**
 * Writes pod statuses, the latest only: of several changes while a write is under way one write follows. A
 * write carries the changed top-level fields alone, and of the conditions those that changed: others write theirs at
 * the same time. Failed writes are repeated until they succeed, the pod is
 * gone, or the signal aborts.
 */
export class StatusWriter {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #log: (message: string, fields?: Record<string, unknown>) => void;
  readonly #entries = new Map<string, Entry>();

  constructor(options: {
    client: Client;
    clock: Clock;
    signal: AbortSignal;
    log: (message: string, fields?: Record<string, unknown>) => void;
  }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#signal = options.signal;
    this.#log = options.log;
  }

  /** Asks for `status` to be written; `pod` carries the status the server had last. */
  set(pod: ReadonlyPod, status: PodStatus): void {
    const uid = uidOf(pod);
    const entry = this.#entries.get(uid) ?? { pod, wanted: status, written: undefined, writing: undefined };
    entry.pod = pod;
    entry.wanted = status;
    if (!entry.writing) entry.written = pod.status as DeepReadonly<PodStatus> | undefined;
    this.#entries.set(uid, entry);
    entry.writing ??= this.#drain(entry).finally(() => {
      entry.writing = undefined;
    });
  }

  /** Resolves when what was set for the pod is written, or cannot be any more. */
  async flush(uid: string): Promise<void> {
    await this.#entries.get(uid)?.writing;
  }

  forget(uid: string): void {
    this.#entries.delete(uid);
  }

  async #drain(entry: Entry): Promise<void> {
    let delayMs = 200;
    while (!this.#signal.aborted) {
      const { wanted } = entry;
      const changes = statusPatch(entry.written, wanted);
      if (Object.keys(changes).length === 0) return;
      try {
        const { namespace, name = '', uid } = entry.pod.metadata ?? {};
        const body = { metadata: { uid }, status: changes };
        const answer = await this.#client.patch<Pod>(
          podKind,
          { namespace, name },
          { type: 'strategic', body },
          { subresource: 'status', signal: this.#signal },
        );
        entry.written = answer.status as DeepReadonly<PodStatus>;
        // What the server makes of a status (times without fractions, …) must not be written over and over.
        if (entry.wanted === wanted) return;
        delayMs = 200;
      } catch (error) {
        if (this.#signal.aborted || isReason(error, 'NotFound') || isReason(error, 'Conflict')) return;
        this.#log('writing a pod status failed', { pod: entry.pod.metadata?.name, error: String(error) });
        await sleep(this.#clock, delayMs, this.#signal).catch(() => undefined);
        delayMs = Math.min(delayMs * 2, 10_000);
      }
    }
  }
}

/** What differs, as a strategic merge patch: a field or condition that is to vanish says so, lists are exchanged. */
export function statusPatch(
  before: DeepReadonly<PodStatus> | undefined,
  { conditions = [], ...after }: PodStatus,
): Record<string, unknown> {
  const old: Readonly<Record<string, unknown>> = { ...before };
  const fresh: Readonly<Record<string, unknown>> = { ...after };
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fresh)) if (!isEqual(old[key], value)) patch[key] = value;
  for (const key of ['hostIPs', 'podIPs']) {
    if (Array.isArray(patch[key])) patch[key] = [{ $patch: 'replace' }, ...patch[key]];
  }
  for (const key of ['reason', 'message', 'podIP', 'podIPs']) {
    if (old[key] !== undefined && fresh[key] === undefined) patch[key] = null;
  }
  const changes = conditionChanges(before?.conditions ?? [], conditions);
  return changes.length > 0 ? { ...patch, conditions: changes } : patch;
}

function conditionChanges(
  before: readonly DeepReadonly<PodCondition>[],
  after: readonly PodCondition[],
): readonly object[] {
  const gone = before.filter(
    ({ type }) => resizeConditionTypes.includes(type) && !after.some((own) => own.type === type),
  );
  const changed = after.filter(
    (own) =>
      !isEqual(
        before.find(({ type }) => type === own.type),
        own,
      ),
  );
  return [...gone.map(({ type }) => ({ $patch: 'delete', type })), ...changed];
}

function isEqual(a: unknown, b: unknown): boolean {
  return a !== undefined && stableStringify(a as Json) === stableStringify(b as Json);
}
