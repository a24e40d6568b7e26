import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { ServiceAccount } from '../../wire.ts';

export const serviceAccountKind = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  subresources: ['token'],
  columns: [
    nameColumn(),
    {
      name: 'Secrets',
      type: 'integer',
      description: 'Number of secrets that pods of this account may use.',
      cell: (account) => account.secrets?.length ?? 0,
    },
    ageColumn(),
  ],
  view: {
    section: 'access',
    title: 'Service accounts',
    purpose: 'A service account is the identity with which pods talk to the Kubernetes API.',
  },
});
