import { join } from 'node:path';
import type { Secret } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { RuntimeImage } from '../runtime.ts';
import { setUpVolumes, type VolumePaths } from '../volumes/pod-volumes.ts';
import type { VolumeContext } from '../volumes/volume.ts';
import type { KubeletContext } from './context.ts';
import { newest, type ObservedPod } from './observed.ts';
import { type PodPlan, sandboxSubject } from './plan.ts';
import type { WorkerMemory } from './pod-memory.ts';
import { type ContainerSpec, type ReadonlyPod, uidOf } from './spec.ts';
import { createSandbox, type Sandbox, startContainer, waitingOf } from './start.ts';

interface Work {
  readonly pod: ReadonlyPod;
  readonly observed: ObservedPod;
  readonly plan: Extract<PodPlan, { type: 'run' }>;
}

const firstRetryMs = 500;
const maxRetryMs = 120_000;

/**
 * Starts what a plan wants started, one plan at a time: volumes, then the sandbox and the images side by
 * side, then the containers in order. Failures are noted in the memory and reported as events.
 */
export class StartSequence {
  readonly #context: KubeletContext;
  readonly #memory: WorkerMemory;
  readonly #onProgress: () => void;
  #running: Promise<void> | undefined;
  #abort = new AbortController();
  #retryMs = firstRetryMs;
  #epoch = 0;

  constructor(context: KubeletContext, memory: WorkerMemory, onProgress: () => void) {
    this.#context = context;
    this.#memory = memory;
    this.#onProgress = onProgress;
  }

  /**
   * Changes whenever a plan's carrying out begins or ends. What was observed under another epoch may lack the
   * containers started since; a plan made from it would start them twice.
   */
  get epoch(): number {
    return this.#epoch;
  }

