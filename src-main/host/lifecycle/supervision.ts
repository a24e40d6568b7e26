import { AppError } from '@shared/lib/app-error.ts';
import { lastWords } from '../control-plane-end.ts';
import { killControlPlane, startControlPlane } from '../control-plane-process.ts';
import type { Operations, PlannedStep } from '../operations/operations.ts';
import type { ClusterRegistry } from '../registry.ts';
import { type Loss, runSupervisor } from '../supervisor.ts';

export interface SupervisionOptions {
  readonly registry: ClusterRegistry;
  readonly operations: Operations;
  /** Path of the built control-plane entry. */
  readonly entry: string;
  /** Silence after which a control plane that lives is started again; 0: never. */
  readonly hangLimitMs: number;
  log(message: string): void;
}

interface Supervised {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** The clusters whose control plane is watched over, and how they fare. */
export class Supervision {
  readonly #options: SupervisionOptions;
  readonly #clusters = new Map<string, Supervised>();
  #isClosed = false;

  constructor(options: SupervisionOptions) {
    this.#options = options;
  }

  /** Harmless when it is watched already, and after {@link close}. */
  watch(name: string): void {
    if (this.#isClosed || this.#clusters.has(name)) return;
    const { registry, hangLimitMs } = this.#options;
    const abort = new AbortController();
    const ended = runSupervisor(
      {
        clusterDir: registry.dir(name),
        hangLimitMs,
        restart: (loss, attempt) => this.#restart({ name, loss, attempt }, abort.signal),
      },
      abort.signal,
    );
    this.#clusters.set(name, { abort, ended });
  }

  /** Resolves once nothing here starts the cluster's control plane any more. */
  async release(name: string): Promise<void> {
    const supervised = this.#clusters.get(name);
    this.#clusters.delete(name);
    supervised?.abort.abort();
    await supervised?.ended;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#clusters.keys()].map((name) => this.release(name)));
  }

  /** The first attempt is an operation for people to see; further ones only show in the cluster's state. */
  async #restart(lost: { name: string; loss: Loss; attempt: number }, signal: AbortSignal): Promise<void> {
    const { registry, log } = this.#options;
    const { name, loss, attempt } = lost;
    const reason = this.#reason(loss);
    try {
      if (attempt === 1) {
        log(`cluster ${name}: ${reason}`);
        registry.setState(name, 'starting');
        await this.#restartVisibly({ name, loss, reason }, signal);
      } else await this.#start(name, signal);
      if (signal.aborted) return; // whoever let go of it says how it fares
      log(`cluster ${name}: the control plane answers again`);
      registry.setState(name, null);
    } catch (error) {
      if (signal.aborted) return;
      log(`cluster ${name}: the control plane could not be started: ${String(error)}`);
      registry.setState(name, 'failed', error);
      throw error;
    }
  }

  async #restartVisibly(
    lost: { name: string; loss: Loss; reason: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { operations } = this.#options;
    const { name } = lost;
    const id = operations.start({
      title: `Restart control plane of ${name}`,
      cluster: name,
      steps: [
        this.#endStep(lost),
        {
          id: 'control-plane',
          title: 'Start control plane',
          run: (_reporter, cancelled) => this.#start(name, AbortSignal.any([signal, cancelled])),
        },
      ],
    });
    const cancel = () => operations.cancel(id);
    signal.addEventListener('abort', cancel, { once: true });
    const { error } = await operations.finished(id);
    signal.removeEventListener('abort', cancel);
    if (error) throw new AppError(error);
  }

  #endStep({ name, loss, reason }: { name: string; loss: Loss; reason: string }): PlannedStep {
    const dir = this.#options.registry.dir(name);
    return {
      id: 'lost',
      title: loss.type === 'ended' ? 'Control plane has ended' : 'End the control plane, which hangs',
      run: async (reporter, signal) => {
        reporter.note(reason);
        reporter.log(reason);
        for (const line of lastWords(dir)) reporter.log(line);
        if (loss.type === 'silent') await killControlPlane(loss.process, signal);
      },
    };
  }

  #reason(loss: Loss): string {
    if (loss.type === 'ended') return 'the control plane ended on its own';
    const seconds = this.#options.hangLimitMs / 1000;
    return `the control plane (process ${loss.process.pid}) has not answered for ${seconds} s`;
  }

  async #start(name: string, signal: AbortSignal): Promise<void> {
    const { registry, entry } = this.#options;
    await startControlPlane({ clusterDir: registry.dir(name), entry, signal });
  }
}
