import { isPodTerminal } from '@shared/kinds/core/pod/pod-status.ts';
import type { Node } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ReadonlyPod } from './framework/framework.ts';
import { NodeInfo } from './framework/node-info.ts';

/**
 * All nodes with what runs on them, fed by informers, plus the pods that were just given a node and whose
 * binding the informer has not seen yet ("assumed"): those count at once, so that no room is given away twice.
 */
export class SchedulerCache {
  readonly #nodes = new Map<string, NodeInfo>();
  /** Node of every counted pod, by uid. */
  readonly #nodeOf = new Map<string, string>();
  readonly #assumed = new Set<string>();
  #schedulable: readonly NodeInfo[] | undefined;

  /** Nodes that exist (others may still have pods that are being removed). */
  nodes(): readonly NodeInfo[] {
    this.#schedulable ??= [...this.#nodes.values()].filter(({ node }) => node !== undefined);
    return this.#schedulable;
  }

  setNode(node: DeepReadonly<Node>): void {
    this.#info(node.metadata?.name ?? '').setNode(node);
    this.#schedulable = undefined;
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    info?.setNode(undefined);
    if (info?.pods.size === 0) this.#nodes.delete(name);
    this.#schedulable = undefined;
  }

  /** A pod as the API has it. One that is assumed stays where it is until the API says where it runs. */
  setPod(pod: ReadonlyPod): void {
    const uid = pod.metadata?.uid ?? '';
    const node = pod.spec?.nodeName ?? '';
    if (node === '' && this.#assumed.has(uid)) return;
    this.#assumed.delete(uid);
    if (node === '' || isPodTerminal(pod)) this.#drop(uid);
    else this.#place(uid, { pod, node });
  }

  removePod(pod: ReadonlyPod): void {
    const uid = pod.metadata?.uid ?? '';
    this.#assumed.delete(uid);
    this.#drop(uid);
  }

  assume(pod: ReadonlyPod, node: string): void {
    const uid = pod.metadata?.uid ?? '';
    this.#assumed.add(uid);
    this.#place(uid, { pod, node });
  }

  /** Takes back an assumption whose binding failed. A pod the API has placed meanwhile stays. */
  forget(pod: ReadonlyPod): void {
    const uid = pod.metadata?.uid ?? '';
    if (this.#assumed.delete(uid)) this.#drop(uid);
  }

  isAssumed(pod: ReadonlyPod): boolean {
    return this.#assumed.has(pod.metadata?.uid ?? '');
  }

  #place(uid: string, { pod, node }: { pod: ReadonlyPod; node: string }): void {
    const former = this.#nodeOf.get(uid);
    if (former !== undefined && former !== node) this.#drop(uid);
    this.#info(node).addPod(uid, pod);
    this.#nodeOf.set(uid, node);
  }

  #drop(uid: string): void {
    const node = this.#nodeOf.get(uid);
    if (node === undefined) return;
    this.#nodeOf.delete(uid);
    const info = this.#nodes.get(node);
    info?.removePod(uid);
    if (info && info.node === undefined && info.pods.size === 0) this.#nodes.delete(node);
  }

  #info(name: string): NodeInfo {
    const known = this.#nodes.get(name);
    if (known) return known;
    const info = new NodeInfo(name);
    this.#nodes.set(name, info);
    return info;
  }
}
