import type { Probe } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { nsToMs, type ObservedContainer, type ObservedPod } from '../pod/observed.ts';
import type { ProbeResult } from '../pod/plan.ts';
import { type ContainerSpec, containerSpecs, type ReadonlyPod } from '../pod/spec.ts';
import type { ContainerRuntime } from '../runtime.ts';
import { type CheckResult, checkOnce } from './check.ts';
import type { ProbeCounts } from './probe-counts.ts';

type ProbeType = 'startup' | 'liveness' | 'readiness';

const fields = { startup: 'startupProbe', liveness: 'livenessProbe', readiness: 'readinessProbe' } as const;
const results = { success: 'successful', failure: 'failed', unknown: 'unknown' } as const;
const titles = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' } as const;

export interface ProberOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly counts: ProbeCounts;
  /** A result has changed what the pod's plan or status would be. */
  readonly onChange: () => void;
  readonly report: (spec: ContainerSpec, type: 'Warning', reason: string, message: string) => void;
}

/** Probes the running containers of one pod. `sync` says which; `result` tells what is known. */
export class Prober implements Disposable {
  readonly #options: ProberOptions;
  readonly #loops = new Map<string, ProbeLoop>();

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /** Starts probing new containers and stops probing those that are gone. */
  sync(pod: ReadonlyPod, observed: ObservedPod): void {
    const wanted = new Set<string>();
    const podIp = podAddress(pod, observed);
    for (const spec of containerSpecs(pod)) {
      const running = observed.containers.find(
        ({ name, state }) => name === spec.container.name && state === 'Running',
      );
      if (!running || spec.role === 'init') continue;
      for (const type of ['startup', 'liveness', 'readiness'] as const) {
        const probe = spec.container[fields[type]];
        const isPointless = pod.metadata?.deletionTimestamp !== undefined && type !== 'readiness';
        if (!probe || isPointless) continue;
        const key = `${running.id} ${type}`;
        wanted.add(key);
        if (!this.#loops.has(key)) this.#start(key, { pod, spec, type, probe, running, podIp });
      }
    }
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue;
      loop.dispose();
      this.#loops.delete(key);
    }
  }

  /** What is known of a running container; without a probe of a kind the answer is yes. */
  result(containerId: string): ProbeResult {
    const startup = this.#loops.get(`${containerId} startup`);
    const liveness = this.#loops.get(`${containerId} liveness`);
    const readiness = this.#loops.get(`${containerId} readiness`);
    const started = startup ? startup.state === 'success' : true;
    const failed =
      startup?.state === 'failure' ? 'startup' : liveness?.state === 'failure' ? 'liveness' : undefined;
    return {
      started,
      ready: started && (readiness ? readiness.state === 'success' : true),
      ...(failed && { failed }),
    };
  }

  dispose(): void {
    for (const loop of this.#loops.values()) loop.dispose();
    this.#loops.clear();
  }

  #start(key: string, subject: Subject): void {
    const { id } = subject.running;
    const loop = new ProbeLoop(this.#options, subject, {
      // Until a container has started, only its startup probe runs.
      isHeld: () => subject.type !== 'startup' && !this.result(id).started,
      onChange: () => {
        if (subject.type === 'startup') this.#loops.get(`${id} readiness`)?.hurry();
        this.#options.onChange();
      },
    });
    this.#loops.set(key, loop);
  }
}

function podAddress(pod: ReadonlyPod, observed: ObservedPod): string {
  if (pod.spec?.hostNetwork === true) return pod.status?.hostIP ?? '127.0.0.1';
  return observed.sandboxes[0]?.ips[0] ?? '';
}

interface Subject {
  readonly pod: ReadonlyPod;
  readonly spec: ContainerSpec;
  readonly type: ProbeType;
  readonly probe: DeepReadonly<Probe>;
  readonly running: ObservedContainer;
  readonly podIp: string;
}

/** Checks again and again until disposed; state changes when a threshold is crossed. */
class ProbeLoop implements Disposable {
  state: 'success' | 'failure' | 'unknown';
  readonly #options: ProberOptions;
  readonly #subject: Subject;
  readonly #hooks: { isHeld(): boolean; onChange(): void };
  #timer: Disposable;
  #disposed = false;
  #isChecking = false;
  #last: CheckResult['outcome'] = 'unknown';
  #inRow = 0;

  constructor(options: ProberOptions, subject: Subject, hooks: { isHeld(): boolean; onChange(): void }) {
    this.#options = options;
    this.#subject = subject;
    this.#hooks = hooks;
    this.state = subject.type === 'liveness' ? 'success' : 'unknown';
    const dueMs = nsToMs(subject.running.startedAtNs) + (subject.probe.initialDelaySeconds ?? 0) * 1000;
    this.#timer = options.clock.setTimer(Math.max(0, dueMs - options.clock.now()), () => this.#check());
  }

  /** Checks now rather than after the period. */
  hurry(): void {
    if (this.#disposed || this.#isChecking) return;
    this.#timer.dispose();
    this.#check();
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer.dispose();
    this.#options.counts.forget(this);
  }

  #check(): void {
    if (this.#disposed) return;
    const isSettled = this.#subject.type === 'startup' && this.state === 'success';
    if (isSettled) return;
    const periodMs = (this.#subject.probe.periodSeconds ?? 10) * 1000;
    const again = () => {
      if (!this.#disposed) this.#timer = this.#options.clock.setTimer(periodMs, () => this.#check());
    };
    if (this.#hooks.isHeld()) {
      again();
      return;
    }
    this.#isChecking = true;
    const { spec, probe, running, podIp } = this.#subject;
    const target = {
      runtime: this.#options.runtime,
      container: spec.container,
      containerId: running.id,
      podIp,
    };
    void checkOnce(probe, target).then((result) => {
      this.#isChecking = false;
      if (this.#disposed) return;
      this.#take(result);
      again();
    });
  }

  #take(result: CheckResult): void {
    const { pod, spec, probe, type } = this.#subject;
    const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
    this.#options.counts.add(
      this,
      { probe_type: titles[type], container: spec.container.name, pod: name, namespace, pod_uid: uid },
      results[result.outcome],
    );
    if (result.outcome === 'unknown') {
      const message = `${titles[type]} probe errored and resulted in unknown state: ${result.output}`;
      this.#options.report(spec, 'Warning', 'Unhealthy', message);
      return;
    }
    if (result.outcome === 'failure') {
      this.#options.report(spec, 'Warning', 'Unhealthy', `${titles[type]} probe failed: ${result.output}`);
    }
    if (result.isWarning)
      this.#options.report(
        spec,
        'Warning',
        'ProbeWarning',
        `${titles[type]} probe warning: ${result.output}`,
      );
    this.#inRow = result.outcome === this.#last ? this.#inRow + 1 : 1;
    this.#last = result.outcome;
    const threshold =
      result.outcome === 'failure' ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1);
    if (this.#inRow < threshold || this.state === result.outcome) return;
    this.state = result.outcome;
    this.#hooks.onChange();
  }
}
