import { ApiError } from '@shared/api/status.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { resizeConditionTypes } from '@shared/kinds/core/pod/pod-resize.ts';
import type { PodStatus } from '@shared/kinds/wire.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import { Prober } from '../probes/prober.ts';
import { tearDownPod } from '../volumes/pod-volumes.ts';
import { collectGarbage, removePod } from './clean-up.ts';
import type { KubeletContext } from './context.ts';
import { killContainer, killPod, orphanGraceSeconds } from './kill.ts';
import { newest, type ObservedPod } from './observed.ts';
import { type KillContainer, type PodPlan, planPod, type Waiting } from './plan.ts';
import { WorkerMemory } from './pod-memory.ts';
import { PodResize } from './pod-resize.ts';
import { findContainer, gracePeriodOf, isTerminalPhase, podText, type ReadonlyPod, uidOf } from './spec.ts';
import { StartSequence } from './start-sequence.ts';
import { evictedReason, podStatus } from './status.ts';
import { forbiddenSysctl } from './sysctls.ts';

type RunPlan = Extract<PodPlan, { type: 'run' }>;

const syncRetryMs = 1000;
/** An evicted pod has this long to end. */
const evictionGraceSeconds = 1;

/**
 * Brings one pod to where it should be and keeps it there: look, plan, publish the status, act, and again
 * whenever something has changed. Only the latest wish counts. What takes long (pulling, starting, stopping)
 * runs beside the loop, so that the status is never held up; each such work wakes the loop at its end.
 */
export class PodWorker {
  readonly #context: KubeletContext;
  readonly #memory: WorkerMemory;
  readonly #resize: PodResize;
  readonly #prober: Prober;
  readonly #starting: StartSequence;
  /** By container id; kept after their end, since what is observed may be older than it. */
  readonly #kills = new Map<string, Promise<void>>();
  readonly #reportedBackoffs = new Set<string>();
  readonly #onDone: () => void;
  #pod: ReadonlyPod;
  #status: PodStatus | undefined;
  /** The API does not know the pod (any more). */
  #isGone: boolean;
  #termination: { graceSeconds: number; superseded: AbortController; done: Promise<void> } | undefined;
  #volumesDown = false;
  #cleaning: Promise<void> | undefined;
  #wakeTimer: Disposable | undefined;
  #loop: Promise<void> | undefined;
  #isDirty = false;
  #isStopped = false;

