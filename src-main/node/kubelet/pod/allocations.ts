import type { Room } from '@shared/kinds/core/pod/pod-resize.ts';
import { podRequests } from '@shared/kinds/core/pod/pod-resources.ts';
import { type ReadonlyPod, uidOf } from './spec.ts';

/** What each pod of the node has been promised; wishes for more are granted out of what is left. */
export class Allocations {
  readonly #pods = new Map<string, Room>();
  readonly #onFreed: () => void;

  /** `onFreed` is told when a pod needs less than before. */
  constructor(onFreed: () => void) {
    this.#onFreed = onFreed;
  }

  /** Notes what `pod`, its containers' resources being those promised, takes. */
  set(pod: ReadonlyPod): void {
    const uid = uidOf(pod);
    const before = this.#pods.get(uid);
    const { cpuMilli, memoryBytes } = podRequests(pod);
    this.#pods.set(uid, { cpuMilli, memoryBytes });
    if (before && (cpuMilli < before.cpuMilli || memoryBytes < before.memoryBytes)) this.#onFreed();
  }

  release(uid: string): void {
    if (this.#pods.delete(uid)) this.#onFreed();
  }

  /** What all pods but this one take. */
  ofOthers(uid: string): Room {
    let cpuMilli = 0;
    let memoryBytes = 0;
    for (const [other, room] of this.#pods) {
      if (other === uid) continue;
      cpuMilli += room.cpuMilli;
      memoryBytes += room.memoryBytes;
    }
    return { cpuMilli, memoryBytes };
  }
}
