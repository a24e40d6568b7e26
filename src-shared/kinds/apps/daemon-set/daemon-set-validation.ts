import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { validateImmutable, validateLabelSelector } from '../../../api/object-meta.ts';
import { labelMatcherOf } from '../../../api/selectors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkPodTemplate } from '../../core/pod/template-validation.ts';
import {
  amountOf,
  type CountOrPercent,
  checkCountOrPercent,
  checkNotMoreThanAll,
} from '../../count-or-percent.ts';
import { checkNonNegative } from '../../validation.ts';
import type { DaemonSet } from '../../wire.ts';
import { checkCollisions } from '../replica-counts.ts';

type ReadonlyDaemonSet = Unchecked<DaemonSet>;
type Spec = NonNullable<ReadonlyDaemonSet['spec']>;

/** Every error of a daemon set. */
export function validateDaemonSet({ spec = {} }: ReadonlyDaemonSet): FieldError[] {
  return [
    ...checkSelector(spec),
    ...checkTemplate('spec.template', spec),
    ...checkNonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...checkUpdateStrategy('spec.updateStrategy', spec.updateStrategy),
    ...checkNonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  ];
}

function checkSelector({ selector, template }: Spec): FieldError[] {
  const errors = validateLabelSelector(selector, 'spec.selector');
  const labels = template?.metadata?.labels;
  if (errors.length === 0 && !labelMatcherOf(selector).matches(labels ?? {})) {
    const text = '`selector` does not match template `labels`';
    errors.push(invalid('spec.template.metadata.labels', labels, text));
  }
  const count = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length;
  if (selector && count === 0) {
    errors.push(invalid('spec.selector', selector, 'empty selector is invalid for daemonset'));
  }
  return errors;
}

function checkTemplate(field: string, { template }: Spec): FieldError[] {
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  const text = 'activeDeadlineSeconds in DaemonSet is not Supported';
  return [
    ...checkPodTemplate(field, template ?? {}),
    ...(restartPolicy === 'Always'
      ? []
      : [notSupported(`${field}.spec.restartPolicy`, restartPolicy ?? '', ['Always'])]),
    ...(activeDeadlineSeconds === undefined ? [] : [forbidden(`${field}.spec.activeDeadlineSeconds`, text)]),
  ];
}

function checkUpdateStrategy(field: string, strategy: Spec['updateStrategy'] | undefined): FieldError[] {
  const { type, rollingUpdate } = strategy ?? {};
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') return [notSupported(field, strategy, ['RollingUpdate', 'OnDelete'])];
  const at = `${field}.rollingUpdate`;
  if (!rollingUpdate) return [required(at)];
  return checkRollingUpdate(at, rollingUpdate.maxUnavailable ?? 0, rollingUpdate.maxSurge ?? 0);
}

function checkRollingUpdate(
  field: string,
  maxUnavailable: CountOrPercent,
  maxSurge: CountOrPercent,
): FieldError[] {
  const errors = [
    ...checkCountOrPercent(`${field}.maxUnavailable`, maxUnavailable),
    ...checkCountOrPercent(`${field}.maxSurge`, maxSurge),
    ...checkNotMoreThanAll(`${field}.maxUnavailable`, maxUnavailable),
    ...checkNotMoreThanAll(`${field}.maxSurge`, maxSurge),
  ];
  const unavailable = amountOf(maxUnavailable) !== 0;
  const surge = amountOf(maxSurge) !== 0;
  if (unavailable && surge) {
    const text = 'may not be set when maxUnavailable is non-zero';
    errors.push(invalid(`${field}.maxSurge`, maxSurge, text));
  }
  if (!unavailable && !surge) {
    errors.push(required(`${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
  return errors;
}

/** What may not change in a daemon set: which pods are its own. */
export function validateDaemonSetUpdate(set: ReadonlyDaemonSet, old: ReadonlyDaemonSet): FieldError[] {
  return validateImmutable(set.spec?.selector, old.spec?.selector, 'spec.selector');
}

const counts = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const;

/** Errors of a daemon set's status. */
export function validateDaemonSetStatusUpdate(set: ReadonlyDaemonSet, old: ReadonlyDaemonSet): FieldError[] {
  return [
    ...counts.flatMap((key) => checkNonNegative(`status.${key}`, set.status?.[key])),
    ...checkCollisions(set.status, old.status),
  ];
}
