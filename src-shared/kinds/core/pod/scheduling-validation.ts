import { duplicate, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { labelValueErrors } from '../../../api/names.ts';
import { validateLabelSelector, validateLabels } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkOptionalOneOf, checkQualifiedName } from '../../validation.ts';
import type { PodSpec, Toleration } from '../../wire.ts';
import { checkAffinity, checkLabelKeys } from './affinity-validation.ts';

type ReadonlySpec = Unchecked<PodSpec>;
type Spread = NonNullable<ReadonlySpec['topologySpreadConstraints']>[number];

/** What drives pods away from a node. */
export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** What a pod spec says about the nodes it may run on; `field` is the path of the spec. */
export function checkScheduling(field: string, spec: ReadonlySpec): FieldError[] {
  return [
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...checkAffinity(`${field}.affinity`, spec.affinity),
    ...(spec.readinessGates ?? []).flatMap((gate, index) =>
      checkQualifiedName(`${field}.readinessGates[${index}].conditionType`, gate.conditionType),
    ),
    ...checkGates(`${field}.schedulingGates`, spec),
    ...checkSpread(`${field}.topologySpreadConstraints`, spec.topologySpreadConstraints ?? []),
    ...checkTolerations(`${field}.tolerations`, spec.tolerations ?? []),
  ];
}

function checkGates(field: string, spec: ReadonlySpec): FieldError[] {
  const seen = new Set<string>();
  return (spec.schedulingGates ?? []).flatMap(({ name = '' }, index) => {
    const at = `${field}[${index}]`;
    const errors = checkQualifiedName(at, name);
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    return errors;
  });
}

/** Tolerations of taints; `field` is the path of the list. */
export function checkTolerations(field: string, tolerations: readonly Unchecked<Toleration>[]): FieldError[] {
  return tolerations.flatMap((toleration, index) => checkToleration(`${field}[${index}]`, toleration));
}

function checkToleration(field: string, toleration: Unchecked<Toleration>): FieldError[] {
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
  const errors = key === '' ? [] : checkQualifiedName(`${field}.key`, key);
  if (key === '' && operator !== 'Exists') {
    const text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(`${field}.operator`, operator, text));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const text = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalid(`${field}.effect`, effect, text));
  }
  errors.push(...checkTolerationOperator(`${field}.operator`, operator, value));
  if (effect !== '' && !taintEffects.includes(effect)) {
    errors.push(notSupported(`${field}.effect`, effect, taintEffects));
  }
  return errors;
}

function checkTolerationOperator(field: string, operator: string, value: string): FieldError[] {
  switch (operator) {
    case '':
    case 'Equal': {
      const texts = labelValueErrors(value);
      return texts.length === 0 ? [] : [invalid(field, value, texts.join(';'))];
    }
    case 'Exists':
      return value === '' ? [] : [invalid(field, value, "value must be empty when `operator` is 'Exists'")];
    default:
      return [notSupported(field, operator, ['Equal', 'Exists'])];
  }
}

function checkSpread(field: string, constraints: readonly Spread[]): FieldError[] {
  return constraints.flatMap((constraint, index) => {
    const at = `${field}[${index}]`;
    const { topologyKey = '', whenUnsatisfiable = '', maxSkew = 0 } = constraint;
    const repeated = constraints
      .slice(index + 1)
      .some(
        (other) =>
          (other.topologyKey ?? '') === topologyKey && (other.whenUnsatisfiable ?? '') === whenUnsatisfiable,
      );
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
    return [
      ...(maxSkew > 0 ? [] : [invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero')]),
      ...(topologyKey ? [] : [required(`${at}.topologyKey`, 'can not be empty')]),
      ...checkOptionalOneOf(`${at}.whenUnsatisfiable`, whenUnsatisfiable, [
        'DoNotSchedule',
        'ScheduleAnyway',
      ]),
      ...(repeated ? [duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair)] : []),
      ...checkMinDomains(`${at}.minDomains`, constraint),
      ...checkOptionalOneOf(`${at}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, ['Honor', 'Ignore']),
      ...checkOptionalOneOf(`${at}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, ['Honor', 'Ignore']),
      ...checkLabelKeys(at, constraint),
      ...validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`),
    ];
  });
}

function checkMinDomains(field: string, { minDomains, whenUnsatisfiable = '' }: Spread): FieldError[] {
  if (minDomains === undefined) return [];
  const errors = minDomains > 0 ? [] : [invalid(field, minDomains, 'must be greater than zero')];
  if (whenUnsatisfiable === 'DoNotSchedule') return errors;
  const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
  return [...errors, invalid(field, minDomains, text)];
}
