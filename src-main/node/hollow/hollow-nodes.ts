import { isReason } from '@shared/api/status.ts';
import { type Client, refOf } from '@shared/client/client.ts';
import type { InformerEvent } from '@shared/client/informer.ts';
import { withoutManagers } from '@shared/client/kept.ts';
import { createInformer, type RunningInformer } from '@shared/client/reflector.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { reservedRequests } from '@shared/kinds/core/pod/pod-reservation.ts';
import type { Room } from '@shared/kinds/core/pod/pod-resize.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import { type Clock, sleep } from '@shared/lib/clock.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { nodeIp, simulatedPodIp } from './addresses.ts';
import { createHollowKubelet, type HollowKubelet } from './hollow-kubelet.ts';
import { renewLease } from './hollow-lease.ts';
import { hollowConditions, hollowNode, hollowRoom } from './hollow-node.ts';
import { type HollowAction, planHollowPod, runningStatus } from './hollow-pod.ts';
import { isDeferred, settle } from './hollow-resize.ts';

export interface HollowNodesOptions {
  readonly client: Client;
  readonly clock: Clock;
  /** Nodes are named `<prefix>-1`, `<prefix>-2`, … */
  readonly namePrefix: string;
  /** Keep ordinary pods off: for simulated nodes beside real ones. */
  readonly tainted: boolean;
  /** Makes the API server answer for a node's kubelet. */
  registerKubelet(nodeName: string, kubelet: HollowKubelet): Disposable;
  log(message: string, fields?: Record<string, unknown>): void;
}

const leaseEveryMs = 10_000;
const startDelayMs = 300;
const removeDelayMs = 100;
const retryMs = 1000;
const registerAtOnce = 16;

/**
 * Simulated nodes: they register, stay Ready and say of every pod they are given that it runs. All of them
 * together are one watch and one heartbeat loop, so that thousands fit into one process.
 */
export class HollowNodes {
  readonly #options: HollowNodesOptions;
  readonly #kubelets = new Map<string, Disposable>();
  readonly #pending = new Map<string, Disposable>();
  readonly #podIps = new Map<string, string>();
  readonly #pods: RunningInformer<Pod>;
  #wanted: ReadonlySet<number>;
  #nextPodIp = 0;
  #onResize: () => void = () => undefined;

