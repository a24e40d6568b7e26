import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isReason } from '@shared/api/status.ts';
import { runtimeClassKind } from '@shared/kinds/node/runtime-class/kind.ts';
import type { RuntimeClass } from '@shared/kinds/wire.ts';
import {
  buildContainerConfig,
  buildSandboxConfig,
  containerLogPath,
  podLogDirectory,
} from '../config/build.ts';
import { hostsFile, podDns, podHostname } from '../config/dns.ts';
import { ContainerConfigError, containerEnv, type EnvSources } from '../config/env.ts';
import { FieldRefError } from '../config/field-ref.ts';
import { containerMounts } from '../config/mounts.ts';
import { verifyRunAsNonRoot } from '../config/security.ts';
import { ImageError } from '../images/image-puller.ts';
import { linkLog } from '../logs/log-links.ts';
import type { PodSandboxConfig, RuntimeImage } from '../runtime.ts';
import type { VolumePaths } from '../volumes/pod-volumes.ts';
import { limitPodCgroup } from './cgroup.ts';
import type { KubeletContext } from './context.ts';
import { killContainer } from './kill.ts';
import { runHandler } from './lifecycle-hook.ts';
import { newest, type ObservedPod } from './observed.ts';
import { cgroupParent, podLevelResources } from './qos.ts';
import {
  type ContainerSpec,
  containerSpecs,
  ephemeralSpecs,
  gracePeriodOf,
  type ReadonlyPod,
  uidOf,
} from './spec.ts';
import { hasRun, reportedStatus } from './status.ts';

/** Why a container did not start; becomes its waiting state. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly reason: string;
  /** Not before this time again; undefined: as the restart back-off says. */
  readonly retryAtMs: number | undefined;

  constructor(reason: string, message: string, retryAtMs: number | undefined, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
    this.retryAtMs = retryAtMs;
  }
}

/** A container's failure is told in the runtime's own words. */
const grpcPrefix = /^rpc error: code = \w+ desc = /;
/** Pause before another try where nothing else sets one. */
const retryMs = 10_000;

/** The configuration of a pod's sandbox. */
export function sandboxConfig(context: KubeletContext, pod: ReadonlyPod, attempt: number): PodSandboxConfig {
  const { node } = context;
  const dns = podDns(pod, node.resolver, node.dns);
  const { hostname } = podHostname(pod, node.dns.domain);
  return buildSandboxConfig(pod, { attempt, hostname, dns, logRoot: node.logRoot });
}

export interface Sandbox {
  readonly id: string;
  readonly attempt: number;
  readonly ips: readonly string[];
}

/** Creates the pod's sandbox with its network. Rejects with the runtime's error. */
export async function createSandbox(
  context: KubeletContext,
  pod: ReadonlyPod,
  attempt: number,
): Promise<Sandbox> {
  const config = sandboxConfig(context, pod, attempt);
  await mkdir(config.logDirectory, { recursive: true });
  const id = await context.runtime.runPodSandbox(config, await runtimeHandler(context, pod));
  const shared = podLevelResources(pod);
  if (shared) {
    await limitPodCgroup(cgroupParent(pod), shared).catch(async (error: unknown) => {
      await context.runtime.stopPodSandbox(id); // nothing runs in it that is not bounded
      throw error;
    });
  }
  const status = await context.runtime.podSandboxStatus(id);
  return { id, attempt, ips: status?.ips ?? [] };
}

/** What the runtime calls the pod's runtime class; '': its default. */
async function runtimeHandler({ client }: KubeletContext, { spec }: ReadonlyPod): Promise<string> {
  const { runtimeClassName: name = '' } = spec ?? {};
  if (name === '') return '';
  try {
    return (await client.get<RuntimeClass>(runtimeClassKind, { name })).handler;
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    throw new Error(`RuntimeClass "${name}" not found`, { cause: error });
  }
}

export interface StartRequest {
  readonly pod: ReadonlyPod;
  readonly spec: ContainerSpec;
  readonly sandbox: Sandbox;
  readonly image: RuntimeImage;
  readonly volumes: VolumePaths;
  readonly observed: ObservedPod;
}

/** Creates and starts one container and runs its postStart hook. Throws {@link StartError}, its event reported. */
export async function startContainer(context: KubeletContext, request: StartRequest): Promise<void> {
  const { pod, spec, sandbox } = request;
  const { container } = spec;
  const failed = (reason: string, error: unknown, retryAtMs?: number): StartError => {
    const message = (error instanceof Error ? error.message : String(error)).replace(grpcPrefix, '');
    context.report(pod, { type: 'Warning', reason: 'Failed', message: `Error: ${message}` }, spec);
    return new StartError(reason, message, retryAtMs, { cause: error });
  };
  const restartCount = nextRestartCount(pod, request.observed, container.name);
  const config = await containerConfig(context, request, restartCount).catch((error: unknown) => {
    throw failed('CreateContainerConfigError', error, context.clock.now() + retryMs);
  });
  const sandboxSpec = sandboxConfig(context, pod, sandbox.attempt);
  await mkdir(
    join(podLogDirectory(pod, context.node.logRoot), dirname(containerLogPath(container.name, restartCount))),
    { recursive: true },
  );
  const id = await context.runtime
    .createContainer(sandbox.id, config, sandboxSpec)
    .catch((error: unknown) => {
      throw failed('CreateContainerError', error, context.clock.now() + retryMs);
    });
  context.report(pod, { type: 'Normal', reason: 'Created', message: 'Container created' }, spec);
  await linkLog(context.node.logRoot, pod, { id, name: container.name, restartCount });
  await context.runtime.startContainer(id).catch((error: unknown) => {
    throw failed('RunContainerError', error);
  });
  context.report(pod, { type: 'Normal', reason: 'Started', message: 'Container started' }, spec);
  if (container.lifecycle?.postStart) await postStart(context, request, id);
}

