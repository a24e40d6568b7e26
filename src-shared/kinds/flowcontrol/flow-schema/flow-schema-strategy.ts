import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { dnsLabelErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../../validation.ts';
import type { FlowSchema } from '../../wire.ts';
import { checkConditionTypes } from '../conditions.ts';
import { checkMandatoryFlowSchema } from '../mandatory.ts';

type Spec = NonNullable<Unchecked<FlowSchema>['spec']>;
type Rule = NonNullable<Spec['rules']>[number];
type Subject = NonNullable<Rule['subjects']>[number];
type ResourceRule = NonNullable<Rule['resourceRules']>[number];
type NonResourceRule = NonNullable<Rule['nonResourceRules']>[number];

const maxPrecedence = 10_000;
const defaultPrecedence = 1000;
const methods = ['ByNamespace', 'ByUser'];
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const subjectFields = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const;

export const flowSchemaStrategy: Strategy<FlowSchema> = {
  defaults({ spec }) {
    if (spec) spec.matchingPrecedence ||= defaultPrecedence;
  },
  validate: ({ metadata, spec }) => [
    ...checkPrecedence('spec.matchingPrecedence', spec?.matchingPrecedence ?? 0, metadata?.name ?? ''),
    ...checkTarget('spec', spec),
    ...(spec?.rules ?? []).flatMap((rule, index) => checkRule(`spec.rules[${index}]`, rule)),
    ...checkMandatoryFlowSchema(metadata?.name ?? '', spec),
  ],
  validateStatusUpdate: ({ status }) => checkConditionTypes('status.conditions', status?.conditions),
};

function checkPrecedence(field: string, precedence: number, name: string): FieldError[] {
  const texts: string[] = [];
  if (precedence <= 0) texts.push('must be a positive value');
  if (precedence > maxPrecedence) texts.push(`must not be greater than ${maxPrecedence}`);
  if (precedence === 1 && name !== 'exempt') {
    texts.push("only the schema named 'exempt' may have matchingPrecedence 1");
  }
  return texts.map((text) => invalid(field, precedence, text));
}

function checkTarget(field: string, spec: Spec | undefined): FieldError[] {
  const method = spec?.distinguisherMethod;
  const level = spec?.priorityLevelConfiguration?.name ?? '';
  const at = `${field}.priorityLevelConfiguration.name`;
  return [
    ...(method && !methods.includes(method.type ?? '')
      ? [notSupported(`${field}.distinguisherMethod.type`, method, methods)]
      : []),
    ...(level === '' ? [required(at, 'must reference a priority level')] : checkDnsSubdomain(at, level)),
  ];
}

function checkRule(
  field: string,
  { subjects = [], resourceRules = [], nonResourceRules = [] }: Rule,
): FieldError[] {
  const errors =
    subjects.length === 0
      ? [required(`${field}.subjects`, 'subjects must contain at least one value')]
      : subjects.flatMap((subject, index) => checkSubject(`${field}.subjects[${index}]`, subject));
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    errors.push(required(field, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  }
  return [
    ...errors,
    ...resourceRules.flatMap((rule, index) => checkResourceRule(`${field}.resourceRules[${index}]`, rule)),
    ...nonResourceRules.flatMap((rule, index) =>
      checkNonResourceRule(`${field}.nonResourceRules[${index}]`, rule),
    ),
  ];
}

/** The one field that belongs to the kind must be there, the others must not. */
function checkSubject(field: string, subject: Subject): FieldError[] {
  const kind = (['ServiceAccount', 'User', 'Group'] as const).find((known) => known === subject.kind);
  if (!kind) return [notSupported(`${field}.kind`, subject.kind ?? '', Object.keys(subjectFields))];
  const others = (['ServiceAccount', 'User', 'Group'] as const).filter((other) => other !== kind);
  return [
    ...checkSubjectOf(`${field}.${subjectFields[kind]}`, subject, kind),
    ...others.flatMap((other) => {
      const name = subjectFields[other];
      if (subject[name] === undefined) return [];
      return [forbidden(`${field}.${name}`, `${name} is forbidden when subject kind is not '${other}'`)];
    }),
  ];
}

function checkSubjectOf(field: string, subject: Subject, kind: keyof typeof subjectFields): FieldError[] {
  const name = subjectFields[kind];
  const value = subject[name];
  if (!value) return [required(field, `${name} is required when subject kind is '${kind}'`)];
  const errors: FieldError[] = value.name ? [] : [required(`${field}.name`)];
  if (kind !== 'ServiceAccount') return errors;
  if (value.name && value.name !== '*') errors.push(...checkDnsSubdomain(`${field}.name`, value.name));
  const namespace = subject.serviceAccount?.namespace;
  return namespace
    ? [...errors, ...checkDnsLabel(`${field}.namespace`, namespace)]
    : [...errors, required(`${field}.namespace`, 'must specify namespace for service account')];
}

function checkResourceRule(field: string, rule: ResourceRule): FieldError[] {
  const namespaces = rule.namespaces ?? [];
  const at = `${field}.namespaces`;
  const groups = { what: 'api groups', missing: 'resource rules must supply at least one api group' };
  const resources = { what: 'resources', missing: 'resource rules must supply at least one resource' };
  return [
    ...checkVerbs(`${field}.verbs`, rule.verbs ?? []),
    ...checkList(`${field}.apiGroups`, rule.apiGroups ?? [], groups),
    ...checkList(`${field}.resources`, rule.resources ?? [], resources),
    ...(namespaces.length === 0 && !rule.clusterScope
      ? [required(at, 'resource rules that are not cluster scoped must supply at least one namespace')]
      : checkNamespaces(at, namespaces)),
  ];
}

function checkNamespaces(field: string, namespaces: readonly string[]): FieldError[] {
  if (namespaces.includes('*')) {
    if (namespaces.length === 1) return [];
    return [invalid(field, namespaces, "if '*' is present, must not specify other namespaces")];
  }
  const intro = "each member of this list must be '*' or a DNS-1123 label; ";
  return namespaces.flatMap((name, index) =>
    dnsLabelErrors(name).map((text) => invalid(`${field}[${index}]`, name, `${intro}${text}`)),
  );
}

function checkNonResourceRule(field: string, rule: NonResourceRule): FieldError[] {
  const urls = rule.nonResourceURLs ?? [];
  const at = `${field}.nonResourceURLs`;
  const words = { what: 'non-resource URLs', missing: 'nonResourceURLs must contain at least one value' };
  return [
    ...checkVerbs(`${field}.verbs`, rule.verbs ?? []),
    ...checkList(at, urls, words),
    ...(urls.includes('*') ? [] : urls.flatMap((url, index) => checkUrlPath(`${at}[${index}]`, url))),
  ];
}

function checkUrlPath(field: string, path: string): FieldError[] {
  const text = urlPathComplaint(path);
  return text === undefined ? [] : [invalid(field, path, text)];
}

function urlPathComplaint(path: string): string | undefined {
  if (path === '') return 'must not be empty';
  if (!path.startsWith('/')) return 'must start with slash';
  if (path.includes(' ')) return 'must not contain white-space';
  if (path.includes('//')) return 'must not contain double slash';
  const star = path.indexOf('*');
  const isSuffix = star < 0 || (star === path.length - 1 && path.endsWith('/*'));
  return isSuffix ? undefined : 'wildcard can only do suffix matching';
}

function checkVerbs(field: string, wanted: readonly string[]): FieldError[] {
  const words = { what: 'verbs', missing: 'verbs must contain at least one value' };
  const errors = checkList(field, wanted, words);
  if (wanted.includes('*') || wanted.every((verb) => verbs.includes(verb))) return errors;
  return [...errors, notSupported(field, wanted, verbs)];
}

/** Something, or `*` and nothing else. */
function checkList(
  field: string,
  values: readonly string[],
  words: { readonly what: string; readonly missing: string },
): FieldError[] {
  if (values.length === 0) return [required(field, words.missing)];
  if (values.length === 1 || !values.includes('*')) return [];
  return [invalid(field, values, `if '*' is present, must not specify other ${words.what}`)];
}
