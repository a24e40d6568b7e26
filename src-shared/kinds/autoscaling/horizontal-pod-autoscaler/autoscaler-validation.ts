import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { parseApiVersion } from '../../../api/meta.ts';
import type { FieldError } from '../../../api/status.ts';
import { canonicalQuantity, parseQuantity } from '../../../lib/quantity.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkNonNegative } from '../../validation.ts';
import type { HorizontalPodAutoscaler } from '../../wire.ts';
import { checkMetric, checkObjectReference } from './metric-validation.ts';

type ReadonlyAutoscaler = Unchecked<HorizontalPodAutoscaler>;
type Spec = NonNullable<ReadonlyAutoscaler['spec']>;
type Rules = NonNullable<NonNullable<Spec['behavior']>['scaleUp']>;

const maxPeriodSeconds = 1800;
const maxWindowSeconds = 3600;

/** Every error of an autoscaler that does not depend on what it was before. */
export function validateAutoscaler({ spec }: ReadonlyAutoscaler): FieldError[] {
  const { minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [], behavior } = spec ?? {};
  const errors: FieldError[] = [];
  if (maxReplicas < 1) errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    const text = 'must be greater than or equal to `minReplicas`';
    errors.push(invalid('spec.maxReplicas', maxReplicas, text));
  }
  errors.push(...checkObjectReference('spec.scaleTargetRef', scaleTargetRef));
  errors.push(...metrics.flatMap((metric, index) => checkMetric(`spec.metrics[${index}]`, metric)));
  const countable = metrics.some(({ type }) => type === 'Object' || type === 'External');
  if (minReplicas === 0 && !countable) {
    const text = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(forbidden('spec.metrics', text));
  }
  return [
    ...errors,
    ...checkRules('spec.behavior.scaleUp', behavior?.scaleUp),
    ...checkRules('spec.behavior.scaleDown', behavior?.scaleDown),
  ];
}

/** What depends on `old`, where there is one: faults that it had already are left alone. */
export function checkAgainst(
  autoscaler: ReadonlyAutoscaler,
  old: ReadonlyAutoscaler | undefined,
): FieldError[] {
  return [...checkMinReplicas(autoscaler, old), ...checkApiVersions(autoscaler, old)];
}

/** At least one pod, except where an old object had none already. */
function checkMinReplicas(autoscaler: ReadonlyAutoscaler, old: ReadonlyAutoscaler | undefined): FieldError[] {
  const min = autoscaler.spec?.minReplicas;
  const bound = old?.spec?.minReplicas === 0 ? 0 : 1;
  if (min === undefined || min >= bound) return [];
  return [invalid('spec.minReplicas', min, `must be greater than or equal to ${bound}`)];
}

/** The target is of a group, as all that scales is but replication controllers. */
function checkApiVersions({ spec }: ReadonlyAutoscaler, old: ReadonlyAutoscaler | undefined): FieldError[] {
  const { apiVersion, kind } = spec?.scaleTargetRef ?? {};
  const before = old?.spec?.scaleTargetRef ?? {};
  const isSame = old !== undefined && before.apiVersion === apiVersion && before.kind === kind;
  const mayBeCore = kind === 'ReplicationController';
  const objects = describedObjects(spec);
  const tolerated = describedObjects(old?.spec).some(
    (object) => checkApiVersion('', object.apiVersion, true).length > 0,
  );
  return [
    ...(isSame ? [] : checkApiVersion('spec.scaleTargetRef.apiVersion', apiVersion, mayBeCore)),
    ...(tolerated ? [] : objects).flatMap((object) =>
      checkApiVersion(
        `spec.metrics[${object.index}].object.describedObject.apiVersion`,
        object.apiVersion,
        true,
      ),
    ),
  ];
}

function describedObjects(spec: Spec | undefined) {
  return (spec?.metrics ?? []).flatMap(({ object }, index) =>
    object ? [{ index, apiVersion: object.describedObject?.apiVersion }] : [],
  );
}

function checkApiVersion(field: string, apiVersion = '', mayBeCore: boolean): FieldError[] {
  if (apiVersion.split('/').length > 2) {
    return [invalid(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  }
  if (mayBeCore || parseApiVersion(apiVersion).group !== '') return [];
  return [invalid(field, apiVersion, 'apiVersion must specify API group')];
}

const selectPolicies = ['Disabled', 'Max', 'Min'];

function checkRules(field: string, rules: Rules | undefined): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window = 0, selectPolicy, policies = [], tolerance } = rules;
  const at = `${field}.stabilizationWindowSeconds`;
  const errors: FieldError[] = [];
  if (window < 0) errors.push(invalid(at, window, 'must be greater than or equal to zero'));
  if (window > maxWindowSeconds) {
    errors.push(invalid(at, window, `must be less than or equal to ${maxWindowSeconds}`));
  }
  if (selectPolicy !== undefined && !selectPolicies.includes(selectPolicy)) {
    errors.push(notSupported(`${field}.selectPolicy`, selectPolicy, selectPolicies));
  }
  if (policies.length === 0) {
    errors.push(required(`${field}.policies`, 'must specify at least one Policy'));
  }
  errors.push(...policies.flatMap((policy, index) => checkPolicy(`${field}.policies[${index}]`, policy)));
  const quantity = tolerance === undefined ? undefined : parseQuantity(tolerance);
  if (tolerance !== undefined && quantity && quantity.nanos < 0n) {
    const text = 'must be greater than or equal to 0';
    errors.push(invalid(`${field}.tolerance`, canonicalQuantity(tolerance), text));
  }
  return errors;
}

function checkPolicy(
  field: string,
  { type = '', value = 0, periodSeconds = 0 }: NonNullable<Rules['policies']>[number],
): FieldError[] {
  const errors: FieldError[] = [];
  if (type !== 'Pods' && type !== 'Percent')
    errors.push(notSupported(`${field}.type`, type, ['Percent', 'Pods']));
  if (value <= 0) errors.push(invalid(`${field}.value`, value, 'must be greater than zero'));
  const at = `${field}.periodSeconds`;
  if (periodSeconds <= 0) errors.push(invalid(at, periodSeconds, 'must be greater than zero'));
  if (periodSeconds > maxPeriodSeconds) {
    errors.push(invalid(at, periodSeconds, `must be less than or equal to ${maxPeriodSeconds}`));
  }
  return errors;
}

/** Errors of an autoscaler's status. */
export function validateAutoscalerStatusUpdate({ status }: ReadonlyAutoscaler): FieldError[] {
  return [
    ...checkNonNegative('status.currentReplicas', status?.currentReplicas),
    ...checkNonNegative('status.desiredReplicas', status?.desiredReplicas),
  ];
}
