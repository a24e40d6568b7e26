import type { Room } from '@shared/kinds/core/pod/pod-resize.ts';
import type { Node, NodeCondition } from '@shared/kinds/wire.ts';
import { kubernetesVersion } from '@shared/lib/version.ts';
import { hollowNodeLabel } from '@shared/rpc/cluster-config.ts';

const resources = { cpu: '8', memory: '32Gi', 'ephemeral-storage': '100Gi', pods: '110' };

/** What there is of it for pods to take. */
export const hollowRoom: Room = { cpuMilli: 8000, memoryBytes: 32 * 2 ** 30 };

/** Keeps pods of a cluster with real nodes off the simulated ones, unless they tolerate it. */
export const hollowTaint = { key: hollowNodeLabel, value: 'true', effect: 'NoSchedule' };

/** The Node object under which a simulated node registers. Pure. */
export function hollowNode(name: string, given: { ip: string; now: string; tainted: boolean }): Node {
  const { ip, now, tainted } = given;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        [hollowNodeLabel]: 'true',
      },
    },
    spec: tainted ? { taints: [hollowTaint] } : {},
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [
        { type: 'InternalIP', address: ip },
        { type: 'Hostname', address: name },
      ],
      conditions: hollowConditions(now),
      nodeInfo: {
        machineID: '',
        systemUUID: '',
        bootID: '',
        kernelVersion: 'simulated',
        osImage: 'simulated',
        containerRuntimeVersion: 'hollow://1',
        kubeletVersion: `v${kubernetesVersion}`,
        kubeProxyVersion: `v${kubernetesVersion}`,
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  };
}

/** Ready and under no pressure, as a simulated node always is. */
export function hollowConditions(now: string): NodeCondition[] {
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  return [
    condition(
      'MemoryPressure',
      'False',
      'KubeletHasSufficientMemory',
      'simulated node has sufficient memory available',
    ),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'simulated node has no disk pressure'),
    condition(
      'PIDPressure',
      'False',
      'KubeletHasSufficientPID',
      'simulated node has sufficient PID available',
    ),
    condition('Ready', 'True', 'KubeletReady', 'simulated node is ready'),
  ];
}
