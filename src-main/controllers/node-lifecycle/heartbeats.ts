import type { Lease, Node } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

interface Observation {
  readonly signs: string;
  readonly changedMs: number;
  readonly lookedMs: number;
}

/**
 * Since when each node has been silent, by our own clock: what counts is when a lease or status was seen to
 * change, never the times written in them. After a pause of our own (the machine slept, the process was
 * stopped) every node gets its full grace period again.
 */
export class Heartbeats {
  readonly #observations = new Map<string, Observation>();
  readonly #maxPauseMs: number;

  /** `maxPauseMs`: looks at a node further apart than this mean that we were asleep. */
  constructor(maxPauseMs: number) {
    this.#maxPauseMs = maxPauseMs;
  }

  /** How long the node has been silent, in milliseconds; 0 at the first look. */
  observe(node: DeepReadonly<Node>, lease: DeepReadonly<Lease> | undefined, nowMs: number): number {
    const key = `${node.metadata?.name} ${node.metadata?.uid}`;
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    // A verdict of our own (Unknown) is no sign of life.
    const heartbeat = ready?.status === 'Unknown' ? '' : `${ready?.status} ${ready?.lastHeartbeatTime}`;
    const known = this.#observations.get(key);
    const signs = [lease?.spec?.renewTime ?? '', heartbeat || (known?.signs.split('\n')[1] ?? '')].join('\n');
    const slept = known !== undefined && nowMs - known.lookedMs > this.#maxPauseMs;
    const changedMs = known && known.signs === signs && !slept ? known.changedMs : nowMs;
    this.#observations.set(key, { signs, changedMs, lookedMs: nowMs });
    return nowMs - changedMs;
  }

  forget(name: string): void {
    for (const key of this.#observations.keys())
      if (key.startsWith(`${name} `)) this.#observations.delete(key);
  }
}
