import { invalid, notSupported, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import { canonicalQuantity, parseQuantity } from '../../../lib/quantity.ts';
import { checkQualifiedName } from '../../validation.ts';

/** Fields of a pod that environment variables may show. */
export const envFieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** Fields of a pod that files may show. */
export const volumeFieldPaths = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

/** Fields that exist at all; others cannot even be converted. */
const knownFieldPaths = new Set([
  ...envFieldPaths,
  ...volumeFieldPaths,
  'spec.restartPolicy',
  'status.phase',
]);

const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

const subscripted = /^(.*)\['(.*)'\]$/s;

/** A reference to a field of the pod, e.g. `metadata.labels['app']`. */
export function checkFieldRef(
  field: string,
  { apiVersion, fieldPath }: { readonly apiVersion?: string; readonly fieldPath?: string },
  supported: readonly string[],
): FieldError[] {
  if (!apiVersion) return [required(`${field}.apiVersion`)];
  if (!fieldPath) return [required(`${field}.fieldPath`)];
  const at = `${field}.fieldPath`;
  const [, path, subscript = ''] = subscripted.exec(fieldPath) ?? [];
  if (apiVersion !== 'v1') {
    const text = `unsupported pod version: ${apiVersion}`;
    return [invalid(at, fieldPath, `error converting fieldPath: ${text}`)];
  }
  if (path === 'metadata.annotations') return checkQualifiedName(field, subscript.toLowerCase());
  if (path === 'metadata.labels') return checkQualifiedName(field, subscript);
  if (path !== undefined) {
    return [
      invalid(
        at,
        fieldPath,
        `error converting fieldPath: field label does not support subscript: ${fieldPath}`,
      ),
    ];
  }
  if (!knownFieldPaths.has(fieldPath)) {
    return [invalid(at, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`)];
  }
  return supported.includes(fieldPath) ? [] : [notSupported(at, fieldPath, supported)];
}

/** A reference to a container's resources; in volumes the container must be named. */
export function checkResourceFieldRef(
  field: string,
  reference: { readonly containerName?: string; readonly resource?: string; readonly divisor?: string },
  inVolume: boolean,
): FieldError[] {
  const { containerName, resource = '', divisor } = reference;
  const errors: FieldError[] = [];
  if (inVolume && !containerName) errors.push(required(`${field}.containerName`));
  else if (resource === '') errors.push(required(`${field}.resource`));
  else if (!resources.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) {
    errors.push(notSupported(`${field}.resource`, resource, resources));
  }
  return [...errors, ...checkDivisor(`${field}.divisor`, resource, divisor)];
}

const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

function checkDivisor(field: string, resource: string, divisor: string | undefined): FieldError[] {
  const quantity = parseQuantity(divisor ?? '0');
  if (divisor === undefined || !quantity || quantity.nanos === 0n) return [];
  const [allowed, name] = divisorsOf(resource);
  if (allowed.length === 0 || allowed.includes(canonicalQuantity(divisor))) return [];
  const list = resource.endsWith('.cpu') ? '1m and 1' : allowed.join(', ');
  return [invalid(field, resource, `only divisor's values ${list} are supported with the ${name} resource`)];
}

function divisorsOf(resource: string): [readonly string[], string] {
  if (resource.endsWith('.cpu')) return [['1m', '1'], 'cpu'];
  if (resource.endsWith('.memory')) return [byteDivisors, 'memory'];
  if (resource.endsWith('.ephemeral-storage')) return [byteDivisors, 'local ephemeral storage'];
  if (resource.includes('.hugepages-')) return [byteDivisors, 'hugepages'];
  return [[], ''];
}
