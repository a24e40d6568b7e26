import { compareQuantity, parseQuantity, quantityToMilli, quantityToNumber } from '../../../lib/quantity.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Container, Pod, PodSpec } from '../../wire.ts';
import { isSidecar } from './pod-containers.ts';

/** Amounts of resources: cpu in thousandths of a core, everything else in its base unit (bytes, pieces). */
export interface ResourceTotals {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
  /** Hugepages and extended resources by name, e.g. `example.com/gpu`. */
  readonly others: Readonly<Record<string, number>>;
}

type Amounts = Map<string, number>;
type ResourceMap = Readonly<Record<string, string>> | undefined;
type Side = 'requests' | 'limits';

/**
 * What the scheduler reserves for a pod: the sum of its containers and sidecars, or more where an init
 * container (with the sidecars started before it) needs more; pod-level figures take precedence; the runtime
 * class's overhead comes on top. Malformed quantities count as zero.
 * https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
export function podRequests(pod: Unchecked<Pod>): ResourceTotals {
  return toTotals(totalOf(pod.spec, 'requests'));
}

/** The limits stated in a pod, summed as {@link podRequests} sums requests. What a container leaves open counts as zero. */
export function podLimits(pod: Unchecked<Pod>): ResourceTotals {
  return toTotals(totalOf(pod.spec, 'limits'));
}

/** What the containers of a pod need together, by resource name, without pod-level figures and overhead. */
export function containerRequests(spec: Unchecked<PodSpec>): ReadonlyMap<string, number> {
  return containerTotal(spec, 'requests');
}

function totalOf(spec: Unchecked<PodSpec> | undefined, side: Side): Amounts {
  const total = containerTotal(spec, side);
  for (const [name, amount] of amountsOf(spec?.resources?.[side])) total.set(name, amount);
  for (const [name, amount] of amountsOf(spec?.overhead)) {
    if (side === 'requests' || total.has(name)) total.set(name, (total.get(name) ?? 0) + amount);
  }
  return total;
}

function containerTotal(spec: Unchecked<PodSpec> | undefined, side: Side): Amounts {
  const running: Amounts = new Map();
  const sidecars: Amounts = new Map();
  let starting: Amounts = new Map();
  for (const container of spec?.containers ?? []) add(running, amountsOf(container.resources?.[side]));
  for (const container of spec?.initContainers ?? []) {
    const own = amountsOf(container.resources?.[side]);
    if (isSidecar(container)) {
      add(running, own);
      add(sidecars, own);
      starting = larger(starting, sidecars);
    } else {
      add(own, sidecars);
      starting = larger(starting, own);
    }
  }
  return larger(running, starting);
}

function amountsOf(resources: ResourceMap): Amounts {
  const amounts: Amounts = new Map();
  for (const [name, text] of Object.entries(resources ?? {})) {
    const quantity = parseQuantity(text);
    if (!quantity) continue;
    const amount = name === 'cpu' ? quantityToMilli(quantity) : Math.ceil(quantityToNumber(quantity));
    amounts.set(name, amount);
  }
  return amounts;
}

function add(total: Amounts, more: Amounts): void {
  for (const [name, amount] of more) total.set(name, (total.get(name) ?? 0) + amount);
}

function larger(a: Amounts, b: Amounts): Amounts {
  const result: Amounts = new Map(a);
  for (const [name, amount] of b) result.set(name, Math.max(result.get(name) ?? 0, amount));
  return result;
}

function toTotals(amounts: Amounts): ResourceTotals {
  const { cpu = 0, memory = 0, 'ephemeral-storage': storage = 0, ...others } = Object.fromEntries(amounts);
  return { cpuMilli: cpu, memoryBytes: memory, ephemeralStorageBytes: storage, others };
}

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/**
 * Which class of service a pod gets; decides who is evicted first and the pod's cgroup.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
export function qosClass(pod: Unchecked<Pod>): QosClass {
  const parts = qosParts(pod.spec);
  const requested = parts.some((part) => hasPositive(part.requests));
  const limited = parts.some((part) => hasPositive(part.limits));
  if (!requested && !limited) return 'BestEffort';
  return parts.length > 0 && parts.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

interface QosPart {
  readonly requests: ResourceMap;
  readonly limits: ResourceMap;
}

function qosParts(spec: Unchecked<PodSpec> | undefined): readonly QosPart[] {
  const own = spec?.resources;
  if (own && Object.keys({ ...own.requests, ...own.limits }).length > 0) {
    return [{ requests: own.requests, limits: own.limits }];
  }
  const containers: readonly Unchecked<Container>[] = [
    ...(spec?.containers ?? []),
    ...(spec?.initContainers ?? []),
  ];
  return containers.map(({ resources }) => ({ requests: resources?.requests, limits: resources?.limits }));
}

const qosResources = ['cpu', 'memory'];

function hasPositive(resources: ResourceMap): boolean {
  return qosResources.some((name) => isPositive(resources?.[name]));
}

function isPositive(text: string | undefined): boolean {
  return text !== undefined && (parseQuantity(text)?.nanos ?? 0n) > 0n;
}

function isGuaranteed(part: QosPart): boolean {
  return qosResources.every((name) => {
    const limit = part.limits?.[name];
    if (limit === undefined || !isPositive(limit)) return false;
    const request = part.requests?.[name];
    return (
      request === undefined || (parseQuantity(request) !== undefined && compareQuantity(request, limit) === 0)
    );
  });
}
