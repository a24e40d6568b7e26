import { describe, expect, it } from 'vitest';
import { createErrors, defaulted } from '../testing.ts';
import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../wire.ts';
import { mutatingWebhookConfigurationKind } from './mutating-webhook-configuration/kind.ts';
import { validatingWebhookConfigurationKind } from './validating-webhook-configuration/kind.ts';

type Webhook = NonNullable<ValidatingWebhookConfiguration['webhooks']>[number];

const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const webhook: Webhook = {
  name: 'a.example.com',
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  clientConfig: { service: { name: 'hook', namespace: 'b' } },
  rules: [rule],
};
const validating = (...webhooks: Partial<Webhook>[]): ValidatingWebhookConfiguration => ({
  metadata: { name: 'a' },
  webhooks: webhooks.map((fields) => ({ ...webhook, ...fields })),
});

describe('webhook configurations', () => {
  it('fail closed and look at everything unless told otherwise', () => {
    const webhooks = [{ ...webhook }];
    const kept = defaulted(mutatingWebhookConfigurationKind, { webhooks } as MutatingWebhookConfiguration);
    expect(kept.webhooks).toEqual([
      {
        ...webhook,
        clientConfig: { service: { name: 'hook', namespace: 'b', port: 443 } },
        rules: [{ ...rule, scope: '*' }],
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        timeoutSeconds: 10,
        reinvocationPolicy: 'Never',
      },
    ]);
    expect(createErrors(validatingWebhookConfigurationKind, validating({}))).toEqual([]);
    expect(createErrors(validatingWebhookConfigurationKind, validating())).toEqual([]);
  });

  it.each<[string, Partial<Webhook>, string[]]>([
    [
      'a short name',
      { name: 'hook' },
      [
        'webhooks[0].name: Invalid value: "hook": should be a domain with at least three segments separated by dots',
      ],
    ],
    [
      'side effects',
      { sideEffects: 'Some' },
      ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
    ],
    [
      'no version that is understood',
      { admissionReviewVersions: ['v2', 'v2'] },
      [
        'webhooks[0].admissionReviewVersions[1]: Invalid value: "v2": duplicate version',
        'webhooks[0].admissionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1',
      ],
    ],
    [
      'no versions',
      { admissionReviewVersions: [] },
      ['webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1'],
    ],
    [
      'all the time in the world',
      { timeoutSeconds: 31 },
      ['webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds'],
    ],
    [
      'no place to be called',
      { clientConfig: {} },
      ['webhooks[0].clientConfig: Required value: exactly one of url or service is required'],
    ],
    [
      'an URL with everything in it',
      { clientConfig: { url: 'http://me@a.example/x?y=z#w' } },
      [
        `webhooks[0].clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
        'webhooks[0].clientConfig.url: Invalid value: "me": user information is not permitted in the URL',
        'webhooks[0].clientConfig.url: Invalid value: "w": fragments are not permitted in the URL',
        'webhooks[0].clientConfig.url: Invalid value: "y=z": query parameters are not permitted in the URL',
      ],
    ],
    [
      'a service that cannot be',
      { clientConfig: { service: { name: 'a', namespace: '', port: 0, path: 'a//' } } },
      [
        'webhooks[0].clientConfig.service.name: Required value',
        'webhooks[0].clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive',
        `webhooks[0].clientConfig.service.path: Invalid value: "a//": must start with a '/'`,
        'webhooks[0].clientConfig.service.path: Invalid value: "a//": segment[0] may not be empty',
        'webhooks[0].clientConfig.service.path: Invalid value: "a//": segment[1] may not be empty',
      ],
    ],
    [
      'nameless conditions',
      { matchConditions: [{ name: '', expression: ' ' }] },
      [
        'webhooks[0].matchConditions[0].expression: Required value',
        'webhooks[0].matchConditions[0].name: Required value',
      ],
    ],
    [
      'rules that contradict themselves',
      {
        rules: [
          {
            operations: ['*', 'CREATE', 'READ'],
            apiGroups: ['*', 'a'],
            apiVersions: [''],
            resources: ['*', 'a'],
          },
        ],
      },
      [
        `webhooks[0].rules[0].operations: Invalid value: ["*","CREATE","READ"]: if '*' is present, must not specify other operations`,
        'webhooks[0].rules[0].operations[2]: Unsupported value: "READ": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
        `webhooks[0].rules[0].apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other API groups`,
        'webhooks[0].rules[0].apiVersions[0]: Required value',
        `webhooks[0].rules[0].resources: Invalid value: ["*","a"]: if '*' is present, must not specify other resources without subresources`,
      ],
    ],
    [
      'resources that cover each other',
      { rules: [{ ...rule, resources: ['pods/*', 'pods/log', '*/scale', 'a/scale', '*/*'] }] },
      [
        `webhooks[0].rules[0].resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`,
        `webhooks[0].rules[0].resources[3]: Invalid value: "a/scale": if '*/scale' is present, must not specify a/scale`,
        `webhooks[0].rules[0].resources: Invalid value: ["pods/*","pods/log","*/scale","a/scale","*/*"]: if '*/*' is present, must not specify other resources`,
      ],
    ],
    [
      'nothing in its rules',
      { rules: [{}] },
      ['operations', 'apiGroups', 'apiVersions', 'resources'].map(
        (name) => `webhooks[0].rules[0].${name}: Required value`,
      ),
    ],
  ])('have no webhook with %s', (_name, fields, errors) => {
    expect(createErrors(validatingWebhookConfigurationKind, validating(fields))).toEqual(errors);
  });

  it('name each webhook once', () => {
    expect(createErrors(validatingWebhookConfigurationKind, validating({}, {}))).toEqual([
      'webhooks[1].name: Duplicate value: "a.example.com"',
    ]);
  });
});
