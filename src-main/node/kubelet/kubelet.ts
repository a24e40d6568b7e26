import type { Client } from '@shared/client/client.ts';
import type { EventRecorder } from '@shared/client/event-recorder.ts';
import type { Informer, InformerEvent } from '@shared/client/informer.ts';
import { createInformer } from '@shared/client/reflector.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod, Service } from '@shared/kinds/wire.ts';
import { type Clock, sleep } from '@shared/lib/clock.ts';
import { ImagePuller } from './images/image-puller.ts';
import { Allocations } from './pod/allocations.ts';
import type { KubeletContext, NodeFacts } from './pod/context.ts';
import { podNameLabel, podNamespaceLabel, podUidLabel } from './pod/labels.ts';
import { ReferencedObjects } from './pod/objects.ts';
import { PodWorker } from './pod/pod-worker.ts';
import { RuntimeView } from './pod/runtime-view.ts';
import { isTerminalPhase, type ReadonlyPod, uidOf } from './pod/spec.ts';
import { volumeContext } from './pod/start-sequence.ts';
import { StatusWriter } from './pod/status-writer.ts';
import { type ProbeCount, ProbeCounts } from './probes/probe-counts.ts';
import type { ContainerRuntime } from './runtime.ts';
import { podsWithDirectories, refreshVolumes, tearDownPod } from './volumes/pod-volumes.ts';
import { ServiceAccountTokens } from './volumes/tokens.ts';
import type { Mounter } from './volumes/volume.ts';

export interface KubeletOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly mounter: Mounter;
  readonly events: EventRecorder;
  readonly node: NodeFacts;
  /** All services; its loop is run by the caller. */
  readonly services: Informer<Service>;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

/** A kubelet's pod side: runs the pods bound to its node. */
export interface Kubelet {
  /** Runs until the signal aborts, then resolves; the containers run on. */
  run(signal: AbortSignal): Promise<void>;
  /** Pods of this node as the API has them. */
  pods(): readonly ReadonlyPod[];
  pod(namespace: string, name: string): ReadonlyPod | undefined;
  readonly view: RuntimeView;
  probeCounts(): readonly ProbeCount[];
  /** Ends a pod of this node for good: it has taken more of the node than it may. */
  evict(uid: string, message: string): void;
}

/** Makes up for runtime events that were lost; without an event stream it is all there is. */
const relistMs = 5000;
const relistWithoutEventsMs = 1000;
const refreshMs = 60_000;

export function createKubelet(options: KubeletOptions): Kubelet {
  const { client, clock, runtime, node } = options;
  const view = new RuntimeView(runtime);
  const probeCounts = new ProbeCounts();
  const informer = createInformer<Pod>({
    client,
    kind: podKind,
    fieldSelector: `spec.nodeName=${node.name}`,
    clock,
    log: options.log,
  });
  let running: PodSet | undefined;
  return {
    view,
    pods: () => informer.list(),
    evict: (uid, message) => running?.evict(uid, message),
    probeCounts: () => probeCounts.all(),
    pod: (namespace, name) => informer.get(namespace, name),
    async run(signal) {
      const pods = new PodSet(options, { view, probeCounts }, signal);
      running = pods;
      const informing = informer.run(signal);
      const listening = informer.onChange((event) => pods.apply(event));
      try {
        await informer.whenSynced(signal);
        await Promise.all([pods.followEvents(), pods.relist(informer), pods.refresh(informer)]);
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        listening.dispose();
        await pods.stop();
        await informing;
      }
    },
  };
}

/** The workers, one per pod uid. */
class PodSet {
  readonly #options: KubeletOptions;
  readonly #signal: AbortSignal;
  readonly #view: RuntimeView;
  readonly #context: KubeletContext;
  readonly #workers = new Map<string, PodWorker>();
  #hasEvents = false;