/** One more than the last run's; the pod's status counts where the runtime has forgotten. */
function nextRestartCount(pod: ReadonlyPod, observed: ObservedPod, name: string): number {
  const last = newest(observed, name);
  if (last) return last.restartCount + 1;
  const reported = reportedStatus(pod, name);
  return reported && hasRun(reported) ? reported.restartCount + 1 : 0;
}

async function containerConfig(context: KubeletContext, request: StartRequest, restartCount: number) {
  const { pod, spec, sandbox, image, volumes } = request;
  const { node } = context;
  const { container } = spec;
  verifyRunAsNonRoot(pod, container, image);
  const podIps = pod.spec?.hostNetwork === true ? node.ips : sandbox.ips;
  const env = containerEnv(pod, container, await envSources(context, pod, podIps));
  const names = podHostname(pod, node.dns.domain);
  const podDir = join(node.directories.disk, uidOf(pod));
  await mkdir(podDir, { recursive: true });
  const hosts = hostsFile(pod, podIps, names, node.hosts);
  const { mounts, terminationMessageFile } = await containerMounts(pod, container, {
    podDir,
    volumes,
    env,
    hosts,
  });
  const targetId = targetOf(request);
  return buildContainerConfig(pod, container, {
    restartCount,
    ...(targetId !== undefined && { targetId }),
    image,
    env,
    mounts,
    terminationMessageFile,
    nodeMemoryBytes: node.allocatable.memoryBytes,
    unavailableCapabilities: node.unavailableCapabilities,
  });
}

/** The running container whose processes the new one is to see. Throws {@link ContainerConfigError} without it. */
function targetOf({ spec: { target }, observed, sandbox }: StartRequest): string | undefined {
  if (target === undefined) return undefined;
  const found = newest(observed, target, sandbox.id);
  if (found?.state === 'Running') return found.id;
  throw new ContainerConfigError(`unable to find target container ${target}`);
}

/** Looks up every object the environments of the pod may refer to, so that the rest can be pure. */
async function envSources(
  context: KubeletContext,
  pod: ReadonlyPod,
  podIps: readonly string[],
): Promise<EnvSources> {
  const namespace = pod.metadata?.namespace ?? '';
  const containers = [...containerSpecs(pod), ...ephemeralSpecs(pod)].map(({ container }) => container);
  const from = containers.flatMap(({ envFrom = [] }) => envFrom);
  const keys = containers.flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom ?? []));
  const mapNames = [
    ...from.map(({ configMapRef }) => configMapRef?.name),
    ...keys.map(({ configMapKeyRef }) => configMapKeyRef?.name),
  ];
  const secretNames = [
    ...from.map(({ secretRef }) => secretRef?.name),
    ...keys.map(({ secretKeyRef }) => secretKeyRef?.name),
  ];
  const [services, configMaps, secrets] = await Promise.all([
    context.services(),
    loadAll(mapNames, (name) => context.objects.configMap(namespace, name)),
    loadAll(secretNames, (name) => context.objects.secret(namespace, name)),
  ]);
  return {
    services,
    configMap: (name) => configMaps.get(name),
    secret: (name) => secrets.get(name),
    facts: { podIps, hostIps: context.node.ips, allocatable: context.node.allocatable },
  };
}

async function loadAll<T>(
  names: readonly (string | undefined)[],
  load: (name: string) => Promise<T | undefined>,
): Promise<ReadonlyMap<string, T | undefined>> {
  const distinct = [...new Set(names.filter((name): name is string => name !== undefined))];
  return new Map(
    await Promise.all(
      distinct.map(async (name): Promise<[string, T | undefined]> => [name, await load(name)]),
    ),
  );
}

async function postStart(
  context: KubeletContext,
  { pod, spec, sandbox, observed }: StartRequest,
  containerId: string,
): Promise<void> {
  const handler = spec.container.lifecycle?.postStart;
  if (!handler) return;
  const { runtime, clock } = context;
  const target = {
    runtime,
    container: spec.container,
    containerId,
    podIp: sandbox.ips[0] ?? context.node.ips[0] ?? '',
  };
  try {
    await runHandler(handler, target, { clock, timeoutSeconds: 0 });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.report(
      pod,
      { type: 'Warning', reason: 'FailedPostStartHook', message: 'PostStartHook failed' },
      spec,
    );
    const status = await runtime.containerStatus(containerId);
    const text = `Container ${spec.container.name} failed postStart hook`;
    if (status) {
      const container = {
        ...status,
        sandboxId: sandbox.id,
        name: spec.container.name,
        hash: '',
        restartCount: newest(observed, spec.container.name)?.restartCount ?? 0,
      };
      await killContainer(context, pod, { container, message: text, graceSeconds: gracePeriodOf(pod) });
    }
    throw new StartError('PostStartHookError', message, undefined, { cause: error });
  }
}

/** The waiting state that an error of starting stands for. */
export function waitingOf(
  error: unknown,
  nowMs: number,
): { reason: string; message: string; retryAtMs: number | undefined } {
  if (error instanceof StartError || error instanceof ImageError) {
    return { reason: error.reason, message: error.message, retryAtMs: error.retryAtMs };
  }
  const message = error instanceof Error ? error.message : String(error);
  const isConfig = error instanceof ContainerConfigError || error instanceof FieldRefError;
  return {
    reason: isConfig ? 'CreateContainerConfigError' : 'CreateContainerError',
    message,
    retryAtMs: nowMs + retryMs,
  };
}
