import {
  duplicate,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
} from '../../../api/field-errors.ts';
import { qualifiedNameErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import { canonicalQuantity, parseQuantity } from '../../../lib/quantity.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkDnsLabel, checkQuantity, compareQuantities, invalidEach } from '../../validation.ts';
import type { PodSpec, ResourceRequirements } from '../../wire.ts';

const hugePages = 'hugepages-';
const containerResources = new Set(['cpu', 'memory', 'ephemeral-storage']);
/** Names without a slash that mean something to Kubernetes, in containers or in quotas. */
const countedResources = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
const quotaResources = new Set([
  ...containerResources,
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'requests.storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  ...countedResources,
]);

/** True for names without a slash that a quota can bound. */
export function isStandardQuotaResource(name: string): boolean {
  return quotaResources.has(name) || name.startsWith(hugePages) || name.startsWith(`requests.${hugePages}`);
}

/** True for resources of which more may be limited than requested. */
export function isOvercommitAllowed(name: string): boolean {
  const native = !name.includes('/') || name.includes('kubernetes.io/');
  return native && !name.startsWith(hugePages);
}

/** Limits and requests of a container; `field` is the path of `resources`. */
export function checkContainerResources(
  field: string,
  resources: Unchecked<ResourceRequirements>,
  spec: Unchecked<PodSpec>,
): FieldError[] {
  return [
    ...checkRequirements(field, resources, checkContainerResourceName),
    ...checkClaims(`${field}.claims`, resources, spec),
  ];
}

/** Limits and requests of a pod as a whole. */
export function checkPodResources(field: string, resources: Unchecked<ResourceRequirements>): FieldError[] {
  return checkRequirements(field, resources, checkPodResourceName);
}

/** The amounts a runtime class adds. */
export function checkOverhead(field: string, overhead: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(overhead).flatMap(([name, amount]) =>
    checkAmount(`${field}.limits[${name}]`, name, amount),
  );
}

type NameCheck = (field: string, name: string) => FieldError[];

function checkRequirements(
  field: string,
  { limits = {}, requests = {} }: Unchecked<ResourceRequirements>,
  checkName: NameCheck,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, amount] of Object.entries(limits)) {
    const at = `${field}.limits[${name}]`;
    errors.push(...checkName(at, name), ...checkAmount(at, name, amount));
  }
  for (const [name, amount] of Object.entries(requests)) {
    const at = `${field}.requests[${name}]`;
    errors.push(...checkName(at, name), ...checkAmount(at, name, amount));
    errors.push(...checkAgainstLimit(field, { name, amount, limit: limits[name] }));
  }
  const names = Object.keys({ ...limits, ...requests });
  if (
    names.some((name) => name.startsWith(hugePages)) &&
    !names.includes('cpu') &&
    !names.includes('memory')
  ) {
    errors.push(forbidden(field, 'HugePages require cpu or memory'));
  }
  return errors;
}

function checkAgainstLimit(
  field: string,
  {
    name,
    amount,
    limit,
  }: { readonly name: string; readonly amount: string; readonly limit: string | undefined },
): FieldError[] {
  if (limit === undefined) {
    return isOvercommitAllowed(name)
      ? []
      : [required(`${field}.limits`, 'Limit must be set for non overcommitable resources')];
  }
  const order = compareQuantities(amount, limit);
  if (order === undefined || order === 0) return [];
  const shown = canonicalQuantity(amount);
  const bound = `${name} limit of ${canonicalQuantity(limit)}`;
  if (!isOvercommitAllowed(name)) return [invalid(`${field}.requests`, shown, `must be equal to ${bound}`)];
  return order > 0 ? [invalid(`${field}.requests`, shown, `must be less than or equal to ${bound}`)] : [];
}

/** A quantity as this resource takes it; extended resources come in whole pieces. */
export function checkAmount(field: string, name: string, amount: string): FieldError[] {
  const errors = checkQuantity(field, amount);
  const quantity = parseQuantity(amount);
  const whole = quantity === undefined || quantity.nanos % 1_000_000_000n === 0n;
  const counted = countedResources.has(name) || isExtendedResource(name);
  if (counted && !whole) errors.push(invalid(field, amount, 'must be an integer'));
  if (name.startsWith(hugePages) && quantity) {
    const page = parseQuantity(name.slice(hugePages.length));
    if (page && page.nanos > 0n && quantity.nanos % page.nanos !== 0n) {
      errors.push(
        invalid(field, amount, `${canonicalQuantity(amount)} is not positive integer multiple of ${name}`),
      );
    }
  }
  return errors;
}

/** A resource by a name that Kubernetes knows or that is fully qualified. */
export function checkResourceName(field: string, name: string): FieldError[] {
  const errors = invalidEach(field, name, qualifiedNameErrors(name));
  if (errors.length > 0 || name.includes('/')) return errors;
  if (name === 'storage' || isStandardQuotaResource(name)) return [];
  return [invalid(field, name, 'must be a standard resource type or fully qualified')];
}

/** A resource that containers can ask for. */
export function checkContainerResourceName(field: string, name: string): FieldError[] {
  const errors = checkResourceName(field, name);
  if (!name.includes('/')) {
    if (!containerResources.has(name) && !name.startsWith(hugePages)) {
      errors.push(invalid(field, name, 'must be a standard resource for containers'));
    }
  } else if (!name.includes('kubernetes.io/') && !isExtendedResource(name)) {
    errors.push(invalid(field, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

/** True for fully qualified names outside of Kubernetes' own domain. */
export function isExtendedResource(name: string): boolean {
  if (!name.includes('/') || name.includes('kubernetes.io/')) return false;
  return !name.startsWith('requests.') && qualifiedNameErrors(`requests.${name}`).length === 0;
}

function checkPodResourceName(field: string, name: string): FieldError[] {
  const errors = checkResourceName(field, name);
  if (errors.length > 0 || name === 'cpu' || name === 'memory' || name.startsWith(hugePages)) return errors;
  return [notSupported(field, name, ['cpu', 'hugepages-', 'memory'])];
}

function checkClaims(
  field: string,
  resources: Unchecked<ResourceRequirements>,
  spec: Unchecked<PodSpec>,
): FieldError[] {
  const known = (spec.resourceClaims ?? []).map(({ name }) => name).sort();
  const seen = new Set<string>();
  return (resources.claims ?? []).flatMap(({ name, request }, index) => {
    const at = `${field}[${index}]`;
    if (!name) return [required(at)];
    const key = request ? `${name}/${request}` : name;
    const errors = request ? checkDnsLabel(`${at}.request`, request) : [];
    if (seen.has(key) || seen.has(name)) errors.push(duplicate(at, seen.has(name) ? name : key));
    else if (!request) {
      const parts = [...seen].filter((other) => other.startsWith(`${name}/`));
      errors.push(...parts.map(() => duplicate(at, name)));
    }
    seen.add(key);
    if (!known.includes(name)) {
      const list = known.length === 0 ? ' which is empty' : `: ${known.join(', ')}`;
      const error = notFound(at, name);
      errors.push({
        ...error,
        message: `${error.message}: must be one of the names in pod.spec.resourceClaims${list}`,
      });
    }
    return errors;
  });
}
