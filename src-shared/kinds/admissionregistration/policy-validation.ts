/** What validating and mutating admission policies have in common. Whether expressions compile is checked elsewhere. */
import { invalid, notSupported, required } from '../../api/field-errors.ts';
import { dns1035LabelErrors, dnsSubdomainErrors } from '../../api/names.ts';
import type { FieldError } from '../../api/status.ts';
import { checkOneOf } from '../validation.ts';
import {
  checkMatchConditions,
  checkMatchResources,
  failurePolicies,
  type MatchResources,
} from './match-validation.ts';

interface PolicySpec {
  readonly failurePolicy?: string;
  readonly paramKind?: ParamKind;
  readonly matchConstraints?: Readonly<MatchResources>;
  readonly matchConditions?: Parameters<typeof checkMatchConditions>[1];
  readonly variables?: readonly Variable[];
}

/** Operations whose objects policies may change. */
export const mutableOperations = ['*', 'CONNECT', 'CREATE', 'UPDATE'];

interface ParamKind {
  readonly apiVersion?: string;
  readonly kind?: string;
}

interface Variable {
  readonly name?: string;
  readonly expression?: string;
}

/** `operations`: the only ones its rules may name, if not all. */
export function checkPolicy(field: string, spec: PolicySpec, operations?: readonly string[]): FieldError[] {
  const { paramKind, matchConstraints: match } = spec;
  const constraints = `${field}.matchConstraints`;
  const named = (match?.resourceRules ?? []).flatMap((rule) => rule.operations ?? []);
  return [
    ...checkOneOf(`${field}.failurePolicy`, spec.failurePolicy, failurePolicies),
    ...(paramKind ? checkParamKind(`${field}.paramKind`, paramKind) : []),
    ...checkConstraints(constraints, match),
    ...named.flatMap((one) =>
      operations === undefined || operations.includes(one)
        ? []
        : [notSupported(`${constraints}.resourceRules.operations`, one, operations)],
    ),
    ...checkMatchConditions(`${field}.matchConditions`, spec.matchConditions),
    ...(spec.variables ?? []).flatMap((variable, index) =>
      checkVariable(`${field}.variables[${index}]`, variable),
    ),
  ];
}

/** At least one rule must tell what the expressions are about. */
function checkConstraints(field: string, match: Readonly<MatchResources> | undefined): FieldError[] {
  if (!match) return [required(field)];
  const errors = checkMatchResources(field, match);
  return (match.resourceRules ?? []).length > 0 ? errors : [...errors, required(`${field}.resourceRules`)];
}

function checkParamKind(field: string, { apiVersion = '', kind = '' }: ParamKind): FieldError[] {
  return [
    ...checkApiVersion(`${field}.apiVersion`, apiVersion),
    ...(kind === '' ? [required(`${field}.kind`)] : checkKind(`${field}.kind`, kind)),
  ];
}

function checkApiVersion(field: string, apiVersion: string): FieldError[] {
  if (apiVersion === '') return [required(field)];
  const parts = apiVersion.split('/');
  if (parts.length > 2) {
    return [invalid(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  }
  const version = parts.at(-1) ?? '';
  const group = parts.length === 2 ? (parts[0] ?? '') : '';
  const errors: FieldError[] = [];
  const groupTexts = group === '' ? [] : dnsSubdomainErrors(group);
  if (groupTexts.length > 0) errors.push(invalid(field, group, groupTexts.join(',')));
  if (version === '') return [...errors, invalid(field, apiVersion, 'version must be specified')];
  const versionTexts = dns1035LabelErrors(version);
  return versionTexts.length > 0 ? [...errors, invalid(field, version, versionTexts.join(','))] : errors;
}

function checkKind(field: string, kind: string): FieldError[] {
  const texts = dns1035LabelErrors(kind.toLowerCase());
  if (texts.length === 0) return [];
  return [invalid(field, kind, `may have mixed case, but should otherwise match: ${texts.join(',')}`)];
}

const reservedWords = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return ' +
    'var void while'
  ).split(' '),
);

function checkVariable(field: string, { name = '', expression = '' }: Variable): FieldError[] {
  const errors: FieldError[] = [];
  if (name.trim() === '') errors.push(required(`${field}.name`, 'name is not specified'));
  else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || reservedWords.has(name)) {
    errors.push(invalid(`${field}.name`, name, 'must be a valid CEL identifier'));
  }
  if (expression.trim() === '') {
    errors.push(required(`${field}.expression`, 'expression is not specified'));
  }
  return errors;
}
