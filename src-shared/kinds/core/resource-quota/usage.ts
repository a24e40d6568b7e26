import { formatQuantity, parseQuantity, type Quantity } from '../../../lib/quantity.ts';
import { parseTime } from '../../../lib/time.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { AnyKind } from '../../define.ts';
import type { PersistentVolumeClaim, Pod, ResourceClaim, ResourceQuota, Service } from '../../wire.ts';
import { reservedLimits, reservedRequests } from '../pod/pod-reservation.ts';
import type { ResourceTotals } from '../pod/pod-resources.ts';
import { devicesOf, devicesSuffix } from './device-usage.ts';
import { matchesScopes } from './scopes.ts';

/** Amounts in billionths by the names that quotas use, e.g. `requests.cpu`, `services.nodeports`, `count/jobs.batch`. */
export type Usage = ReadonlyMap<string, bigint>;

type ReadonlyQuota = Unchecked<ResourceQuota>;
type KindNames = Pick<AnyKind, 'group' | 'plural'>;

const billion = 1_000_000_000n;
const million = 1_000_000n;

/** Kinds counted under their plural name as well as under `count/…`. */
const countedPlainly = ['resourcequotas', 'replicationcontrollers', 'secrets', 'configmaps'];

/** Those of `kinds` whose objects the quota counts. */
export function countableKinds<K extends Pick<AnyKind, 'group' | 'plural' | 'namespaced'>>(
  { spec }: ReadonlyQuota,
  kinds: readonly K[],
): K[] {
  const names = Object.keys(spec?.hard ?? {});
  return kinds.filter((kind) => kind.namespaced && names.some((name) => isUsedBy(name, kind)));
}

function isUsedBy(resource: string, { group, plural }: KindNames): boolean {
  if (resource === `count/${group === '' ? plural : `${plural}.${group}`}`) return true;
  if (resource.endsWith(devicesSuffix)) return group === 'resource.k8s.io' && plural === 'resourceclaims';
  if (group !== '' || resource.startsWith('count/')) return false;
  if (countedPlainly.includes(resource)) return plural === resource;
  if (resource === 'services' || resource.startsWith('services.')) return plural === 'services';
  if (
    resource === 'persistentvolumeclaims' ||
    resource === 'requests.storage' ||
    resource.includes('.storageclass.')
  ) {
    return plural === 'persistentvolumeclaims';
  }
  return plural === 'pods';
}

/** An object, of the kind named, at a time: pods that should be gone by then use nothing. */
export interface Counted {
  readonly kind: KindNames;
  readonly object: Unchecked<object>;
  readonly nowMs: number;
}

/** What one object uses of everything a quota could count. */
function usageOf({ kind, object, nowMs }: Counted): Usage {
  const usage = new Map<string, bigint>();
  usage.set(`count/${kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`}`, billion);
  if (kind.group === 'resource.k8s.io' && kind.plural === 'resourceclaims')
    for (const [name, count] of devicesOf(object as Unchecked<ResourceClaim>))
      usage.set(name, BigInt(count) * billion);
  if (kind.group !== '') return usage;
  if (countedPlainly.includes(kind.plural)) usage.set(kind.plural, billion);
  if (kind.plural === 'pods') addPod(usage, object as Unchecked<Pod>, nowMs);
  if (kind.plural === 'services') addService(usage, object as Unchecked<Service>);
  if (kind.plural === 'persistentvolumeclaims') addClaim(usage, object as Unchecked<PersistentVolumeClaim>);
  return usage;
}

/** What of an object's usage counts against the quota: the resources it limits, if the object is in its scopes. */
export function countedBy(quota: ReadonlyQuota, counted: Counted): Usage {
  if (!matchesScopes(quota, counted.kind, counted.object)) return new Map();
  const hard = quota.spec?.hard ?? {};
  return new Map([...usageOf(counted)].filter(([name]) => hard[name] !== undefined));
}

/** Adds `more` to `total`, in place. */
export function addUsage(total: Map<string, bigint>, more: Usage): void {
  for (const [name, amount] of more) total.set(name, (total.get(name) ?? 0n) + amount);
}

/** Amounts as text, written with the suffixes of what is allowed. */
export function usageText(usage: Usage, hard: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    [...usage]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, nanos]) => [name, formatQuantity({ nanos, format: formatOf(hard[name]) })]),
  );
}

/** The amounts that a quota's status, or its spec, names. */
export function usageIn(amounts: Readonly<Record<string, string>> | undefined): Usage {
  return new Map(
    Object.entries(amounts ?? {}).map(([name, text]) => [name, parseQuantity(text)?.nanos ?? 0n]),
  );
}

function formatOf(text: string | undefined): Quantity['format'] {
  return (text === undefined ? undefined : parseQuantity(text)?.format) ?? 'DecimalSI';
}

/** A pod that has ended, or should have, runs no more, but is an object still. */
function addPod(usage: Map<string, bigint>, pod: Unchecked<Pod>, nowMs: number): void {
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' || isOverdue(pod, nowMs)) return;
  usage.set('pods', billion);
  const requests = amountsIn(reservedRequests(pod));
  for (const [name, amount] of requests) {
    usage.set(`requests.${name}`, amount);
    if (isBare(name)) usage.set(name, amount);
  }
  for (const [name, amount] of amountsIn(reservedLimits(pod))) usage.set(`limits.${name}`, amount);
}

/** Its node was lost, say, and nobody confirms that it is gone: its grace has passed twice. */
function isOverdue({ metadata }: Unchecked<Pod>, nowMs: number): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata ?? {};
  const deletedMs = deletionTimestamp === undefined ? undefined : parseTime(deletionTimestamp);
  if (deletedMs === undefined || deletionGracePeriodSeconds === undefined) return false;
  return nowMs > deletedMs + deletionGracePeriodSeconds * 1000;
}

function isBare(name: string): boolean {
  return ['cpu', 'memory', 'ephemeral-storage'].includes(name) || name.startsWith('hugepages-');
}

function amountsIn(totals: ResourceTotals): [string, bigint][] {
  const others = Object.entries(totals.others).map(([name, amount]): [string, bigint] => [
    name,
    BigInt(amount) * billion,
  ]);
  return [
    ['cpu', BigInt(totals.cpuMilli) * million],
    ['memory', BigInt(totals.memoryBytes) * billion],
    ['ephemeral-storage', BigInt(totals.ephemeralStorageBytes) * billion],
    ...others,
  ];
}

function addService(usage: Map<string, bigint>, { spec }: Unchecked<Service>): void {
  const ports = BigInt(spec?.ports?.length ?? 0) * billion;
  const hasPorts =
    spec?.type === 'NodePort' ||
    (spec?.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
  usage.set('services', billion);
  usage.set('services.loadbalancers', spec?.type === 'LoadBalancer' ? billion : 0n);
  usage.set('services.nodeports', hasPorts ? ports : 0n);
}

function addClaim(
  usage: Map<string, bigint>,
  { metadata, spec, status }: Unchecked<PersistentVolumeClaim>,
): void {
  const asked = parseQuantity(spec?.resources?.requests?.storage ?? '0')?.nanos ?? 0n;
  const given = parseQuantity(status?.allocatedResources?.storage ?? '0')?.nanos ?? 0n;
  const storage = asked > given ? asked : given;
  usage.set('persistentvolumeclaims', billion);
  usage.set('requests.storage', storage);
  const className =
    metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName;
  if (!className) return;
  usage.set(`${className}.storageclass.storage.k8s.io/persistentvolumeclaims`, billion);
  usage.set(`${className}.storageclass.storage.k8s.io/requests.storage`, storage);
}
