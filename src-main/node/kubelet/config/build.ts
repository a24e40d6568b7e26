import { join } from 'node:path';
import * as labels from '../pod/labels.ts';
import { containerHash, containerLabels } from '../pod/labels.ts';
import { cgroupParent, containerResources } from '../pod/qos.ts';
import { gracePeriodOf, type ReadonlyContainer, type ReadonlyPod } from '../pod/spec.ts';
import type { ContainerConfig, Mount, PodSandboxConfig, RuntimeImage } from '../runtime.ts';
import type { EnvPair } from './env.ts';
import { expand } from './expand.ts';
import { containerSecurity, sandboxSecurity } from './security.ts';

const logRoot = '/var/log/pods';

/** `/var/log/pods/<namespace>_<name>_<uid>` */
export function podLogDirectory(pod: ReadonlyPod, root = logRoot): string {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  return join(root, `${namespace}_${name}_${uid}`);
}

/** Below the pod's log directory: `<container>/<restart>.log`. */
export function containerLogPath(container: string, restartCount: number): string {
  return `${container}/${restartCount}.log`;
}

export interface SandboxFacts {
  readonly attempt: number;
  readonly hostname: string;
  readonly dns: NonNullable<PodSandboxConfig['dns']>;
  readonly logRoot?: string | undefined;
}

export function buildSandboxConfig(pod: ReadonlyPod, facts: SandboxFacts): PodSandboxConfig {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  const isHostNetwork = pod.spec?.hostNetwork === true;
  return {
    metadata: { name, namespace, uid, attempt: facts.attempt },
    // runc refuses a hostname where the pod shares the node's UTS namespace.
    hostname: isHostNetwork ? '' : facts.hostname,
    logDirectory: podLogDirectory(pod, facts.logRoot),
    dns: facts.dns,
    portMappings: isHostNetwork ? [] : hostPorts(pod),
    labels: labels.sandboxLabels(pod),
    annotations: { ...pod.metadata?.annotations },
    linux: { cgroupParent: cgroupParent(pod), ...sandboxSecurity(pod) },
  };
}

function hostPorts(pod: ReadonlyPod): PodSandboxConfig['portMappings'] {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ containerPort, hostPort, hostIP = '', protocol }) =>
      hostPort ? [{ containerPort, hostPort, hostIp: hostIP, protocol: protocolOf(protocol) }] : [],
    ),
  );
}

function protocolOf(protocol: string | undefined): 'TCP' | 'UDP' | 'SCTP' {
  return protocol === 'UDP' || protocol === 'SCTP' ? protocol : 'TCP';
}

export interface ContainerFacts {
  readonly restartCount: number;
  readonly image: RuntimeImage;
  readonly env: readonly EnvPair[];
  readonly mounts: readonly Mount[];
  /** File on the node behind the termination message path. */
  readonly terminationMessageFile: string;
  readonly nodeMemoryBytes: number;
  /** The container whose PID namespace it shares. */
  readonly targetId?: string;
  /** Capabilities the node does not have. */
  readonly unavailableCapabilities: ReadonlySet<string>;
}

export function buildContainerConfig(
  pod: ReadonlyPod,
  container: ReadonlyContainer,
  facts: ContainerFacts,
): ContainerConfig {
  const variables = new Map(facts.env.map(({ key, value }) => [key, value]));
  const expanded = (texts: readonly string[] | undefined) =>
    (texts ?? []).map((text) => expand(text, (name) => variables.get(name)));
  return {
    metadata: { name: container.name, attempt: facts.restartCount },
    image: facts.image.id,
    command: expanded(container.command),
    args: expanded(container.args),
    workingDir: container.workingDir ?? '',
    envs: facts.env,
    mounts: facts.mounts,
    devices: [],
    labels: containerLabels(pod, container.name),
    annotations: {
      [labels.hashAnnotation]: containerHash(container),
      [labels.restartCountAnnotation]: String(facts.restartCount),
      [labels.terminationMessagePathAnnotation]: container.terminationMessagePath ?? '',
      [labels.terminationMessagePolicyAnnotation]: container.terminationMessagePolicy ?? 'File',
      [labels.terminationMessageFileAnnotation]: facts.terminationMessageFile,
      [labels.podGracePeriodAnnotation]: String(gracePeriodOf(pod)),
    },
    logPath: containerLogPath(container.name, facts.restartCount),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    linux: {
      resources: containerResources(pod, container, facts.nodeMemoryBytes),
      ...containerSecurity(pod, container, facts.unavailableCapabilities),
      ...(facts.targetId !== undefined && { pidMode: { target: facts.targetId } }),
    },
  };
}
