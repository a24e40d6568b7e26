import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, row } from '../testing.ts';
import type {
  MutatingAdmissionPolicy,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../wire.ts';
import { mutatingAdmissionPolicyKind } from './mutating-admission-policy/kind.ts';
import { validatingAdmissionPolicyKind } from './validating-admission-policy/kind.ts';
import { validatingAdmissionPolicyBindingKind } from './validating-admission-policy-binding/kind.ts';

type Spec = NonNullable<ValidatingAdmissionPolicy['spec']>;

const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };

const short = (texts: readonly string[]) =>
  texts.map((text) => text.replace(/(a lowercase RFC 1123 subdomain|a DNS-1035 label).*/, '$1 …'));

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
        'spec.variables[0].name: Invalid value: "for": must be a valid CEL identifier',
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
        'spec.validations[0].message: Invalid value: " ": must be non-empty if specified',
        'spec.validations[0].reason: Unsupported value: "NotFound": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
      ],
    ],
    [
      'with messages of several lines',
      { ...good, validations: [{ expression: 'true', message: 'a\nb' }] },
      ['spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks'],
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

describe('the types of a policy', () => {
  it.each([
    ['spec.validations[0].expression', []],
    [' spec.variables[1].expression ', []],
    ['', ['status.typeChecking.expressionWarnings[0].fieldRef: Required value']],
    [
      'spec[',
      ['status.typeChecking.expressionWarnings[0].fieldRef: Invalid value: "spec[": invalid JSONPath'],
    ],
  ])('are spoken of at a path: %s', (fieldRef, texts) => {
    const status = { typeChecking: { expressionWarnings: [{ fieldRef, warning: 'w' }] } };
    const errors = validatingAdmissionPolicyKind.strategy.validateStatusUpdate?.({ status }, {}) ?? [];
    expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual(texts);
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