  constructor(
    options: KubeletOptions,
    shared: { view: RuntimeView; probeCounts: ProbeCounts },
    signal: AbortSignal,
  ) {
    const { client, clock, runtime, log } = options;
    this.#options = options;
    this.#signal = signal;
    this.#view = shared.view;
    this.#context = {
      client,
      clock,
      runtime,
      ...shared,
      log,
      node: options.node,
      mounter: options.mounter,
      allocations: new Allocations(() => {
        for (const worker of this.#workers.values()) worker.roomFreed();
      }),
      images: new ImagePuller({ runtime, clock, signal }),
      objects: new ReferencedObjects({ client, clock, signal, onChange: (uid) => this.#objectsChanged(uid) }),
      tokens: new ServiceAccountTokens(client, clock),
      statuses: new StatusWriter({ client, clock, signal, log }),
      async services() {
        await options.services.whenSynced(signal);
        return options.services.list();
      },
      report: (pod, { type, reason, message }, spec) =>
        options.events.event(
          { apiVersion: 'v1', kind: 'Pod', ...pod },
          type,
          reason,
          message,
          spec?.fieldPath,
        ),
    };
  }

  apply(event: InformerEvent<Pod>): void {
    const pod = event.object;
    const worker = this.#workers.get(uidOf(pod));
    if (event.type === 'deleted') {
      worker?.gone();
      return;
    }
    if (event.type === 'updated' && uidOf(event.previous) !== uidOf(pod))
      this.#workers.get(uidOf(event.previous))?.gone();
    if (!isTerminalPhase(pod.status?.phase)) this.#context.objects.retain(pod);
    if (worker) worker.update(pod);
    else this.#add(pod, false);
  }

  /** Wakes the worker of each pod that the runtime says something happened to. */
  async followEvents(): Promise<void> {
    const { runtime, clock, log } = this.#options;
    while (!this.#signal.aborted) {
      try {
        for await (const { podUid } of runtime.events(this.#signal)) {
          this.#hasEvents = true;
          if (podUid === '') for (const worker of this.#workers.values()) worker.wake();
          else this.#workers.get(podUid)?.wake();
        }
      } catch (error) {
        if (!this.#signal.aborted) log('runtime events ended', { error: String(error) });
      }
      this.#hasEvents = false;
      await sleep(clock, relistWithoutEventsMs, this.#signal).catch(() => undefined);
    }
  }

  /** Finds, by listing, what events have not told, and pods that are here but not wanted. */
  async relist(informer: Informer<Pod>): Promise<void> {
    const { clock, log } = this.#options;
    await this.#removeLeftovers(informer);
    while (!this.#signal.aborted) {
      try {
        for (const uid of await this.#view.changedPods()) this.#workers.get(uid)?.wake();
        const known = new Set([...this.#workers.keys(), ...informer.list().map(uidOf)]);
        for (const uid of this.#view.podUids()) if (!known.has(uid)) await this.#adoptOrphan(uid);
      } catch (error) {
        log('listing the runtime failed', { error: String(error) });
      }
      await sleep(clock, this.#hasEvents ? relistMs : relistWithoutEventsMs, this.#signal).catch(
        () => undefined,
      );
    }
  }

  /** Volumes that follow API objects are brought up to date; tokens in them are renewed. */
  async refresh(informer: Informer<Pod>): Promise<void> {
    while (!this.#signal.aborted) {
      await sleep(this.#options.clock, refreshMs, this.#signal).catch(() => undefined);
      for (const pod of informer.list()) await this.#refreshPod(pod);
    }
  }

  evict(uid: string, message: string): void {
    this.#workers.get(uid)?.evict(message);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    await this.#context.objects.settled();
  }

  #add(pod: ReadonlyPod, isGone: boolean): PodWorker {
    const uid = uidOf(pod);
    const worker = new PodWorker(this.#context, pod, { isGone, onDone: () => this.#workers.delete(uid) });
    this.#workers.set(uid, worker);
    worker.wake();
    return worker;
  }

  #objectsChanged(uid: string): void {
    this.#workers.get(uid)?.objectsChanged();
    const pod = this.#podOf(uid);
    if (pod) void this.#refreshPod(pod);
  }

  #podOf(uid: string): ReadonlyPod | undefined {
    return this.#workers.get(uid)?.pod;
  }

  async #refreshPod(pod: ReadonlyPod): Promise<void> {
    const isLiving =
      pod.metadata?.deletionTimestamp === undefined &&
      pod.status?.containerStatuses?.some(({ state }) => state?.running);
    if (!isLiving || this.#signal.aborted) return;
    const failures = await refreshVolumes(volumeContext(this.#context, pod));
    for (const { message } of failures)
      this.#context.report(pod, { type: 'Warning', reason: 'FailedMount', message });
  }

  /** A pod in the runtime that the API does not know: it was deleted while nobody looked. */
  async #adoptOrphan(uid: string): Promise<void> {
    const observed = await this.#view.observe(uid);
    const labels = (observed.sandboxes[0] ?? observed.containers[0])?.labels;
    if (!labels || labels[podUidLabel] !== uid) return;
    const metadata = { name: labels[podNameLabel] ?? '', namespace: labels[podNamespaceLabel] ?? '', uid };
    this.#options.log('removing a pod the API does not know', metadata);
    this.#add({ metadata, spec: { containers: [] } }, true);
  }

  /** Folders of pods that neither the API nor the runtime knows. */
  async #removeLeftovers(informer: Informer<Pod>): Promise<void> {
    const { node, mounter, runtime, log } = this.#options;
    try {
      const known = new Set(informer.list().map(uidOf));
      for (const { labels } of await runtime.listPodSandboxes()) known.add(labels[podUidLabel] ?? '');
      for (const uid of await podsWithDirectories(node.directories)) {
        if (!known.has(uid)) await tearDownPod(node.directories, uid, mounter);
      }
    } catch (error) {
      log('removing left-over pod folders failed', { error: String(error) });
    }
  }
}
