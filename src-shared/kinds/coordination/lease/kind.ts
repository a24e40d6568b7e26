import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { Lease } from '../../wire.ts';
import { validateLease } from './lease-validation.ts';

export const leaseKind = defineKind<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  schema: 'io.k8s.api.coordination.v1.Lease',
  needsResourceVersion: true,
  createsOnUpdate: true,
  strategy: { validate: validateLease },
  columns: [
    nameColumn(),
    {
      name: 'Holder',
      type: 'string',
      description: 'Who holds the lease.',
      cell: (lease) => lease.spec?.holderIdentity ?? '',
    },
    ageColumn(),
  ],
  view: {
    section: 'cluster',
    title: 'Leases',
    purpose: 'Leases are heartbeats: nodes and leaders renew them to say that they are alive.',
  },
});
