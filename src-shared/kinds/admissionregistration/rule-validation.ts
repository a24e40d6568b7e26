/** Which requests a webhook or a policy is asked about. */
import { duplicate, invalid, notSupported, required } from '../../api/field-errors.ts';
import { pathSegmentErrors } from '../../api/names.ts';
import type { FieldError } from '../../api/status.ts';
import { checkOptionalOneOf, invalidEach } from '../validation.ts';

export interface Rule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly scope?: string;
  readonly resourceNames?: readonly string[];
}

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];

export function checkRules(field: string, rules: readonly Rule[] = []): FieldError[] {
  return rules.flatMap((rule, index) => checkRule(`${field}[${index}]`, rule));
}

/** As {@link checkRules}, for rules that may name objects. */
export function checkNamedRules(field: string, rules: readonly Rule[] = []): FieldError[] {
  return rules.flatMap((rule, index) => {
    const at = `${field}[${index}]`;
    const names = rule.resourceNames ?? [];
    const errors = names.flatMap((name, i) => [
      ...invalidEach(`${at}.resourceNames[${i}]`, name, pathSegmentErrors(name)),
      ...(names.indexOf(name) < i ? [duplicate(`${at}.resourceNames[${i}]`, name)] : []),
    ]);
    return [...errors, ...checkRule(at, rule)];
  });
}

function checkRule(field: string, rule: Rule): FieldError[] {
  const wanted = rule.operations ?? [];
  const versions = rule.apiVersions ?? [];
  return [
    ...checkList(`${field}.operations`, wanted, 'operations'),
    ...wanted.flatMap((operation, index) =>
      operations.includes(operation)
        ? []
        : [notSupported(`${field}.operations[${index}]`, operation, operations)],
    ),
    ...checkList(`${field}.apiGroups`, rule.apiGroups ?? [], 'API groups'),
    ...checkList(`${field}.apiVersions`, versions, 'API versions'),
    ...versions.flatMap((version, index) =>
      version === '' ? [required(`${field}.apiVersions[${index}]`)] : [],
    ),
    ...checkResources(`${field}.resources`, rule.resources ?? []),
    ...checkOptionalOneOf(`${field}.scope`, rule.scope, scopes),
  ];
}

/** Something, or `*` and nothing else. */
function checkList(field: string, values: readonly string[], what: string): FieldError[] {
  if (values.length === 0) return [required(field)];
  if (values.length === 1 || !values.includes('*')) return [];
  return [invalid(field, values, `if '*' is present, must not specify other ${what}`)];
}

/** `pods`, `pods/status`, with `*` for either part; none of them covered by another. */
function checkResources(field: string, resources: readonly string[]): FieldError[] {
  if (resources.length === 0) return [required(field)];
  const errors: FieldError[] = [];
  const whole = new Set<string>();
  const everywhere = new Set<string>();
  let isBare = false;
  for (const [index, text] of resources.entries()) {
    const at = `${field}[${index}]`;
    const [resource = '', subresource] = splitOnce(text);
    if (text === '') errors.push(required(at));
    else if (subresource === undefined) isBare = text !== '*';
    else {
      if (whole.has(resource)) {
        errors.push(invalid(at, text, `if '${resource}/*' is present, must not specify ${text}`));
      }
      if (everywhere.has(subresource)) {
        errors.push(invalid(at, text, `if '*/${subresource}' is present, must not specify ${text}`));
      }
      if (subresource === '*') whole.add(resource);
      if (resource === '*') everywhere.add(subresource);
    }
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(invalid(field, resources, "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes('*') && isBare) {
    const text = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalid(field, resources, text));
  }
  return errors;
}

function splitOnce(text: string): readonly [string, string?] {
  const slash = text.indexOf('/');
  return slash < 0 ? [text] : [text.slice(0, slash), text.slice(slash + 1)];
}
