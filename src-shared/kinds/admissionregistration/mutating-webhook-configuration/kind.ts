import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { MutatingWebhookConfiguration } from '../../wire.ts';
import { mutatingWebhookStrategy } from '../webhook-strategy.ts';

export const mutatingWebhookConfigurationKind = defineKind<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  needsResourceVersion: true,
  hasGeneration: true,
  strategy: mutatingWebhookStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Webhooks',
      type: 'integer',
      description: 'Number of webhooks.',
      cell: ({ webhooks }) => (webhooks ?? []).length,
    },
    ageColumn(),
  ],
  view: {
    section: 'cluster',
    title: 'Mutating webhooks',
    purpose:
      'A mutating webhook configuration has objects changed on their way in by services outside the API server.',
  },
});
