import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, row } from '../testing.ts';
import type {
  MutatingAdmissionPolicy,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from '../wire.ts';
import { mutatingAdmissionPolicyKind } from './mutating-admission-policy/kind.ts';
import { mutatingWebhookConfigurationKind } from './mutating-webhook-configuration/kind.ts';
import { validatingAdmissionPolicyKind } from './validating-admission-policy/kind.ts';
import { validatingAdmissionPolicyBindingKind } from './validating-admission-policy-binding/kind.ts';
import { validatingWebhookConfigurationKind } from './validating-webhook-configuration/kind.ts';

type Webhook = NonNullable<ValidatingWebhookConfiguration['webhooks']>[number];
type Spec = NonNullable<ValidatingAdmissionPolicy['spec']>;

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
const short = (texts: readonly string[]) =>
  texts.map((text) => text.replace(/(a lowercase RFC 1123 subdomain|a DNS-1035 label).*/, '$1 …'));

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

describe('validating admission policies', () => {
  const policy = (spec: Spec): ValidatingAdmissionPolicy => ({ metadata: { name: 'a' }, spec });
  const good: Spec = {
    matchConstraints: { resourceRules: [rule] },
    validations: [{ expression: 'object.spec.replicas < 5' }],
  };

  it('fail closed and match everything that their rules name unless told otherwise', () => {
    expect(defaulted(validatingAdmissionPolicyKind, policy(good)).spec).toEqual({
      ...good,
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [{ ...rule, scope: '*' }],
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
      },
    });
    expect(createErrors(validatingAdmissionPolicyKind, policy(good))).toEqual([]);
  });

  it('have a purpose and an object', () => {
    const text = 'validations or auditAnnotations must contain at least one item';
    expect(createErrors(validatingAdmissionPolicyKind, policy({}))).toEqual([
      'spec.matchConstraints: Required value',
      `spec.validations: Required value: ${text}`,
      `spec.auditAnnotations: Required value: ${text}`,
    ]);
    expect(createErrors(validatingAdmissionPolicyKind, policy({ ...good, matchConstraints: {} }))).toEqual([
      'spec.matchConstraints.resourceRules: Required value',
    ]);
  });

  it.each<[string, Spec, string[]]>([
    [
      'of no version',
      { ...good, paramKind: { apiVersion: 'Rules/', kind: 'Replica Limit' } },
      [
        'spec.paramKind.apiVersion: Invalid value: "Rules": a lowercase RFC 1123 subdomain …',
        'spec.paramKind.apiVersion: Invalid value: "Rules/": version must be specified',
        'spec.paramKind.kind: Invalid value: "Replica Limit": may have mixed case, but should otherwise match: a DNS-1035 label …',
      ],
    ],
    [
      'with odd variables',
      { ...good, variables: [{ name: 'for', expression: '' }] },
      [
        'spec.variables[0].name: Invalid value: "for": name is not a valid CEL identifier',
        'spec.variables[0].expression: Required value: expression is not specified',
      ],
    ],
    [
      'with messages that say nothing',
      {
        ...good,
        validations: [{ expression: '', message: ' ', messageExpression: ' ', reason: 'NotFound' }],
      },
      [
        'spec.validations[0].expression: Required value: expression is not specified',
        'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
        'spec.validations[0].message: Invalid value: " ": message must be non-empty if specified',
        'spec.validations[0].reason: Unsupported value: "NotFound": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
      ],
    ],
    [
      'with messages of several lines',
      { ...good, validations: [{ expression: 'true', message: 'a\nb' }] },
      ['spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks'],
    ],
    [
      'with annotations that repeat themselves',
      {
        ...good,
        auditAnnotations: [
          { key: 'k', valueExpression: 'x' },
          { key: 'k', valueExpression: '' },
        ],
      },
      [
        'spec.auditAnnotations[1].valueExpression: Required value: valueExpression is not specified',
        'spec.auditAnnotations[1].key: Duplicate value: "k"',
      ],
    ],
  ])('are not accepted %s', (_name, spec, errors) => {
    expect(short(createErrors(validatingAdmissionPolicyKind, policy(spec)))).toEqual(errors);
  });

  it('have whole conditions in their status', () => {
    const object = {
      ...policy(good),
      status: { conditions: [{ type: 'Ready', status: 'Maybe', reason: 'a b' }] },
    };
    const errors = validatingAdmissionPolicyKind.strategy.validateStatusUpdate?.(
      object as never,
      object as never,
    );
    expect(errors?.map(({ field }) => field)).toEqual([
      'status.conditions[0].status',
      'status.conditions[0].lastTransitionTime',
      'status.conditions[0].reason',
    ]);
  });

  it('show how much they check, and with which parameters', () => {
    const spec = { ...good, paramKind: { apiVersion: 'rules.example/v1', kind: 'Limit' } };
    expect(row(validatingAdmissionPolicyKind.columns, policy(spec))).toEqual({
      Name: 'a',
      Validations: 1,
      ParamKind: 'rules.example/v1/Limit',
      Age: null,
    });
  });
});

