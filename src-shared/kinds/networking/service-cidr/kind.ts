import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { ServiceCIDR } from '../../wire.ts';
import { serviceCidrStrategy } from './service-cidr-strategy.ts';

export const serviceCidrKind = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.ServiceCIDR',
  hasStatus: true,
  strategy: serviceCidrStrategy,
  columns: [
    nameColumn(),
    {
      name: 'CIDRs',
      type: 'string',
      description: 'Ranges from which services get their addresses.',
      cell: ({ spec }) => (spec?.cidrs ?? []).join(','),
    },
    ageColumn(),
  ],
  view: {
    section: 'network',
    title: 'Service CIDRs',
    purpose: 'A service CIDR is a range from which services get their cluster IPs.',
    health,
  },
});

function health({ status }: Unchecked<ServiceCIDR>): Health | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready) return undefined;
  return ready.status === 'True'
    ? { level: 'ok', text: 'Ready' }
    : { level: 'warn', text: ready.reason || 'NotReady' };
}
