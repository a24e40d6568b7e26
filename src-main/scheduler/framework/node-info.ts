import { reservedRequests } from '@shared/kinds/core/pod/pod-reservation.ts';
import type { ResourceTotals } from '@shared/kinds/core/pod/pod-resources.ts';
import type { Node } from '@shared/kinds/wire.ts';
import { quantityToMilli, quantityToNumber } from '@shared/lib/quantity.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ReadonlyPod } from './framework.ts';

/** Amounts by resource name: `cpu` in thousandths of a core, everything else in its base unit. */
export type Amounts = ReadonlyMap<string, number>;

/**
 * A node as the scheduler sees it: the Node object with what its pods take of it, kept up to date as pods come
 * and go. Pods that were assumed (bound in our eyes, not yet in the API's) count like all others.
 */
export class NodeInfo {
  readonly name: string;
  node: DeepReadonly<Node> | undefined;
  allocatable: Amounts = new Map();
  readonly pods = new Map<string, ReadonlyPod>();
  readonly requested = new Map<string, number>();
  /** What score plugins count: a container that asks for nothing still takes something. */
  readonly nonZero = { cpuMilli: 0, memoryBytes: 0 };
  /** Host ports in use, as `protocol/port` to the addresses they are bound to. */
  readonly hostPorts = new Map<string, string[]>();

  constructor(name: string) {
    this.name = name;
  }

  setNode(node: DeepReadonly<Node> | undefined): void {
    if (node?.status?.allocatable !== this.node?.status?.allocatable)
      this.allocatable = toAmounts(node?.status?.allocatable ?? {});
    this.node = node;
  }

  /** Adding a pod that is there already replaces it. */
  addPod(uid: string, pod: ReadonlyPod): void {
    this.removePod(uid);
    this.pods.set(uid, pod);
    this.#account(pod, 1);
  }

  removePod(uid: string): void {
    const pod = this.pods.get(uid);
    if (!pod) return;
    this.pods.delete(uid);
    this.#account(pod, -1);
  }

  #account(pod: ReadonlyPod, sign: 1 | -1): void {
    for (const [name, amount] of requestsOf(pod))
      this.requested.set(name, (this.requested.get(name) ?? 0) + sign * amount);
    const nonZero = nonZeroRequests(pod);
    this.nonZero.cpuMilli += sign * nonZero.cpuMilli;
    this.nonZero.memoryBytes += sign * nonZero.memoryBytes;
    for (const { key, ip } of hostPortsOf(pod)) {
      const used = this.hostPorts.get(key) ?? [];
      if (sign === 1) this.hostPorts.set(key, [...used, ip]);
      else this.hostPorts.set(key, used.toSpliced(used.indexOf(ip), 1));
    }
  }
}

const cache = new WeakMap<object, Amounts>();

/** A pod's requests by resource name; worked out once per pod object. */
export function requestsOf(pod: ReadonlyPod): Amounts {
  const known = cache.get(pod);
  if (known) return known;
  const amounts = namedAmounts(reservedRequests(pod));
  cache.set(pod, amounts);
  return amounts;
}

function namedAmounts({ cpuMilli, memoryBytes, ephemeralStorageBytes, others }: ResourceTotals): Amounts {
  const named: [string, number][] = [
    ['cpu', cpuMilli],
    ['memory', memoryBytes],
    ['ephemeral-storage', ephemeralStorageBytes],
    ...Object.entries(others),
  ];
  return new Map(named.filter(([, amount]) => amount > 0));
}

const assumedCpuMilli = 100;
const assumedMemoryBytes = 200 * 1024 * 1024;

/** Requests for scoring: a container without any counts as 100m and 200 MiB, as in Kubernetes. */
export function nonZeroRequests(pod: ReadonlyPod): { cpuMilli: number; memoryBytes: number } {
  let cpuMilli = requestsOf(pod).get('cpu') ?? 0;
  let memoryBytes = requestsOf(pod).get('memory') ?? 0;
  for (const { resources } of pod.spec?.containers ?? []) {
    if (resources?.requests?.cpu === undefined) cpuMilli += assumedCpuMilli;
    if (resources?.requests?.memory === undefined) memoryBytes += assumedMemoryBytes;
  }
  return { cpuMilli, memoryBytes };
}

function toAmounts(quantities: Readonly<Record<string, string>>): Amounts {
  return new Map(
    Object.entries(quantities).map(([name, text]) => [
      name,
      name === 'cpu' ? quantityToMilli(text) : quantityToNumber(text),
    ]),
  );
}

/** The host ports a pod asks for, with the address each is bound to. */
export function hostPortsOf(pod: ReadonlyPod): { key: string; ip: string }[] {
  const containers = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ];
  return containers.flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ hostPort, hostIP, protocol }) =>
      hostPort
        ? [
            {
              key: `${protocol ?? 'TCP'}/${hostPort}`,
              ip: hostIP === undefined || hostIP === '' ? '0.0.0.0' : hostIP,
            },
          ]
        : [],
    ),
  );
}
