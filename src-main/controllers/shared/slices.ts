import { isNamespaceTerminating, isReason } from '@shared/api/status.ts';
import { refOf } from '@shared/client/client.ts';
import type { ControllerContext } from '@shared/controller/define.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import type { EndpointSlice } from '@shared/kinds/wire.ts';
import { stableStringify } from '@shared/lib/json.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ResolvedPort } from './service-pods.ts';

export type ReadonlySlice = DeepReadonly<EndpointSlice>;

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';

export interface SlicePlan {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly ReadonlySlice[];
  readonly remove: readonly ReadonlySlice[];
}

/** Endpoints may share a slice when their keys are the same. */
export function groupKey(family: string, ports: readonly ResolvedPort[]): string {
  const texts = ports.map((port) => stableStringify({ ...port })).sort();
  return [family, ...texts].join(' ');
}

export function keyOfSlice(slice: ReadonlySlice): string {
  const ports = (slice.ports ?? []).map(({ name = '', port = 0, protocol = 'TCP', appProtocol }) => ({
    name,
    port,
    protocol,
    ...(appProtocol !== undefined && { appProtocol }),
  }));
  return groupKey(slice.addressType, ports);
}

/** Does what the plan says. What is gone by now, or going with its namespace, is no failure. */
export async function applySlices({ client }: ControllerContext, plan: SlicePlan): Promise<void> {
  try {
    for (const slice of plan.create) await client.create(endpointSliceKind, slice);
    for (const slice of plan.update) await client.update(endpointSliceKind, slice);
    for (const slice of plan.remove) await client.delete(endpointSliceKind, refOf(slice));
  } catch (error) {
    if (!isNamespaceTerminating(error) && !isReason(error, 'NotFound')) throw error;
  }
}
