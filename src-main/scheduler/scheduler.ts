import { isReason } from '@shared/api/status.ts';
import { type Client, refOf } from '@shared/client/client.ts';
import type { InformerEvent } from '@shared/client/informer.ts';
import { withoutManagers } from '@shared/client/kept.ts';
import { createEventRecorder } from '@shared/client/recorder.ts';
import { createInformer } from '@shared/client/reflector.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { isPodTerminal } from '@shared/kinds/core/pod/pod-status.ts';
import type { Node, Pod } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { SchedulerCache } from './cache.ts';
import type { Explanations } from './explanation.ts';
import { type Decision, decide } from './framework/cycle.ts';
import type { Plugin, Profile, QueuedPod, ReadonlyPod } from './framework/framework.ts';
import { defaultProfile } from './profile.ts';
import { SchedulingQueue } from './queue.ts';

export interface SchedulerOptions {
  readonly client: Client;
  readonly clock: Clock;
  /** Where the last explanation of each pod is kept. */
  readonly explanations: Explanations;
  readonly profile?: Profile;
  /** In [0, 1); decides among nodes of equal score. */
  readonly random?: () => number;
  log(message: string, fields?: Record<string, unknown>): void;
}

/** Gives pods their nodes until `signal` aborts. Resolves once its watches have ended. */
export async function runScheduler(options: SchedulerOptions, signal: AbortSignal): Promise<void> {
  const scheduler = new Scheduler(options);
  await scheduler.run(signal);
}

type Queued = QueuedPod & { readonly key: string };