  constructor(context: KubeletContext, pod: ReadonlyPod, options: { isGone: boolean; onDone: () => void }) {
    this.#context = context;
    this.#pod = pod;
    this.#isGone = options.isGone;
    this.#onDone = options.onDone;
    this.#prober = new Prober({
      runtime: context.runtime,
      clock: context.clock,
      counts: context.probeCounts,
      onChange: () => this.wake(),
      report: (spec, type, reason, message) => context.report(this.#pod, { type, reason, message }, spec),
    });
    this.#resize = new PodResize(context, pod);
    this.#memory = new WorkerMemory((id) => this.#prober.result(id), this.#resize);
    this.#starting = new StartSequence(context, this.#memory, () => this.wake());
  }

  /** The pod as the API had it last. */
  get pod(): ReadonlyPod {
    return this.#pod;
  }

  /** The pod as the API has it now. */
  update(pod: ReadonlyPod): void {
    this.#pod = pod;
    this.wake();
  }

  /** The API has lost the pod: it ends without being asked again. */
  gone(): void {
    this.#isGone = true;
    this.wake();
  }

  /** Ends the pod for good, at once: it has taken more of the node than it may. */
  evict(message: string): void {
    if (this.#memory.eviction || isTerminalPhase(this.#status?.phase)) return;
    this.#memory.eviction = { reason: evictedReason, message };
    this.#context.report(this.#pod, { type: 'Warning', reason: evictedReason, message });
    this.wake();
  }

  /** An object the pod refers to has changed: what waits for it is tried at once. */
  objectsChanged(): void {
    this.#memory.retryNow();
    this.wake();
  }

  /** Other pods have made room, which this one may wait for. */
  roomFreed(): void {
    if (this.#resize.isDeferred) this.wake();
  }

  /** Looks again soon. */
  wake(): void {
    if (this.#isStopped) return;
    this.#isDirty = true;
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
    });
  }

  /** Stops looking after the pod, which runs on, and waits for the work under way to notice. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wakeTimer?.dispose();
    this.#prober.dispose();
    this.#starting.abort();
    await this.#loop;
    await this.#resize.settled();
    await this.#starting.settled();
    await this.#cleaning;
  }

  async #run(): Promise<void> {
    while (this.#isDirty && !this.#isStopped) {
      this.#isDirty = false;
      try {
        await this.#sync();
      } catch (error) {
        this.#context.log('pod sync failed', { pod: podText(this.#pod), error: String(error) });
        this.#wakeAt(this.#context.clock.now() + syncRetryMs);
      }
    }
  }

  async #sync(): Promise<void> {
    const { view, clock } = this.#context;
    const { epoch } = this.#starting;
    const observed = await view.observe(uidOf(this.#pod));
    if (!this.#isGone && !isTerminalPhase(this.#status?.phase)) this.#resize.consider(this.#pod);
    this.#refuse(observed);
    const pod = this.#current();
    const plan = planPod(pod, observed, this.#memory, clock.now());
    if (plan.type === 'terminate' && plan.reason === 'evicted') this.#noteDeadline();
    if (plan.type === 'settled') this.#context.allocations.release(uidOf(this.#pod));
    if (plan.type === 'settled') this.#prober.dispose();
    else this.#prober.sync(pod, observed);
    this.#publish(observed, plan);
    if (plan.type === 'run') this.#continue(observed, plan, epoch);
    else if (plan.type === 'terminate') this.#terminate(observed);
    else await this.#settle(observed, epoch);
  }

  /** The pod with our own latest status, which may be ahead of what the API has told us. */
  #current(): ReadonlyPod {
    const now = new Date(this.#context.clock.now()).toISOString();
    const metadata = { ...this.#pod.metadata };
    if (this.#isGone) metadata.deletionTimestamp ??= now;
    const pod = this.#resize.apply(this.#pod);
    if (!this.#status) return { ...pod, metadata };
    const foreign = (pod.status?.conditions ?? []).filter(
      ({ type }) =>
        !resizeConditionTypes.includes(type) && !this.#status?.conditions?.some((own) => own.type === type),
    );
    const conditions = [...(this.#status.conditions ?? []), ...foreign];
    return { ...pod, metadata, status: { ...pod.status, ...this.#status, conditions } };
  }

  #publish(observed: ObservedPod, plan: PodPlan): void {
    const { node, clock, statuses } = this.#context;
    const waiting = new Map<string, Waiting>(this.#memory.waiting);
    if (plan.type === 'run') for (const [name, reason] of plan.waiting) waiting.set(name, reason);
    const status = podStatus({
      pod: this.#current(),
      observed,
      waiting,
      probe: (id) => this.#memory.probe(id),
      replaced: (name) => (plan.type === 'run' ? this.#memory.replaced(name) : undefined),
      resources: (name) => this.#resize.resources(name),
      resizeConditions: this.#resize.conditions(),
      eviction: this.#memory.eviction,
      ended: plan.type === 'settled',
      hostIps: node.ips,
      nowMs: clock.now(),
    });
    this.#status = status;
    if (!this.#isGone) statuses.set(this.#pod, status);
  }

  #continue(observed: ObservedPod, plan: RunPlan, epoch: number): void {
    for (const kill of plan.kill) this.#kill(observed, kill);
    const resizeAtMs = this.#resize.actuate(this.#current(), {
      observed,
      replaced: (name) => this.#memory.replaced(name),
      onDone: () => this.wake(),
    });
    this.#reportBackoffs(observed, plan);
    const isIdle =
      plan.start.length === 0 && plan.createSandbox === undefined && plan.stopSandboxes.length === 0;
    if (!isIdle) this.#starting.begin({ pod: this.#current(), observed, plan }, epoch);
    const wakeAtMs = Math.min(
      plan.wakeAtMs ?? Number.POSITIVE_INFINITY,
      resizeAtMs ?? Number.POSITIVE_INFINITY,
    );
    if (Number.isFinite(wakeAtMs)) this.#wakeAt(wakeAtMs);
    this.#cleaning ??= collectGarbage(this.#context, observed).finally(() => {
      this.#cleaning = undefined;
    });
  }

  #reportBackoffs(observed: ObservedPod, plan: RunPlan): void {
    for (const name of plan.waiting.keys()) {
      const id = newest(observed, name)?.id ?? '';
      if (this.#reportedBackoffs.has(id)) continue;
      this.#reportedBackoffs.add(id);
      const message = `Back-off restarting failed container ${name} in pod ${podText(this.#pod)}`;
      this.#context.report(
        this.#pod,
        { type: 'Warning', reason: 'BackOff', message },
        findContainer(this.#pod, name),
      );
    }
  }

  #kill(observed: ObservedPod, { id, name, message, cause, restart }: KillContainer): void {
    const container = observed.containers.find((candidate) => candidate.id === id);
    if (!container || this.#kills.has(id)) return;
    const spec = findContainer(this.#pod, name)?.container;
    const probe = this.#memory.probe(id)?.failed === 'startup' ? spec?.startupProbe : spec?.livenessProbe;
    const own = cause === 'probe' ? probe?.terminationGracePeriodSeconds : undefined;
    const graceSeconds = own ?? this.#pod.spec?.terminationGracePeriodSeconds ?? 30;
    if (restart) this.#memory.replacing(name, id);
    const kill = killContainer(this.#context, this.#current(), { container, message, graceSeconds })
      .catch((error: unknown) => {
        this.#context.log('killing a container failed', { container: name, error: String(error) });
        this.#kills.delete(id);
        this.#memory.replacing(name, undefined);
      })
      .finally(() => this.wake());
    this.#kills.set(id, kill);
  }

  /** Ends everything; again with a shorter period when the wish became more urgent meanwhile. */
  #terminate(observed: ObservedPod): void {
    this.#starting.abort();
    const isUnknown = this.#isGone && (this.#pod.spec?.containers.length ?? 0) === 0;
    const isEvicted = this.#memory.eviction?.reason === evictedReason;
    const own = isEvicted ? evictionGraceSeconds : gracePeriodOf(this.#pod);
    const asked = isUnknown ? orphanGraceSeconds(observed) : own;
    // A pod that was deleted by force still gets the moment it takes to stop it in order.
    const graceSeconds = this.#isGone ? Math.max(1, asked) : asked;
    if (this.#termination && this.#termination.graceSeconds <= graceSeconds) return;
    this.#termination?.superseded.abort();
    const superseded = new AbortController();
    const done = this.#starting
      .settled()
      .then(() => this.#context.view.observe(uidOf(this.#pod)))
      .then((fresh) =>
        killPod(this.#context, this.#current(), fresh, { graceSeconds, superseded: superseded.signal }),
      )
      .catch((error: unknown) => {
        this.#context.log('ending a pod failed', { pod: podText(this.#pod), error: String(error) });
        this.#wakeAt(this.#context.clock.now() + syncRetryMs);
      })
      .finally(() => {
        if (this.#termination?.done === done) this.#termination = undefined;
        this.wake();
      });
    this.#termination = { graceSeconds, superseded, done };
  }

  /** Nothing runs any more. A pod that is only over keeps its containers, for logs; a deleted one goes. */
  async #settle(observed: ObservedPod, epoch: number): Promise<void> {
    this.#starting.abort();
    await this.#starting.settled();
    // A start under way may have made a sandbox that was not there when we looked.
    if (epoch !== this.#starting.epoch) return this.wake();
    const uid = uidOf(this.#pod);
    const { node, mounter, statuses } = this.#context;
    if (this.#pod.metadata?.deletionTimestamp === undefined && !this.#isGone) {
      if (this.#volumesDown) return;
      this.#volumesDown = true;
      await tearDownPod(node.directories, uid, mounter);
      return;
    }
    await statuses.flush(uid);
    await Promise.all([this.#deleteFromApi(), removePod(this.#context, this.#pod, observed)]);
    this.#isStopped = true;
    this.#wakeTimer?.dispose();
    this.#prober.dispose();
    this.#onDone();
  }

  async #deleteFromApi(): Promise<void> {
    if (this.#isGone) return;
    const { namespace, name = '', uid } = this.#pod.metadata ?? {};
    try {
      const preconditions = uid === undefined ? {} : { uid };
      await this.#context.client.delete(
        podKind,
        { namespace, name },
        { gracePeriodSeconds: 0, preconditions },
      );
    } catch (error) {
      const isOver = error instanceof ApiError && (error.code === 404 || error.code === 409);
      if (!isOver) throw error;
    }
  }

  /** A pod that asks for what this node does not grant has failed before it is begun. */
  #refuse(observed: ObservedPod): void {
    const isNew = observed.sandboxes.length === 0 && !isTerminalPhase(this.#pod.status?.phase);
    if (!isNew || this.#memory.eviction || this.#isGone) return;
    const message = forbiddenSysctl(this.#pod);
    if (message === undefined) return;
    const reason = 'SysctlForbidden';
    this.#memory.eviction = { reason, message: `Pod was rejected: ${message}` };
    this.#context.report(this.#pod, { type: 'Warning', reason, message });
  }

  #noteDeadline(): void {
    if (this.#memory.eviction) return;
    const reason = 'DeadlineExceeded';
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#memory.eviction = { reason, message };
    this.#context.report(this.#pod, { type: 'Normal', reason, message });
  }

  #wakeAt(atMs: number): void {
    this.#wakeTimer?.dispose();
    if (this.#isStopped) return;
    const delayMs = Math.min(Math.max(0, atMs - this.#context.clock.now()), 2 ** 31 - 1);
    this.#wakeTimer = this.#context.clock.setTimer(delayMs, () => this.wake());
  }
}
