import type { UncheckedDraft } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { ServiceAccount } from '../../wire.ts';

const enforcement = 'kubernetes.io/enforce-mountable-secrets';

/** References to secrets say nothing but their names. */
function keepNamesAlone(account: UncheckedDraft<ServiceAccount>): void {
  if (account.secrets)
    account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}

export const serviceAccountKind = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  returnsDeletedObject: true,
  subresources: ['token'],
  strategy: {
    prepareForCreate: keepNamesAlone,
    prepareForUpdate: keepNamesAlone,
    warnings: ({ metadata }, old) =>
      metadata?.annotations?.[enforcement] === 'true' && old?.metadata?.annotations?.[enforcement] !== 'true'
        ? [
            `metadata.annotations[${enforcement}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
          ]
        : [],
  },
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