  /** `numbers`: see {@link want}. */
  constructor(options: HollowNodesOptions, numbers: readonly number[]) {
    this.#options = options;
    this.#wanted = new Set(numbers);
    const { client, clock, log } = options;
    this.#pods = createInformer({
      client,
      kind: podKind,
      keep: withoutManagers,
      indexes: { node: (pod) => [pod.spec?.nodeName ?? ''] },
      clock,
      log,
    });
  }

  /**
   * Numbers of the nodes to simulate from now on. New ones register in the background; those no longer named fall
   * silent, and whoever left them out deletes their Node objects.
   */
  want(numbers: readonly number[]): void {
    this.#wanted = new Set(numbers);
    for (const [name, kubelet] of this.#kubelets) {
      if (this.#wanted.has(this.#numberOf(name))) continue;
      this.#kubelets.delete(name);
      kubelet.dispose();
    }
    this.#onResize();
  }

  /** Simulates until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const listener = this.#pods.onChange((event) => this.#onPod(event));
    try {
      await Promise.all([this.#pods.run(signal), this.#registerLoop(signal), this.#leaseLoop(signal)]);
    } finally {
      listener.dispose();
      for (const held of [...this.#pending.values(), ...this.#kubelets.values()]) held.dispose();
      this.#pending.clear();
      this.#kubelets.clear();
    }
  }

  async #registerLoop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const names = [...this.#wanted].map((number) => this.#name(number));
      const missing = names.filter((name) => !this.#kubelets.has(name));
      for (let at = 0; at < missing.length && !signal.aborted; at += registerAtOnce) {
        await Promise.all(missing.slice(at, at + registerAtOnce).map((name) => this.#register(name)));
      }
      if (missing.length > 0 && missing.some((name) => !this.#kubelets.has(name)))
        await pause(this.#options.clock, retryMs, signal);
      else if ([...this.#wanted].every((number) => this.#kubelets.has(this.#name(number))))
        await this.#resized(signal);
    }
  }

  /** Creates the Node or, when it is there from an earlier run, says that it is Ready again. */
  async #register(name: string): Promise<void> {
    const { client, clock, tainted, log } = this.#options;
    const now = rfc3339(clock.now());
    const node = hollowNode(name, { ip: nodeIp(this.#numberOf(name)), now, tainted });
    try {
      try {
        await client.create(nodeKind, node);
      } catch (error) {
        if (!isReason(error, 'AlreadyExists')) throw error;
        await client.patch(
          nodeKind,
          { name },
          { type: 'strategic', body: { status: { conditions: hollowConditions(now) } } },
          { subresource: 'status' },
        );
      }
      await renewLease(this.#options, name);
      if (!this.#wanted.has(this.#numberOf(name))) return; // removed meanwhile
      const pods = () => this.#podsOf(name).filter(({ status }) => status?.phase === 'Running');
      const kubelet = createHollowKubelet({ nodeName: name, clock, pods });
      this.#kubelets.set(name, this.#options.registerKubelet(name, kubelet));
    } catch (error) {
      log('simulated node not registered', { node: name, error: String(error) });
    }
  }

  /** Heartbeats, spread over the interval so that they do not come all at once. */
  async #leaseLoop(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      const names = [...this.#kubelets.keys()];
      const startedAtMs = clock.now();
      const slices = Math.min(names.length, 10);
      for (let slice = 0; slice < slices && !signal.aborted; slice += 1) {
        const renewals = names
          .filter((_, index) => index % slices === slice)
          .filter((name) => this.#kubelets.has(name)) // it may have been removed meanwhile
          .map((name) => renewLease(this.#options, name));
        await Promise.all(
          renewals.map((renewal) =>
            renewal.catch((error: unknown) => log('lease not renewed', { error: String(error) })),
          ),
        );
        await pause(clock, leaseEveryMs / 20, signal);
      }
      await pause(clock, Math.max(500, leaseEveryMs - (clock.now() - startedAtMs)), signal);
    }
  }

  #onPod(event: InformerEvent<Pod>): void {
    const { object: pod } = event;
    const uid = pod.metadata?.uid ?? '';
    if (event.type === 'deleted') {
      this.#cancel(uid);
      this.#podIps.delete(uid);
      this.#roomMade(pod.spec?.nodeName ?? '');
      return;
    }
    if (!this.#isOurs(pod.spec?.nodeName ?? '')) return;
    this.#act(pod);
    const wasResized =
      event.type === 'updated' &&
      event.previous.status?.observedGeneration !== pod.status?.observedGeneration;
    if (wasResized) this.#roomMade(pod.spec?.nodeName ?? '');
  }

  #podsOf(nodeName: string): readonly DeepReadonly<Pod>[] {
    return this.#pods.byIndex('node', nodeName);
  }

  /** Whoever waited for room looks again. */
  #roomMade(nodeName: string): void {
    if (!this.#isOurs(nodeName)) return;
    for (const pod of this.#podsOf(nodeName)) if (isDeferred(pod.status)) this.#act(pod);
  }

  /** Does what the pod needs after a short delay; a newer state of the pod replaces what was planned. */
  #act(pod: DeepReadonly<Pod>, delayMs?: number): void {
    const uid = pod.metadata?.uid ?? '';
    this.#cancel(uid);
    const action = planHollowPod(pod);
    if (action === 'nothing') return;
    const run = () => {
      this.#pending.delete(uid);
      this.#work(action, pod).catch((error: unknown) => {
        if (isReason(error, 'NotFound')) return;
        this.#options.log('simulated pod not updated', { pod: refOf(pod), error: String(error) });
        this.#act(pod, retryMs);
      });
    };
    this.#pending.set(
      uid,
      this.#options.clock.setTimer(delayMs ?? (action === 'remove' ? removeDelayMs : startDelayMs), run),
    );
  }

  #work(action: HollowAction, pod: DeepReadonly<Pod>): Promise<void> {
    if (action === 'remove') return this.#remove(pod);
    return action === 'start' ? this.#start(pod) : this.#settle(pod);
  }

  async #settle(planned: DeepReadonly<Pod>): Promise<void> {
    const { name = '', namespace = '', uid } = planned.metadata ?? {};
    const pod = this.#pods.get(namespace, name);
    if (!pod || pod.metadata?.uid !== uid) return;
    const nodeName = pod.spec?.nodeName ?? '';
    const others = this.#podsOf(nodeName).filter(({ metadata }) => metadata?.uid !== uid);
    const now = rfc3339(this.#options.clock.now());
    const status = settle(pod, { others: roomOf(others), capacity: hollowRoom, now });
    if (!status) return;
    await this.#patchStatus(pod, status);
  }

  async #patchStatus(pod: DeepReadonly<Pod>, status: object): Promise<void> {
    const body = { metadata: { uid: pod.metadata?.uid }, status };
    const how = { subresource: 'status' } as const;
    await this.#options.client.patch(podKind, refOf(pod), { type: 'strategic', body }, how);
  }

  async #start(pod: DeepReadonly<Pod>): Promise<void> {
    const { clock } = this.#options;
    const hostIp = nodeIp(this.#numberOf(pod.spec?.nodeName ?? ''));
    const podIp = pod.spec?.hostNetwork ? hostIp : this.#podIp(pod.metadata?.uid ?? '');
    const status = runningStatus(pod, { podIp, hostIp, now: rfc3339(clock.now()) });
    await this.#patchStatus(pod, status);
  }

  async #remove(pod: DeepReadonly<Pod>): Promise<void> {
    const uid = pod.metadata?.uid;
    await this.#options.client.delete(podKind, refOf(pod), {
      gracePeriodSeconds: 0,
      ...(uid !== undefined && { preconditions: { uid } }),
    });
  }

  #cancel(uid: string): void {
    this.#pending.get(uid)?.dispose();
    this.#pending.delete(uid);
  }

  #podIp(uid: string): string {
    const known = this.#podIps.get(uid);
    if (known !== undefined) return known;
    this.#nextPodIp = (this.#nextPodIp + 1) % 0xff_ff;
    const ip = simulatedPodIp(this.#nextPodIp);
    this.#podIps.set(uid, ip);
    return ip;
  }

  #resized(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#onResize = resolve;
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #name(number: number): string {
    return `${this.#options.namePrefix}-${number}`;
  }

  #numberOf(name: string): number {
    return Number(name.slice(this.#options.namePrefix.length + 1));
  }

  #isOurs(nodeName: string): boolean {
    return (
      this.#kubelets.has(nodeName) ||
      (nodeName.startsWith(`${this.#options.namePrefix}-`) && this.#wanted.has(this.#numberOf(nodeName)))
    );
  }
}

/** What pods take together: while their resources change, the most of what they had and are to have. */
function roomOf(pods: readonly DeepReadonly<Pod>[]): Room {
  const room = { cpuMilli: 0, memoryBytes: 0 };
  for (const pod of pods) {
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
    const { cpuMilli, memoryBytes } = reservedRequests(pod);
    room.cpuMilli += cpuMilli;
    room.memoryBytes += memoryBytes;
  }
  return room;
}

async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(clock, delayMs, signal).catch(() => undefined);
}
