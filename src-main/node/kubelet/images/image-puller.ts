import type { Secret } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { RestartBackoff } from '../pod/restart-backoff.ts';
import type { ContainerSpec } from '../pod/spec.ts';
import type { ContainerRuntime, ImageAuth, RuntimeImage } from '../runtime.ts';
import { imageCredentials } from './credentials.ts';
import { type ImageName, parseImageName } from './image-name.ts';

/** Why a container has no image; `reason` is that of its waiting state. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly reason:
    | 'ErrImagePull'
    | 'ImagePullBackOff'
    | 'ErrImageNeverPull'
    | 'InvalidImageName'
    | 'ImageInspectError';
  readonly retryAtMs: number;

  constructor(reason: ImageError['reason'], message: string, retryAtMs: number) {
    super(message);
    this.reason = reason;
    this.retryAtMs = retryAtMs;
  }
}

/** Tells of the image of one container, as an event on its pod. */
export type ImageReport = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export interface ImageRequest {
  readonly podUid: string;
  readonly spec: ContainerSpec;
  readonly secrets: readonly DeepReadonly<Secret>[];
  readonly report: ImageReport;
}

/** A failed pull is shown as such for a moment before its back-off is. */
const showErrorMs = 3000;
/** Retries of what does not depend on a registry. */
const retryMs = 10_000;

/**
 * Sees to it that images are there. One pull per image at a time, shared by all who wait for it; after a
 * failed one the pod's next is held back, 10 s doubling to 5 min.
 */
export class ImagePuller {
  readonly #runtime: ContainerRuntime;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #backoff = new RestartBackoff();
  readonly #lastErrors = new Map<string, string>();
  readonly #pulls = new Map<string, Promise<string>>();

  constructor(options: { runtime: ContainerRuntime; clock: Clock; signal: AbortSignal }) {
    this.#runtime = options.runtime;
    this.#clock = options.clock;
    this.#signal = options.signal;
  }

  /** The image, pulled if need be. Throws {@link ImageError}, its event already reported. */
  async ensure(request: ImageRequest): Promise<RuntimeImage> {
    const { spec, report } = request;
    const named = spec.container.image ?? '';
    const name = parseImageName(named);
    if (!name) throw this.#invalid(named, report);
    const present = await this.#inspect(name.reference, named, report);
    const policy = spec.container.imagePullPolicy ?? 'IfNotPresent';
    if (present && policy !== 'Always') {
      report(
        'Normal',
        'Pulled',
        `Container image "${named}" already present on machine and can be accessed by the pod`,
      );
      return present;
    }
    if (policy === 'Never') {
      const message = `Container image "${named}" is not present with pull policy of Never`;
      report('Warning', 'ErrImageNeverPull', message);
      report('Warning', 'Failed', 'Error: ErrImageNeverPull');
      throw new ImageError('ErrImageNeverPull', message, this.#clock.now() + retryMs);
    }
    return this.#pull(name, request);
  }

  /** Forgets the back-off of a pod that is gone. */
  forget(podUid: string): void {
    this.#backoff.forget(`${podUid}_`);
    for (const key of this.#lastErrors.keys()) if (key.startsWith(`${podUid}_`)) this.#lastErrors.delete(key);
  }

  #invalid(named: string, report: ImageReport): ImageError {
    const cause = `couldn't parse image name "${named}": invalid reference format`;
    const message = `Failed to apply default image tag "${named}": ${cause}`;
    report('Warning', 'InspectFailed', message);
    report('Warning', 'Failed', 'Error: InvalidImageName');
    return new ImageError('InvalidImageName', message, this.#clock.now() + retryMs);
  }

  async #inspect(reference: string, named: string, report: ImageReport): Promise<RuntimeImage | undefined> {
    try {
      return await this.#runtime.imageStatus(reference);
    } catch (error) {
      const message = `Failed to inspect image "${named}": ${messageOf(error)}`;
      report('Warning', 'InspectFailed', message);
      report('Warning', 'Failed', 'Error: ImageInspectError');
      throw new ImageError('ImageInspectError', message, this.#clock.now() + retryMs);
    }
  }

  async #pull(name: ImageName, { podUid, spec, secrets, report }: ImageRequest): Promise<RuntimeImage> {
    const named = spec.container.image ?? '';
    const key = `${podUid}_${named}`;
    const held = this.#backoff.waitingSinceLast(key, this.#clock.now());
    if (held) {
      report('Normal', 'BackOff', `Back-off pulling image "${named}"`);
      report('Warning', 'Failed', 'Error: ImagePullBackOff');
      const message = `Back-off pulling image "${named}": ErrImagePull: ${this.#lastErrors.get(key) ?? ''}`;
      throw new ImageError('ImagePullBackOff', message, held.untilMs);
    }
    report('Normal', 'Pulling', `Pulling image "${named}"`);
    const startedMs = this.#clock.now();
    try {
      await this.#sharedPull(name.reference, imageCredentials(name, secrets));
    } catch (error) {
      const message = messageOf(error);
      report('Warning', 'Failed', `Failed to pull image "${named}": ${message}`);
      report('Warning', 'Failed', 'Error: ErrImagePull');
      this.#backoff.next(key, this.#clock.now());
      this.#lastErrors.set(key, message);
      throw new ImageError('ErrImagePull', message, this.#clock.now() + showErrorMs);
    }
    const image = await this.#inspect(name.reference, named, report);
    const took = seconds(this.#clock.now() - startedMs);
    const size = `Image size: ${image?.sizeBytes ?? 0} bytes.`;
    report(
      'Normal',
      'Pulled',
      `Successfully pulled image "${named}" in ${took} (${took} including waiting). ${size}`,
    );
    if (!image)
      throw new ImageError(
        'ErrImagePull',
        `image "${named}" vanished after its pull`,
        this.#clock.now() + retryMs,
      );
    return image;
  }

  #sharedPull(reference: string, credentials: readonly ImageAuth[]): Promise<string> {
    const key = `${reference}\n${JSON.stringify(credentials)}`;
    const running = this.#pulls.get(key);
    if (running) return running;
    const pull = this.#tryEach(reference, credentials).finally(() => this.#pulls.delete(key));
    this.#pulls.set(key, pull);
    return pull;
  }

  async #tryEach(reference: string, credentials: readonly ImageAuth[]): Promise<string> {
    const tries = credentials.length > 0 ? credentials : [undefined];
    let failure: unknown;
    for (const auth of tries) {
      try {
        return await this.#runtime.pullImage(reference, auth, this.#signal);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `1.234s`, `356ms`: how Go prints such a time. */
function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(3).replace(/\.?0+$/, '')}s`;
}