class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #profile: Profile;
  readonly #cache = new SchedulerCache();
  readonly #queue: SchedulingQueue;
  readonly #events;
  readonly #random: () => number;
  readonly #binding = new Set<Promise<void>>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { client, clock, log } = options;
    this.#profile = options.profile ?? defaultProfile(client);
    this.#random = options.random ?? Math.random;
    this.#queue = new SchedulingQueue({ clock, profile: this.#profile });
    this.#events = createEventRecorder({ client, component: this.#profile.schedulerName, clock, log });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { client, clock, log } = this.#options;
    const nodes = createInformer({ client, kind: nodeKind, keep: withoutManagers, clock, log });
    const pods = createInformer({ client, kind: podKind, keep: withoutManagers, clock, log });
    const listeners = [
      nodes.onChange((event) => this.#onNode(event)),
      pods.onChange((event) => this.#onPod(event)),
    ];
    const loops = [nodes.run(signal), pods.run(signal), this.#events.run(signal)];
    try {
      await Promise.all([nodes.whenSynced(signal), pods.whenSynced(signal)]);
      while (!signal.aborted) await this.#scheduleOne(await this.#queue.pop(signal));
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      for (const listener of listeners) listener.dispose();
      await Promise.all([...loops, ...this.#binding]);
    }
  }

  async #scheduleOne(queued: Queued): Promise<void> {
    const { clock, explanations } = this.#options;
    const { namespace = '', name = '' } = queued.pod.metadata ?? {};
    const decision = decide(queued.pod, this.#cache.nodes(), {
      profile: this.#profile,
      random: this.#random,
      nowMs: clock.now(),
    });
    explanations.set(namespace, name, decision.explanation);
    if (decision.node === undefined) return this.#refuse(queued, decision);
    this.#cache.assume(queued.pod, decision.node);
    for (const plugin of this.#profile.plugins) plugin.reserve?.(decision.state, queued.pod, decision.node);
    const bound = this.#bind(queued, decision).finally(() => this.#binding.delete(bound));
    this.#binding.add(bound);
  }

  /** Binding goes on beside the next cycles; the assumption made before keeps the room. Never rejects. */
  async #bind(queued: Queued, decision: Decision & { node: string }): Promise<void> {
    const { pod } = queued;
    const { node, state } = decision;
    try {
      for (const plugin of this.#profile.plugins) await plugin.preBind?.(state, pod, node);
      for (const plugin of this.#profile.plugins) await plugin.bind?.(pod, node);
      this.#events.event(
        pod,
        'Normal',
        'Scheduled',
        `Successfully assigned ${pod.metadata?.namespace}/${pod.metadata?.name} to ${node}`,
      );
    } catch (error) {
      this.#cache.forget(pod);
      this.#undoReservation(decision, pod);
      // Gone or bound by someone else: the informer tells, there is nothing left to do here.
      if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return;
      this.#options.log('binding failed', { pod: queued.key, node, error: String(error) });
      this.#queue.requeue(queued.key, queued, new Set());
    }
  }

  #undoReservation(decision: Decision & { node: string }, pod: ReadonlyPod): void {
    const { state } = decision;
    for (const plugin of this.#profile.plugins.toReversed() as Plugin[])
      plugin.unreserve?.(state, pod, decision.node);
  }

  async #refuse(queued: Queued, decision: Decision & { node: undefined }): Promise<void> {
    const { pod } = queued;
    this.#queue.requeue(
      queued.key,
      queued,
      decision.rejectedBy.size > 0 ? decision.rejectedBy : allPlugins(this.#profile),
    );
    this.#events.event(pod, 'Warning', 'FailedScheduling', decision.message);
    await this.#setUnschedulable(pod, decision.message);
  }

  async #setUnschedulable(pod: ReadonlyPod, message: string): Promise<void> {
    const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    if (known?.status === 'False' && known.reason === 'Unschedulable' && known.message === message) return;
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime:
        known?.status === 'False' ? known.lastTransitionTime : rfc3339(this.#options.clock.now()),
    };
    try {
      await this.#options.client.patch(
        podKind,
        refOf(pod),
        { type: 'strategic', body: { status: { conditions: [condition] } } },
        { subresource: 'status' },
      );
    } catch (error) {
      if (!isReason(error, 'NotFound'))
        this.#options.log('pod condition not written', { pod: refOf(pod), error: String(error) });
    }
  }

  #onNode(event: InformerEvent<Node>): void {
    const { object } = event;
    if (event.type === 'deleted') {
      this.#cache.removeNode(object.metadata?.name ?? '');
      return;
    }
    this.#cache.setNode(object);
    if (event.type === 'added') this.#queue.notify('NodeAdded');
    else if (!isSame(relevantParts(event.previous), relevantParts(object))) this.#queue.notify('NodeChanged');
  }

  #onPod(event: InformerEvent<Pod>): void {
    const { object: pod } = event;
    const { namespace = '', name = '' } = pod.metadata ?? {};
    const key = `${namespace}/${name}`;
    if (event.type === 'deleted') {
      this.#cache.removePod(pod);
      this.#queue.delete(key);
      this.#options.explanations.delete(namespace, name);
      this.#queue.notify('PodDeleted');
      return;
    }
    this.#cache.setPod(pod);
    if (isPodTerminal(pod) && event.type === 'updated' && !isPodTerminal(event.previous))
      this.#queue.notify('PodDeleted');
    if (this.#isOurs(pod))
      this.#queue.upsert(key, pod, event.type === 'updated' && !isSame(event.previous.spec, pod.spec));
    else this.#queue.delete(key);
  }

  /** Waits for us: no node yet, nothing keeps it out, and not just being bound. */
  #isOurs(pod: ReadonlyPod): boolean {
    return (
      (pod.spec?.nodeName ?? '') === '' &&
      pod.spec?.schedulerName === this.#profile.schedulerName &&
      pod.metadata?.deletionTimestamp === undefined &&
      !isPodTerminal(pod) &&
      !this.#cache.isAssumed(pod) &&
      this.#profile.plugins.every((plugin) => plugin.preEnqueue?.(pod) === undefined)
    );
  }
}

/** What of a node decides who fits on it. */
function relevantParts({ metadata, spec, status }: DeepReadonly<Node>): unknown {
  return [metadata?.labels, spec, status?.allocatable];
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** A pod refused for want of nodes was rejected by no plugin: whatever happens may help it. */
function allPlugins(profile: Profile): ReadonlySet<string> {
  return new Set(profile.plugins.map(({ name }) => name));
}
