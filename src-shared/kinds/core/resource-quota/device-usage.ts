import type { Unchecked } from '../../../lib/types.ts';
import type { ResourceClaim } from '../../wire.ts';

/** After the name of a device class: how many devices of it claims ask for. */
export const devicesSuffix = '.deviceclass.resource.k8s.io/devices';
/** What a request for all devices of a class may come to. */
const mostDevices = 32;

type Wanted = Unchecked<{ deviceClassName?: string; allocationMode?: string; count?: number }>;

/**
 * How many devices a claim may get, by the resource a quota limits; of alternatives the most counts.
 * Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/, "Quota for DRA".
 */
export function devicesOf({ spec }: Unchecked<ResourceClaim>): ReadonlyMap<string, number> {
  const total = new Map<string, number>();
  for (const { exactly, firstAvailable } of spec?.devices?.requests ?? []) {
    const alternatives: readonly Wanted[] = firstAvailable?.length
      ? firstAvailable
      : exactly
        ? [exactly]
        : [];
    const most = new Map<string, number>();
    for (const wanted of alternatives) {
      const name = `${wanted.deviceClassName}${devicesSuffix}`;
      most.set(name, Math.max(most.get(name) ?? 0, countOf(wanted)));
    }
    for (const [name, count] of most) total.set(name, (total.get(name) ?? 0) + count);
  }
  return total;
}

function countOf({ allocationMode = 'ExactCount', count = 1 }: Wanted): number {
  return allocationMode === 'ExactCount' ? count : mostDevices;
}
