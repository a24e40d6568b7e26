import { duplicate, forbidden, invalid, notSupported, required } from '../../api/field-errors.ts';
import { pathSegmentErrors } from '../../api/names.ts';
import { validateLabelSelector } from '../../api/object-meta.ts';
import type { FieldError } from '../../api/status.ts';
import type { Unchecked } from '../../lib/types.ts';
import type { Strategy } from '../define.ts';
import { checkDnsSubdomain, checkOneOf, invalidEach } from '../validation.ts';
import type { MutatingAdmissionPolicyBinding, ValidatingAdmissionPolicyBinding } from '../wire.ts';
import { checkMatchResources, setMatchDefaults } from './match-validation.ts';

type MutatingSpec = NonNullable<Unchecked<MutatingAdmissionPolicyBinding>['spec']>;
type ParamRef = NonNullable<MutatingSpec['paramRef']>;

const actions = ['Audit', 'Deny', 'Warn'];

export const mutatingBindingStrategy: Strategy<MutatingAdmissionPolicyBinding> = {
  defaults({ spec }) {
    if (spec?.matchResources) setMatchDefaults(spec.matchResources);
  },
  validate: ({ spec }) => checkBinding('spec', spec ?? {}),
};

export const validatingBindingStrategy: Strategy<ValidatingAdmissionPolicyBinding> = {
  defaults({ spec }) {
    if (spec?.matchResources) setMatchDefaults(spec.matchResources);
  },
  validate: ({ spec }) => [
    ...checkBinding('spec', spec ?? {}),
    ...checkActions('spec.validationActions', spec?.validationActions ?? []),
  ],
};

function checkBinding(field: string, { policyName, paramRef, matchResources }: MutatingSpec): FieldError[] {
  return [
    ...(policyName
      ? checkDnsSubdomain(`${field}.policyName`, policyName)
      : [required(`${field}.policyName`)]),
    ...(paramRef ? checkParamRef(`${field}.paramRef`, paramRef) : []),
    ...(matchResources ? checkMatchResources(`${field}.matchResources`, matchResources) : []),
  ];
}

function checkParamRef(field: string, { name, selector, parameterNotFoundAction }: ParamRef): FieldError[] {
  const both = 'name and selector are mutually exclusive';
  const errors: FieldError[] = [];
  if (name) {
    errors.push(...invalidEach(`${field}.name`, name, pathSegmentErrors(name)));
    if (selector) errors.push(forbidden(`${field}.name`, both));
  }
  if (selector) {
    errors.push(...validateLabelSelector(selector, `${field}.selector`));
    if (name) errors.push(forbidden(`${field}.selector`, both));
  }
  if (!name && !selector) errors.push(required(field, 'one of name or selector must be specified'));
  const action = `${field}.parameterNotFoundAction`;
  return [...errors, ...checkOneOf(action, parameterNotFoundAction, ['Deny', 'Allow'])];
}

function checkActions(field: string, wanted: readonly string[]): FieldError[] {
  const errors = wanted.flatMap((action, index) => [
    ...(actions.includes(action) ? [] : [notSupported(`${field}[${index}]`, action, actions)]),
    ...(wanted.indexOf(action) < index ? [duplicate(`${field}[${index}]`, action)] : []),
  ]);
  if (wanted.includes('Deny') && wanted.includes('Warn')) {
    const text =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalid(field, wanted, text));
  }
  if (wanted.length === 0) errors.push(required(field, 'at least one validation action is required'));
  return errors;
}
