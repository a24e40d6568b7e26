import { compareQuantity, parseQuantity } from '../../../lib/quantity.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { ResourceQuota } from '../../wire.ts';
import { quotaStrategy } from './quota-strategy.ts';

type ReadonlyQuota = Unchecked<ResourceQuota>;

export const resourceQuotaKind = defineKind<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ResourceQuota',
  returnsDeletedObject: true,
  strategy: quotaStrategy,
  hasStatus: true,
  columns: [
    nameColumn(),
    {
      name: 'Request',
      type: 'string',
      description: 'Used and allowed requests and numbers of objects.',
      cell: (quota) => usage(quota, false),
    },
    {
      name: 'Limit',
      type: 'string',
      description: 'Used and allowed limits.',
      cell: (quota) => usage(quota, true),
    },
    ageColumn(),
  ],
  view: {
    section: 'config',
    title: 'Quotas',
    purpose: 'A quota says how much all objects of a namespace together may use.',
    health,
  },
});

function usage({ status }: ReadonlyQuota, limits: boolean): string {
  return Object.entries(status?.hard ?? {})
    .filter(([name]) => name.startsWith('limits.') === limits)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hard]) => `${name}: ${status?.used?.[name] ?? '0'}/${hard}`)
    .join(', ');
}

function health({ status }: ReadonlyQuota): Health | undefined {
  const full = Object.entries(status?.hard ?? {}).filter(([name, hard]) => {
    const used = status?.used?.[name] ?? '0';
    return parseQuantity(used) && parseQuantity(hard) && compareQuantity(used, hard) >= 0;
  });
  const [first] = full;
  if (!status?.hard) return undefined;
  return first ? { level: 'warn', text: `No ${first[0]} left` } : { level: 'ok', text: 'Within limits' };
}
