import type { KubeletContext } from './context.ts';
import { numericAnnotation, podGracePeriodAnnotation } from './labels.ts';
import { runHandler } from './lifecycle-hook.ts';
import { alive, type ObservedContainer, type ObservedPod } from './observed.ts';
import { containerSpecs, findContainer, type ReadonlyPod } from './spec.ts';

/** A container gets this long after SIGTERM at least, whatever its preStop hook has used up. */
const minGraceSeconds = 2;

export interface KillRequest {
  readonly container: ObservedContainer;
  readonly message: string;
  readonly graceSeconds: number;
}

/** Ends one container: preStop hook, stop signal, and SIGKILL when the grace period is over. */
export async function killContainer(
  context: KubeletContext,
  pod: ReadonlyPod,
  request: KillRequest,
): Promise<void> {
  const { container, message, graceSeconds } = request;
  const spec = findContainer(pod, container.name);
  context.report(pod, { type: 'Normal', reason: 'Killing', message }, spec);
  const startedMs = context.clock.now();
  if (spec?.container.lifecycle?.preStop && graceSeconds > 0) {
    await preStop(context, pod, { ...request, spec });
  }
  const usedSeconds = Math.floor((context.clock.now() - startedMs) / 1000);
  const left = graceSeconds === 0 ? 0 : Math.max(minGraceSeconds, graceSeconds - usedSeconds);
  await context.runtime.stopContainer(container.id, left);
}

async function preStop(
  context: KubeletContext,
  pod: ReadonlyPod,
  { container, spec, graceSeconds }: KillRequest & { spec: NonNullable<ReturnType<typeof findContainer>> },
): Promise<void> {
  const handler = spec.container.lifecycle?.preStop;
  if (!handler) return;
  const { clock, runtime } = context;
  const target = {
    runtime,
    container: spec.container,
    containerId: container.id,
    podIp: pod.status?.podIP ?? '',
  };
  const timeout = new AbortController();
  const timer = clock.setTimer(graceSeconds * 1000, () =>
    timeout.abort(new Error('PreStop hook not completed in grace period')),
  );
  try {
    const late = new Promise<never>((_, reject) => {
      timeout.signal.addEventListener('abort', () => reject(timeout.signal.reason), { once: true });
    });
    const options = { clock, timeoutSeconds: graceSeconds, signal: timeout.signal };
    await Promise.race([runHandler(handler, target, options), late]);
  } catch (error) {
    context.log('preStop hook failed', {
      pod: pod.metadata?.name,
      container: container.name,
      error: String(error),
    });
    context.report(
      pod,
      { type: 'Warning', reason: 'FailedPreStopHook', message: 'PreStopHook failed' },
      spec,
    );
  } finally {
    timer.dispose();
  }
}

/**
 * Ends all containers of a pod, the app containers together, then the sidecars in reverse order, then the
 * sandbox. Idempotent; may be called again with a shorter grace period while it runs, and then the earlier
 * call, told so by the signal, leaves the sandbox to the later one.
 */
export async function killPod(
  context: KubeletContext,
  pod: ReadonlyPod,
  observed: ObservedPod,
  { graceSeconds, superseded }: { graceSeconds: number; superseded: AbortSignal },
): Promise<void> {
  const sidecars = containerSpecs(pod)
    .filter(({ role }) => role === 'sidecar')
    .map(({ container }) => container.name);
  const running = alive(observed);
  const startedMs = context.clock.now();
  const kill = (container: ObservedContainer) => {
    const usedSeconds = Math.floor((context.clock.now() - startedMs) / 1000);
    const left = Math.max(Math.min(graceSeconds, minGraceSeconds), graceSeconds - usedSeconds);
    return killContainer(context, pod, {
      container,
      message: `Stopping container ${container.name}`,
      graceSeconds: left,
    });
  };
  await Promise.all(running.filter(({ name }) => !sidecars.includes(name)).map(kill));
  for (const name of sidecars.toReversed()) {
    await Promise.all(running.filter((container) => container.name === name).map(kill));
  }
  if (superseded.aborted) return;
  const sandboxes = observed.sandboxes.filter(({ state }) => state === 'Ready');
  await Promise.all(sandboxes.map(({ id }) => context.runtime.stopPodSandbox(id)));
}

/** Grace period for a pod that the API no longer knows, as noted on its containers. */
export function orphanGraceSeconds(observed: ObservedPod): number {
  const noted = observed.containers.map(
    ({ annotations }) => numericAnnotation(annotations, podGracePeriodAnnotation) ?? 0,
  );
  return Math.min(30, Math.max(minGraceSeconds, ...noted));
}
