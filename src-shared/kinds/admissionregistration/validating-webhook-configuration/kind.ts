import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { ValidatingWebhookConfiguration } from '../../wire.ts';
import { validatingWebhookStrategy } from '../webhook-strategy.ts';

export const validatingWebhookConfigurationKind = defineKind<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  needsResourceVersion: true,
  hasGeneration: true,
  strategy: validatingWebhookStrategy,
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
    title: 'Validating webhooks',
    purpose: 'A validating webhook configuration has requests judged by services outside the API server.',
  },
});