  /** Does nothing while an earlier plan is still being carried out, or when one was since `epoch`. */
  begin(work: Work, epoch: number): void {
    if (this.#running || epoch !== this.#epoch) return;
    this.#epoch += 1;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#running = this.#run(work, signal)
      .catch((error: unknown) => {
        this.#context.log('starting a pod failed', { pod: work.pod.metadata?.name, error: String(error) });
        this.#memory.failed(sandboxSubject, undefined, this.#nextRetry());
      })
      .finally(() => {
        this.#running = undefined;
        this.#epoch += 1;
        this.#onProgress();
      });
  }

  /** No further step is begun; steps under way end by themselves. */
  abort(): void {
    this.#abort.abort();
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(work: Work, signal: AbortSignal): Promise<void> {
    const { pod, plan } = work;
    const volumes = await this.#volumes(pod);
    if (!volumes || signal.aborted) return;
    const secrets = await this.#pullSecrets(pod);
    const images = new Map(plan.start.map((spec) => [spec.container.name, this.#image(pod, spec, secrets)]));
    const sandbox = await this.#sandbox(work);
    if (!sandbox || signal.aborted) {
      await Promise.allSettled(images.values());
      return;
    }
    this.#retryMs = firstRetryMs;
    this.#memory.succeeded(sandboxSubject);
    this.#onProgress();
    for (const spec of plan.start) {
      if (signal.aborted) return;
      const image = images.get(spec.container.name);
      if (image) await this.#container(work, { spec, sandbox, volumes, image }, signal);
    }
  }

  /** Undefined when a volume is missing: told and to be tried again. */
  async #volumes(pod: ReadonlyPod): Promise<VolumePaths | undefined> {
    const { paths, failures } = await setUpVolumes(volumeContext(this.#context, pod));
    for (const { message } of failures)
      this.#context.report(pod, { type: 'Warning', reason: 'FailedMount', message });
    if (failures.length === 0) return paths;
    this.#memory.failed(sandboxSubject, undefined, this.#nextRetry());
    return undefined;
  }

  async #pullSecrets(pod: ReadonlyPod): Promise<readonly DeepReadonly<Secret>[]> {
    const namespace = pod.metadata?.namespace ?? '';
    const names = (pod.spec?.imagePullSecrets ?? []).flatMap(({ name }) => (name ? [name] : []));
    const found = await Promise.all(
      names.map((name) => this.#context.objects.secret(namespace, name).catch(() => undefined)),
    );
    const missing = names.filter((_, index) => found[index] === undefined);
    if (missing.length > 0) {
      const message = `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`;
      this.#context.report(pod, { type: 'Warning', reason: 'FailedToRetrieveImagePullSecret', message });
    }
    return found.flatMap((secret) => secret ?? []);
  }

  #image(
    pod: ReadonlyPod,
    spec: ContainerSpec,
    secrets: readonly DeepReadonly<Secret>[],
  ): Promise<RuntimeImage> {
    const report = (type: 'Normal' | 'Warning', reason: string, message: string) =>
      this.#context.report(pod, { type, reason, message }, spec);
    const image = this.#context.images.ensure({ podUid: uidOf(pod), spec, secrets, report });
    // Its failure is dealt with when the container's turn comes.
    image.catch(() => undefined);
    return image;
  }

  async #sandbox({ pod, observed, plan }: Work): Promise<Sandbox | undefined> {
    const [present] = observed.sandboxes;
    if (plan.createSandbox === undefined) {
      return present && { id: present.id, attempt: present.metadata.attempt, ips: present.ips };
    }
    if (present) {
      const message = 'Pod sandbox changed, it will be killed and re-created.';
      this.#context.report(pod, { type: 'Normal', reason: 'SandboxChanged', message });
      // Also frees the network of a sandbox that died on its own.
      await this.#context.runtime.stopPodSandbox(present.id);
      await Promise.all(plan.stopSandboxes.map((id) => this.#context.runtime.stopPodSandbox(id)));
    }
    try {
      return await createSandbox(this.#context, pod, plan.createSandbox);
    } catch (error) {
      const message = `Failed to create pod sandbox: ${error instanceof Error ? error.message : String(error)}`;
      this.#context.report(pod, { type: 'Warning', reason: 'FailedCreatePodSandBox', message });
      this.#memory.failed(sandboxSubject, undefined, this.#nextRetry());
      return undefined;
    }
  }

  async #container(
    { pod, observed }: Work,
    parts: { spec: ContainerSpec; sandbox: Sandbox; volumes: VolumePaths; image: Promise<RuntimeImage> },
    signal: AbortSignal,
  ): Promise<void> {
    const { name } = parts.spec.container;
    try {
      const image = await untilAborted(parts.image, signal);
      if (!image || signal.aborted) return;
      await startContainer(this.#context, { pod, ...parts, image, observed }).finally(() => {
        // Noted at the end: what is published meanwhile must not show a back-off that is over.
        if (newest(observed, name)) this.#memory.restarted(parts.spec.container, this.#context.clock.now());
      });
      this.#memory.resizes.started(parts.spec.container);
      this.#memory.succeeded(name);
    } catch (error) {
      const { reason, message, retryAtMs } = waitingOf(error, this.#context.clock.now());
      this.#memory.failed(name, { reason, message }, retryAtMs);
    }
    this.#onProgress();
  }

  #nextRetry(): number {
    const atMs = this.#context.clock.now() + this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, maxRetryMs);
    return atMs;
  }
}

/** The value, or undefined as soon as the signal aborts; a pull goes on for others who wait for it. */
function untilAborted<T>(value: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** What the volumes of `pod` are set up with. */
export function volumeContext(context: KubeletContext, pod: ReadonlyPod): VolumeContext {
  const { node, objects, tokens, mounter } = context;
  const namespace = pod.metadata?.namespace ?? '';
  return {
    pod,
    podDir: join(node.directories.disk, uidOf(pod)),
    memoryDir: join(node.directories.memory, uidOf(pod)),
    configMap: (name) => objects.configMap(namespace, name),
    secret: (name) => objects.secret(namespace, name),
    facts: { podIps: [], hostIps: node.ips, allocatable: node.allocatable },
    tokens,
    mounter,
  };
}
