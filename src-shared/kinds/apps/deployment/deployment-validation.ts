import { forbidden, invalid, notSupported } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkSelectorAndTemplate } from '../../core/pod/template-validation.ts';
import { amountOf, checkCountOrPercent, checkNotMoreThanAll } from '../../count-or-percent.ts';
import { checkNonNegative } from '../../validation.ts';
import type { Deployment } from '../../wire.ts';
import { checkCollisions, checkReplicaCounts } from '../replica-counts.ts';

type ReadonlyDeployment = Unchecked<Deployment>;
type Spec = NonNullable<ReadonlyDeployment['spec']>;
type RollingUpdate = NonNullable<NonNullable<Spec['strategy']>['rollingUpdate']>;

/** Every error of a deployment. */
export function validateDeployment({ spec = {} }: ReadonlyDeployment): FieldError[] {
  return [
    ...checkNonNegative('spec.replicas', spec.replicas),
    ...checkSelectorAndTemplate('spec', spec),
    ...checkStrategy('spec.strategy', spec.strategy ?? {}),
    ...checkNonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...checkNonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...checkProgressDeadline('spec.progressDeadlineSeconds', spec),
  ];
}

function checkProgressDeadline(field: string, spec: Spec): FieldError[] {
  const seconds = spec.progressDeadlineSeconds;
  if (seconds === undefined) return [];
  const errors = checkNonNegative(field, seconds);
  if (seconds > (spec.minReadySeconds ?? 0)) return errors;
  return [...errors, invalid(field, seconds, 'must be greater than minReadySeconds')];
}

function checkStrategy(field: string, strategy: NonNullable<Spec['strategy']>): FieldError[] {
  const { type, rollingUpdate } = strategy;
  switch (type) {
    case 'Recreate':
      return rollingUpdate
        ? [forbidden(`${field}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")]
        : [];
    case 'RollingUpdate':
      return checkRollingUpdate(`${field}.rollingUpdate`, rollingUpdate ?? {});
    default:
      return [notSupported(field, strategy, ['Recreate', 'RollingUpdate'])];
  }
}

function checkRollingUpdate(
  field: string,
  { maxUnavailable = 0, maxSurge = 0 }: RollingUpdate,
): FieldError[] {
  const errors = [
    ...checkCountOrPercent(`${field}.maxUnavailable`, maxUnavailable),
    ...checkCountOrPercent(`${field}.maxSurge`, maxSurge),
  ];
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
    errors.push(invalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  return [...errors, ...checkNotMoreThanAll(`${field}.maxUnavailable`, maxUnavailable)];
}

/** What may not change in a deployment: which pods are its own. */
export function validateDeploymentUpdate(
  deployment: ReadonlyDeployment,
  old: ReadonlyDeployment,
): FieldError[] {
  return validateImmutable(deployment.spec?.selector, old.spec?.selector, 'spec.selector');
}

/** Errors of a deployment's status. */
export function validateDeploymentStatusUpdate(
  { status = {} }: ReadonlyDeployment,
  old: ReadonlyDeployment,
): FieldError[] {
  const counts = ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const;
  const others = ['unavailableReplicas', 'terminatingReplicas', 'collisionCount'] as const;
  return [
    ...checkNonNegative('status.observedGeneration', status.observedGeneration),
    ...checkReplicaCounts('status', status, counts, others),
    ...checkCollisions(status, old.status),
  ];
}
