import { duplicate, invalid, required } from '../../api/field-errors.ts';
import { dnsSubdomainErrors } from '../../api/names.ts';
import { validateLabelSelector } from '../../api/object-meta.ts';
import type { FieldError } from '../../api/status.ts';
import type { Unchecked, UncheckedDraft } from '../../lib/types.ts';
import type { Strategy } from '../define.ts';
import { checkOptionalOneOf } from '../validation.ts';
import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../wire.ts';
import { checkMatchConditions, failurePolicies, matchPolicies } from './match-validation.ts';
import { checkRules } from './rule-validation.ts';
import { checkReviewVersions, checkWebhookClient, reviewVersions } from './webhook-client.ts';

type AnyWebhook = NonNullable<MutatingWebhookConfiguration['webhooks']>[number];
type ReadonlyWebhook = Unchecked<AnyWebhook>;

const sideEffects = ['None', 'NoneOnDryRun'];
const maxTimeoutSeconds = 30;

export const validatingWebhookStrategy: Strategy<ValidatingWebhookConfiguration> = {
  defaults: ({ webhooks }) => (webhooks ?? []).forEach(setDefaults),
  validate: ({ webhooks }) => checkWebhooks(webhooks ?? []),
};

export const mutatingWebhookStrategy: Strategy<MutatingWebhookConfiguration> = {
  defaults({ webhooks }) {
    for (const webhook of webhooks ?? []) {
      setDefaults(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
  validate: ({ webhooks }) => checkWebhooks(webhooks ?? []),
};

function setDefaults(webhook: UncheckedDraft<Omit<AnyWebhook, 'reinvocationPolicy'>>): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
  const service = webhook.clientConfig?.service;
  if (service) service.port ??= 443;
}

function checkWebhooks(webhooks: readonly ReadonlyWebhook[]): FieldError[] {
  return webhooks.flatMap((webhook, index) => {
    const at = `webhooks[${index}]`;
    const { name, admissionReviewVersions: versions } = webhook;
    const isTaken = name !== '' && webhooks.findIndex((other) => other.name === name) < index;
    return [
      ...checkWebhook(at, webhook),
      ...checkReviewVersions(
        `${at}.admissionReviewVersions`,
        versions ?? [],
        `must specify one of ${reviewVersions.join(', ')}`,
      ),
      ...(isTaken ? [duplicate(`${at}.name`, name)] : []),
    ];
  });
}

function checkWebhook(field: string, webhook: ReadonlyWebhook): FieldError[] {
  const { sideEffects: effects, timeoutSeconds: timeout, reinvocationPolicy } = webhook;
  return [
    ...checkName(`${field}.name`, webhook.name ?? ''),
    ...checkRules(`${field}.rules`, webhook.rules),
    ...checkOptionalOneOf(`${field}.failurePolicy`, webhook.failurePolicy, failurePolicies),
    ...checkOptionalOneOf(`${field}.matchPolicy`, webhook.matchPolicy, matchPolicies),
    ...(effects === undefined
      ? [required(`${field}.sideEffects`, `must specify one of ${sideEffects.join(', ')}`)]
      : checkOptionalOneOf(`${field}.sideEffects`, effects, sideEffects)),
    ...checkTimeout(`${field}.timeoutSeconds`, timeout),
    ...validateLabelSelector(webhook.namespaceSelector, `${field}.namespaceSelector`),
    ...validateLabelSelector(webhook.objectSelector, `${field}.objectSelector`),
    ...checkOptionalOneOf(`${field}.reinvocationPolicy`, reinvocationPolicy, ['IfNeeded', 'Never']),
    ...checkWebhookClient(`${field}.clientConfig`, webhook.clientConfig ?? {}),
    ...checkMatchConditions(`${field}.matchConditions`, webhook.matchConditions),
  ];
}

function checkName(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)];
  const texts = dnsSubdomainErrors(name);
  if (texts.length > 0) return [invalid(field, name, texts.join(','))];
  if (name.split('.').length >= 3) return [];
  return [invalid(field, name, 'should be a domain with at least three segments separated by dots')];
}

function checkTimeout(field: string, seconds: number | undefined): FieldError[] {
  if (seconds === undefined || (seconds >= 1 && seconds <= maxTimeoutSeconds)) return [];
  return [invalid(field, seconds, `the timeout value must be between 1 and ${maxTimeoutSeconds} seconds`)];
}
