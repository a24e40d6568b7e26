import type { Node, NodeCondition } from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { kubeletEndpointAnnotation, kubeletPort, type NodeAgentConfig } from '@shared/rpc/cluster-config.ts';
import type { RuntimeImage } from '../runtime.ts';

/** The release whose kubelet this one behaves like. */
export const kubeletVersion = 'v1.36.0';
export const maxPods = 110;
/** Held back from pods, as every kubelet does by default. */
const evictionHardBytes = 100 * 1024 * 1024;
const maxImages = 50;

/** What the machine is. */
export interface MachineFacts {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly storageBytes: number;
  readonly architecture: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly machineId: string;
  readonly bootId: string;
  readonly runtimeVersion: string;
}

/** How it fares. */
export interface MachineState {
  /** Why pods cannot run now; undefined: they can. */
  readonly notReady: string | undefined;
  readonly memoryAvailableBytes: number;
  readonly diskAvailableBytes: number;
  readonly images: readonly RuntimeImage[];
}

/** What pods may have of it: in whole KiB, as the Node says it. */
export function allocatableMemoryBytes({ memoryBytes }: Pick<MachineFacts, 'memoryBytes'>): number {
  return Math.floor(Math.max(0, memoryBytes - evictionHardBytes) / 1024) * 1024;
}

/** The Node object as a new node brings it along. */
export function newNode(config: NodeAgentConfig, facts: MachineFacts): Node {
  const podCIDRs = config.podCidr.split(',');
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: config.nodeName,
      labels: nodeLabels(config, facts),
      annotations: nodeAnnotations(config),
    },
    spec: { podCIDR: podCIDRs[0] ?? '', podCIDRs },
  };
}

export function nodeLabels(config: NodeAgentConfig, facts: MachineFacts): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': facts.architecture,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': facts.architecture,
    'kubernetes.io/hostname': config.nodeName,
    'kubernetes.io/os': 'linux',
  };
}

export function nodeAnnotations(config: NodeAgentConfig): Record<string, string> {
  return { [kubeletEndpointAnnotation]: config.kubeletEndpoint };
}

type NodeStatus = NonNullable<Node['status']>;

/** The node's status. Pure; times of unchanged conditions stay, conditions of others stay as they are. */
export function nodeStatus(
  {
    config,
    facts,
    state,
    nowMs,
  }: { config: NodeAgentConfig; facts: MachineFacts; state: MachineState; nowMs: number },
  old: DeepReadonly<NodeStatus> | undefined,
): NodeStatus {
  const capacity = {
    cpu: facts.cpuMilli % 1000 === 0 ? String(facts.cpuMilli / 1000) : `${facts.cpuMilli}m`,
    memory: `${Math.floor(facts.memoryBytes / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor(facts.storageBytes / 1024)}Ki`,
    pods: String(maxPods),
  };
  const memory = `${allocatableMemoryBytes(facts) / 1024}Ki`;
  const extended = extendedResources(old?.capacity);
  return {
    capacity: { ...capacity, ...extended },
    allocatable: { ...capacity, memory, ...extended },
    addresses: [
      ...config.nodeIp.split(',').map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: config.nodeName },
    ],
    conditions: conditions(state, facts, { old: old?.conditions ?? [], nowMs }),
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    images: state.images
      .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, maxImages)
      .map(({ repoDigests, repoTags, sizeBytes }) => ({ names: [...repoDigests, ...repoTags], sizeBytes })),
    nodeInfo: {
      architecture: facts.architecture,
      bootID: facts.bootId,
      containerRuntimeVersion: facts.runtimeVersion,
      kernelVersion: facts.kernelVersion,
      kubeProxyVersion: '',
      kubeletVersion,
      machineID: facts.machineId,
      operatingSystem: 'linux',
      osImage: facts.osImage,
      systemUUID: facts.machineId,
    },
  };
}

/**
 * What others say that the node has (`example.com/dongles`); pods may have all of it.
 * https://kubernetes.io/docs/tasks/administer-cluster/extended-resource-node/
 */
function extendedResources(capacity: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(capacity).filter(([name]) => isExtended(name)));
}

function isExtended(resource: string): boolean {
  return resource.includes('/') && !resource.includes('kubernetes.io/');
}

/** A status as a merge patch: the capacity that others keep is left to them, and what they took away goes. */
export function nodeStatusPatch(status: NodeStatus, old: DeepReadonly<NodeStatus> | undefined): object {
  const own = Object.entries(status.capacity ?? {}).filter(([name]) => !isExtended(name));
  const gone = Object.keys(old?.allocatable ?? {}).filter((name) => status.allocatable?.[name] === undefined);
  return {
    ...status,
    capacity: Object.fromEntries(own),
    allocatable: { ...Object.fromEntries(gone.map((name) => [name, null])), ...status.allocatable },
  };
}

interface Verdict {
  readonly type: string;
  readonly is: boolean;
  /** Reason and message when false, and when true. */
  readonly words: readonly [readonly [string, string], readonly [string, string]];
}

function conditions(
  state: MachineState,
  facts: MachineFacts,
  { old, nowMs }: { old: readonly DeepReadonly<NodeCondition>[]; nowMs: number },
): NodeCondition[] {
  const verdicts: readonly Verdict[] = [
    {
      type: 'MemoryPressure',
      is: state.memoryAvailableBytes < evictionHardBytes,
      words: [
        ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
        ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
      ],
    },
    {
      type: 'DiskPressure',
      // A development machine's disk is often nearly full: only what would stop pods soon counts.
      is: state.diskAvailableBytes < Math.min(facts.storageBytes * 0.02, 1024 ** 3),
      words: [
        ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
        ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
      ],
    },
    {
      type: 'PIDPressure',
      is: false,
      words: [
        ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
        ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
      ],
    },
    {
      type: 'Ready',
      is: state.notReady === undefined,
      words: [
        ['KubeletNotReady', state.notReady ?? ''],
        ['KubeletReady', 'kubelet is posting ready status'],
      ],
    },
  ];
  const now = rfc3339(nowMs);
  const own = verdicts.map(({ type, is, words }): NodeCondition => {
    const [reason, message] = words[is ? 1 : 0];
    const status = is ? 'True' : 'False';
    const before = old.find((condition) => condition.type === type);
    const lastTransitionTime = (before?.status === status ? before.lastTransitionTime : undefined) ?? now;
    return { type, status, lastHeartbeatTime: now, lastTransitionTime, reason, message };
  });
  const foreign = old.filter(({ type }) => !own.some((condition) => condition.type === type));
  return [...foreign.map((condition): NodeCondition => ({ ...condition })), ...own];
}
