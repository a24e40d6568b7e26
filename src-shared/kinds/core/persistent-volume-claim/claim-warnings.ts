import { canonicalQuantity, parseQuantity } from '../../../lib/quantity.ts';
import type { DeepReadonly } from '../../../lib/types.ts';
import type { PersistentVolumeClaim } from '../../wire.ts';

/** Amounts of bytes are whole. */
export function fractionalWarning(field: string, amount: string | undefined): string[] {
  const quantity = parseQuantity(amount ?? '0');
  if (amount === undefined || !quantity || quantity.nanos % 1_000_000_000n === 0n) return [];
  const text = JSON.stringify(canonicalQuantity(amount));
  return [`${field}: fractional byte value ${text} is invalid, must be an integer`];
}

/** Warnings of a claim's spec; `field` is its path. */
export function claimSpecWarnings(
  field: string,
  spec: DeepReadonly<PersistentVolumeClaim>['spec'] | undefined,
): string[] {
  return [
    ...fractionalWarning(`${field}.resources.requests[storage]`, spec?.resources?.requests?.storage),
    ...fractionalWarning(`${field}.resources.limits[storage]`, spec?.resources?.limits?.storage),
  ];
}

const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** What the client is told of a claim that does not do what it seems to say. */
export function claimWarnings({ metadata, spec }: DeepReadonly<PersistentVolumeClaim>): string[] {
  const text = 'deprecated since v1.8; use "storageClassName" attribute instead';
  const deprecated = metadata?.annotations?.[classAnnotation] !== undefined;
  return [
    ...(deprecated ? [`metadata.annotations[${classAnnotation}]: ${text}`] : []),
    ...claimSpecWarnings('spec', spec),
  ];
}
