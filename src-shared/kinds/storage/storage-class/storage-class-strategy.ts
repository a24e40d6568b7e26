import { duplicate, required } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import { checkOneOf, checkOptionalOneOf, checkQualifiedName } from '../../validation.ts';
import type { StorageClass } from '../../wire.ts';
import { checkParameters, checkProvisioner, checkUnchanged } from '../class-validation.ts';

type Term = NonNullable<Unchecked<StorageClass>['allowedTopologies']>[number];
type Requirement = NonNullable<Term['matchLabelExpressions']>[number];

export const storageClassStrategy: Strategy<StorageClass> = {
  defaults(draft) {
    draft.reclaimPolicy ??= 'Delete';
    draft.volumeBindingMode ??= 'Immediate';
  },
  validate: ({ provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies }) => [
    ...checkProvisioner('provisioner', provisioner ?? ''),
    ...checkParameters('parameters', parameters),
    ...checkOptionalOneOf('reclaimPolicy', reclaimPolicy || undefined, ['Delete', 'Retain']),
    ...checkOneOf('volumeBindingMode', volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
    ...checkTopologies('allowedTopologies', allowedTopologies ?? []),
  ],
  validateUpdate: (now, old) => [
    ...checkUnchanged('parameters', now.parameters ?? {}, old.parameters ?? {}),
    ...checkUnchanged('provisioner', now.provisioner, old.provisioner),
    ...checkUnchanged('reclaimPolicy', now.reclaimPolicy, old.reclaimPolicy),
    ...validateImmutable(now.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode'),
  ],
};

function checkTopologies(field: string, terms: readonly Term[]): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, { matchLabelExpressions: requirements = [] }] of terms.entries()) {
    const at = `${field}[${index}].matchLabelExpressions`;
    const keys = new Set<string>();
    for (const [i, requirement] of requirements.entries()) {
      errors.push(...checkRequirement(`${at}[${i}]`, requirement));
      const { key = '' } = requirement;
      if (keys.has(key)) errors.push(duplicate(`${at}[${i}].key`, key));
      keys.add(key);
    }
    const meaning = meaningOf(requirements);
    if (seen.has(meaning)) errors.push(duplicate(at, ''));
    seen.add(meaning);
  }
  return errors;
}

function checkRequirement(field: string, { key, values = [] }: Requirement): FieldError[] {
  const errors = values.length === 0 ? [required(`${field}.values`)] : [];
  for (const [index, value] of values.entries()) {
    if (values.indexOf(value) < index) errors.push(duplicate(`${field}.values[${index}]`, value));
  }
  return [...errors, ...checkQualifiedName(`${field}.key`, key ?? '')];
}

/** Equal for terms that differ in the order of keys and values alone. */
function meaningOf(requirements: readonly Requirement[]): string {
  const parts = requirements.map(({ key = '', values = [] }) => [key, values.toSorted()] as const);
  return JSON.stringify(parts.sort(([a], [b]) => (a < b ? -1 : 1)));
}
