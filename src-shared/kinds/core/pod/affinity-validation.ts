import { forbidden, invalid, required } from '../../../api/field-errors.ts';
import { dnsLabelErrors, dnsSubdomainErrors, labelValueErrors } from '../../../api/names.ts';
import { validateLabelSelector } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkQualifiedName, invalidEach } from '../../validation.ts';
import type { Affinity, LabelSelector, NodeSelector } from '../../wire.ts';

type ReadonlyAffinity = Unchecked<Affinity>;
type NodeTerm = Unchecked<NodeSelector['nodeSelectorTerms'][number]>;
type Requirement = NonNullable<NodeTerm['matchExpressions']>[number];
type PodAffinity = NonNullable<ReadonlyAffinity['podAffinity']>;
type PodTerm = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];

const requiredRules = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferredRules = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Wishes about nodes and neighbours; `field` is the path of `affinity`. */
export function checkAffinity(field: string, affinity: ReadonlyAffinity | undefined): FieldError[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {};
  return [
    ...(nodeAffinity ? checkNodeAffinity(`${field}.nodeAffinity`, nodeAffinity) : []),
    ...(podAffinity ? checkPodAffinity(`${field}.podAffinity`, podAffinity) : []),
    ...(podAntiAffinity ? checkPodAffinity(`${field}.podAntiAffinity`, podAntiAffinity) : []),
  ];
}

function checkNodeAffinity(
  field: string,
  affinity: NonNullable<ReadonlyAffinity['nodeAffinity']>,
): FieldError[] {
  const hard = affinity[requiredRules];
  const soft = affinity[preferredRules] ?? [];
  return [
    ...(hard ? checkNodeSelector(`${field}.${requiredRules}`, hard) : []),
    ...soft.flatMap(({ weight, preference }, index) => {
      const at = `${field}.${preferredRules}[${index}]`;
      return [
        ...checkWeight(`${at}.weight`, weight),
        ...checkNodeTerm(`${at}.preference`, preference ?? {}, false),
      ];
    }),
  ];
}

function checkWeight(field: string, weight = 0): FieldError[] {
  return weight >= 1 && weight <= 100 ? [] : [invalid(field, weight, 'must be in the range 1-100')];
}

/** A choice of nodes by label and name; at least one term. */
export function checkNodeSelector(field: string, selector: Unchecked<NodeSelector>): FieldError[] {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) {
    return [required(`${field}.nodeSelectorTerms`, 'must have at least one node selector term')];
  }
  return terms.flatMap((term, index) => checkNodeTerm(`${field}.nodeSelectorTerms[${index}]`, term, true));
}

/** Values of preferences need not be label values: they only ever fail to match. */
function checkNodeTerm(field: string, term: NodeTerm, checkValues: boolean): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((expression, index) =>
      checkExpression(`${field}.matchExpressions[${index}]`, expression, checkValues),
    ),
    ...(term.matchFields ?? []).flatMap((expression, index) =>
      checkFieldExpression(`${field}.matchFields[${index}]`, expression),
    ),
  ];
}

function checkExpression(field: string, requirement: Requirement, checkValues: boolean): FieldError[] {
  const values = requirement.values ?? [];
  const errors = [
    ...checkOperator(field, requirement.operator ?? '', values.length),
    ...checkQualifiedName(`${field}.key`, requirement.key),
  ];
  if (!checkValues) return errors;
  return [
    ...errors,
    ...values.flatMap((value, index) =>
      invalidEach(`${field}.values[${index}]`, value, labelValueErrors(value)),
    ),
  ];
}

function checkOperator(field: string, operator: string, count: number): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return count > 0
        ? []
        : [required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      return count === 0
        ? []
        : [
            forbidden(
              `${field}.values`,
              "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            ),
          ];
    case 'Gt':
    case 'Lt':
      return count === 1
        ? []
        : [required(`${field}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalid(`${field}.operator`, operator, 'not a valid selector operator')];
  }
}

function checkFieldExpression(
  field: string,
  { key = '', operator = '', values = [] }: Requirement,
): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(`${field}.operator`, operator, 'not a valid selector operator'));
  } else if (values.length !== 1) {
    const text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(`${field}.values`, text));
  }
  if (key !== 'metadata.name')
    return [...errors, invalid(`${field}.key`, key, 'not a valid field selector key')];
  const names = values.flatMap((value, index) =>
    invalidEach(`${field}.values[${index}]`, value, dnsSubdomainErrors(value)),
  );
  return [...errors, ...names];
}

function checkPodAffinity(field: string, affinity: PodAffinity): FieldError[] {
  const hard = affinity[requiredRules] ?? [];
  const soft = affinity[preferredRules] ?? [];
  return [
    ...hard.flatMap((term, index) => checkPodTerm(`${field}.${requiredRules}[${index}]`, term)),
    ...soft.flatMap(({ weight, podAffinityTerm }, index) => {
      const at = `${field}.${preferredRules}[${index}]`;
      return [
        ...checkWeight(`${at}.weight`, weight),
        ...checkPodTerm(`${at}.podAffinityTerm`, podAffinityTerm ?? {}),
      ];
    }),
  ];
}

function checkPodTerm(field: string, term: PodTerm): FieldError[] {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey = '' } = term;
  const missing = topologyKey === '' ? [required(`${field}.topologyKey`, 'can not be empty')] : [];
  return [
    ...validateLabelSelector(labelSelector, `${field}.labelSelector`),
    ...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`),
    ...namespaces.flatMap((name) => invalidEach(`${field}.namespace`, name, dnsLabelErrors(name))),
    ...checkLabelKeys(field, term),
    ...missing,
    ...checkQualifiedName(`${field}.topologyKey`, topologyKey),
  ];
}

interface LabelKeys {
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
  readonly labelSelector?: Unchecked<LabelSelector>;
}

/** Labels whose values the pod's own become part of a selector; `field` is the path of what has the selector. */
export function checkLabelKeys(field: string, term: LabelKeys): FieldError[] {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  const errors = [
    ...checkKeysNeedSelector(`${field}.matchLabelKeys`, matchLabelKeys, labelSelector),
    ...checkKeysNeedSelector(`${field}.mismatchLabelKeys`, mismatchLabelKeys, labelSelector),
    ...checkKeysSelectedOnce(field, matchLabelKeys, labelSelector),
  ];
  for (const [index, key] of matchLabelKeys.entries()) {
    if (!mismatchLabelKeys.includes(key)) continue;
    const text = 'exists in both matchLabelKeys and mismatchLabelKeys';
    errors.push(invalid(`${field}.matchLabelKeys[${index}]`, key, text));
  }
  return errors;
}

/** The pod's own value has become an expression; a second one for the same label would be the client's. */
function checkKeysSelectedOnce(
  field: string,
  keys: readonly string[],
  selector: Unchecked<LabelSelector> | undefined,
): FieldError[] {
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}));
  return (selector?.matchExpressions ?? []).flatMap(({ key = '' }) => {
    const index = keys.lastIndexOf(key);
    const twice = index >= 0 && seen.has(key);
    seen.add(key);
    return twice
      ? [invalid(`${field}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector')]
      : [];
  });
}

function checkKeysNeedSelector(
  field: string,
  keys: readonly string[],
  selector: Unchecked<LabelSelector> | undefined,
): FieldError[] {
  if (keys.length === 0) return [];
  if (!selector) return [forbidden(field, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, index) => checkQualifiedName(`${field}[${index}]`, key));
}