describe('mutating admission policies', () => {
  it('have mutations of one type each, and say when they run again', () => {
    const spec = {
      matchConstraints: { resourceRules: [rule] },
      mutations: [
        { patchType: 'JSONPatch', applyConfiguration: { expression: 'Object{}' } },
        { patchType: 'ApplyConfiguration', applyConfiguration: { expression: ' ' } },
        { patchType: 'Merge' },
        { patchType: '' },
      ],
    };
    expect(createErrors(mutatingAdmissionPolicyKind, { spec } as MutatingAdmissionPolicy)).toEqual([
      'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
      'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
      'spec.mutations[1].applyConfiguration.expression: Required value: expression is not specified',
      'spec.mutations[2].patchType: Unsupported value: "Merge": supported values: "ApplyConfiguration", "JSONPatch"',
      'spec.mutations[3].patchType: Required value',
      'spec.reinvocationPolicy: Required value',
    ]);
    expect(createErrors(mutatingAdmissionPolicyKind, { spec: { ...spec, mutations: [] } } as never)).toEqual([
      'spec.mutations: Required value: mutations must contain at least one item',
      'spec.reinvocationPolicy: Required value',
    ]);
  });
});

describe('policy bindings', () => {
  const binding = (spec: Partial<NonNullable<ValidatingAdmissionPolicyBinding['spec']>>) =>
    ({ metadata: { name: 'a' }, spec }) as ValidatingAdmissionPolicyBinding;

  it('name a policy and what to do', () => {
    expect(
      createErrors(
        validatingAdmissionPolicyBindingKind,
        binding({ policyName: 'p', validationActions: ['Deny'] }),
      ),
    ).toEqual([]);
    expect(createErrors(validatingAdmissionPolicyBindingKind, binding({}))).toEqual([
      'spec.policyName: Required value',
      'spec.validationActions: Required value: at least one validation action is required',
    ]);
    expect(
      createErrors(
        validatingAdmissionPolicyBindingKind,
        binding({ policyName: 'p', validationActions: ['Deny', 'Warn', 'Warn', 'Sing'] }),
      ).map((text) => text.replace(/ \(repeating.*/, '')),
    ).toEqual([
      'spec.validationActions[2]: Duplicate value: "Warn"',
      'spec.validationActions[3]: Unsupported value: "Sing": supported values: "Audit", "Deny", "Warn"',
      'spec.validationActions: Invalid value: ["Deny","Warn","Warn","Sing"]: must not contain both Deny and Warn',
    ]);
  });

  it('find parameters by name or by label', () => {
    const errorsOf = (paramRef: object) =>
      createErrors(
        validatingAdmissionPolicyBindingKind,
        binding({ policyName: 'p', validationActions: ['Deny'], paramRef }),
      );
    expect(errorsOf({ name: 'a', parameterNotFoundAction: 'Deny' })).toEqual([]);
    expect(errorsOf({})).toEqual([
      'spec.paramRef: Required value: one of name or selector must be specified',
      'spec.paramRef.parameterNotFoundAction: Required value',
    ]);
    expect(errorsOf({ name: 'a', selector: {}, parameterNotFoundAction: 'Shrug' })).toEqual([
      'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.parameterNotFoundAction: Unsupported value: "Shrug": supported values: "Deny", "Allow"',
    ]);
  });

  it('show both', () => {
    const spec = { policyName: 'p', paramRef: { name: 'limits', namespace: 'b' } };
    expect(row(validatingAdmissionPolicyBindingKind.columns, binding(spec))).toEqual({
      Name: 'a',
      PolicyName: 'p',
      ParamRef: 'b/limits',
      Age: null,
    });
  });
});
