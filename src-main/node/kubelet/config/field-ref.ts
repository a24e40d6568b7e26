import { quantityToMilli, quantityToNumber } from '@shared/lib/quantity.ts';
import { containerSpecs, type ReadonlyContainer, type ReadonlyPod } from '../pod/spec.ts';

/** Values of the downward API that are not in the pod's own object. */
export interface DownwardFacts {
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  /** What a container without a limit may use. */
  readonly allocatable: {
    readonly cpuMilli: number;
    readonly memoryBytes: number;
    readonly storageBytes: number;
  };
}

/** A field that is not there; the message is the kubelet's. */
export class FieldRefError extends Error {
  override readonly name = 'FieldRefError';
}

/** Value of `fieldRef.fieldPath`. Throws {@link FieldRefError}. */
export function fieldValue(pod: ReadonlyPod, fieldPath: string, facts: DownwardFacts): string {
  const { metadata = {}, spec } = pod;
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (subscript)
    return metadata[subscript[1] === 'labels' ? 'labels' : 'annotations']?.[subscript[2] ?? ''] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name ?? '';
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'metadata.labels':
      return formatMap(metadata.labels);
    case 'metadata.annotations':
      return formatMap(metadata.annotations);
    case 'spec.nodeName':
      return spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? '';
    case 'status.hostIP':
      return facts.hostIps[0] ?? '';
    case 'status.hostIPs':
      return facts.hostIps.join(',');
    case 'status.podIP':
      return facts.podIps[0] ?? '';
    case 'status.podIPs':
      return facts.podIps.join(',');
    default:
      throw new FieldRefError(`unsupported fieldPath: ${fieldPath}`);
  }
}

/** One `key="value"` a line, sorted, quoted as Go quotes. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

interface ResourceFieldRef {
  readonly resource: string;
  readonly containerName?: string;
  readonly divisor?: string;
}

/** Value of `resourceFieldRef`, rounded up to whole divisors. Throws {@link FieldRefError}. */
export function resourceValue(
  pod: ReadonlyPod,
  ref: ResourceFieldRef,
  facts: DownwardFacts,
  self?: ReadonlyContainer,
): string {
  const named = containerSpecs(pod).find(({ container }) => container.name === ref.containerName)?.container;
  const container = ref.containerName ? named : self;
  if (!container) throw new FieldRefError(`container ${ref.containerName ?? ''} not found`);
  const [kind, name = ''] = ref.resource.split('.');
  const { requests, limits } = container.resources ?? {};
  const own = kind === 'limits' ? limits?.[name] : requests?.[name];
  const quantity = own ?? (kind === 'limits' ? pod.spec?.resources?.limits?.[name] : undefined);
  const milli =
    quantity === undefined ? (kind === 'limits' ? defaultMilli(name, facts) : 0) : quantityToMilli(quantity);
  const divisor = quantityToNumber(ref.divisor ?? '0') || 1;
  if (name === 'cpu') return String(Math.ceil(milli / (divisor * 1000)));
  return String(Math.ceil(milli / 1000 / divisor));
}

function defaultMilli(resource: string, { allocatable }: DownwardFacts): number {
  if (resource === 'cpu') return allocatable.cpuMilli;
  if (resource === 'memory') return allocatable.memoryBytes * 1000;
  return resource === 'ephemeral-storage' ? allocatable.storageBytes * 1000 : 0;
}
