import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { ResourceClaim } from '../../wire.ts';
import { resourceClaimStrategy } from './resource-claim-strategy.ts';

export const resourceClaimKind = defineKind<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  namespaced: true,
  schema: 'io.k8s.api.resource.v1.ResourceClaim',
  returnsDeletedObject: true,
  hasStatus: true,
  strategy: resourceClaimStrategy,
  columns: [
    nameColumn(),
    {
      name: 'State',
      type: 'string',
      description: 'What is the matter with the claim: allocated, reserved, being deleted.',
      cell: stateText,
    },
    ageColumn(),
  ],
  view: {
    section: 'cluster',
    title: 'Resource claims',
    purpose: 'A resource claim asks for devices, which pods then use.',
    health,
  },
});

function stateText({ metadata, status }: Unchecked<ResourceClaim>): string {
  const states: string[] = [];
  if (metadata?.deletionTimestamp !== undefined) states.push('deleted');
  if (status?.allocation === undefined) {
    if (metadata?.deletionTimestamp === undefined) states.push('pending');
  } else {
    states.push('allocated');
    states.push(...((status.reservedFor ?? []).length > 0 ? ['reserved'] : []));
  }
  return states.join(',');
}

function health({ status }: Unchecked<ResourceClaim>): Health {
  if (!status?.allocation) return { level: 'progress', text: 'Pending' };
  return { level: 'ok', text: (status.reservedFor ?? []).length > 0 ? 'In use' : 'Allocated' };
}
