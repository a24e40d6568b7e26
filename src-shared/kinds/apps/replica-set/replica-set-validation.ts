import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkSelectorAndTemplate } from '../../core/pod/template-validation.ts';
import { checkNonNegative } from '../../validation.ts';
import type { ReplicaSet } from '../../wire.ts';
import { checkReplicaCounts } from '../replica-counts.ts';

type ReadonlyReplicaSet = Unchecked<ReplicaSet>;

/** Every error of a replica set. */
export function validateReplicaSet({ spec = {} }: ReadonlyReplicaSet): FieldError[] {
  return [
    ...checkNonNegative('spec.replicas', spec.replicas),
    ...checkNonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...checkSelectorAndTemplate('spec', spec),
  ];
}

/** What may not change in a replica set: which pods are its own. */
export function validateReplicaSetUpdate(
  replicaSet: ReadonlyReplicaSet,
  old: ReadonlyReplicaSet,
): FieldError[] {
  return validateImmutable(replicaSet.spec?.selector, old.spec?.selector, 'spec.selector');
}

/** Errors of a replica set's status. */
export function validateReplicaSetStatusUpdate({ status = {} }: ReadonlyReplicaSet): FieldError[] {
  const counts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;
  return checkReplicaCounts('status', status, counts, ['terminatingReplicas', 'observedGeneration']);
}
