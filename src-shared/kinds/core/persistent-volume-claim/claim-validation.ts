import { forbidden, immutable, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import { jsonEqual } from '../../../lib/json.ts';
import { compareQuantity, parseQuantity, quantityToNumber } from '../../../lib/quantity.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { diffLines, withoutEmpty } from '../../diff.ts';
import { checkQualifiedName } from '../../validation.ts';
import type { PersistentVolumeClaim } from '../../wire.ts';
import { checkClaimSpec } from './claim-spec-validation.ts';

type Claim = Unchecked<PersistentVolumeClaim>;
type Spec = NonNullable<Claim['spec']>;

export const betaClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** Every error of a claim. */
export function validateClaim({ spec }: Claim): FieldError[] {
  return checkClaimSpec('spec', spec ?? {});
}

/**
 * What may not change in a claim: nearly everything. Its volume may be set once, a storage class filled in where
 * there was none, and the size and the attributes class changed while the claim is bound.
 */
export function validateClaimUpdate(claim: Claim, old: Claim): FieldError[] {
  const spec = claim.spec ?? {};
  const before = old.spec ?? {};
  return [
    ...checkClassAnnotation(claim, old),
    ...checkNothingElse(claim, old),
    ...checkShrinking(claim, old),
    ...validateImmutable(spec.volumeMode, before.volumeMode, 'volumeMode'),
    ...checkAttributesClass(spec, old),
  ];
}

/** The class moves from the old annotation to its field when both say the same. */
function isUpgradeFromAnnotation(claim: Claim, old: Claim): boolean {
  const before = old.metadata?.annotations?.[betaClassAnnotation];
  const now = claim.metadata?.annotations?.[betaClassAnnotation];
  return (
    before !== undefined &&
    old.spec?.storageClassName === undefined &&
    claim.spec?.storageClassName === before &&
    (now === undefined || now === before)
  );
}

function checkClassAnnotation(claim: Claim, old: Claim): FieldError[] {
  if (isUpgradeFromAnnotation(claim, old)) return [];
  const now = claim.metadata?.annotations?.[betaClassAnnotation] ?? '';
  const before = old.metadata?.annotations?.[betaClassAnnotation] ?? '';
  return now === before ? [] : [immutable(`metadata.annotations[${betaClassAnnotation}]`, now)];
}

function checkNothingElse(claim: Claim, old: Claim): FieldError[] {
  const now = comparable(claim, old);
  const before = { ...old.spec, ...(old.spec?.volumeName ? {} : { volumeName: claim.spec?.volumeName }) };
  if (jsonEqual(withoutEmpty(now), withoutEmpty(before))) return [];
  const text =
    'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  const lines = diffLines('spec', withoutEmpty(before), withoutEmpty(now));
  return [forbidden('spec', `${text}\n${lines.join('\n')}\n`)];
}

/** The new spec with everything put back that was allowed to change. */
function comparable(claim: Claim, old: Claim): Spec {
  const spec = claim.spec ?? {};
  const before = old.spec ?? {};
  const annotated = old.metadata?.annotations?.[betaClassAnnotation];
  const filledIn =
    before.storageClassName === undefined &&
    spec.storageClassName !== undefined &&
    (annotated === undefined || annotated === spec.storageClassName);
  const { storageClassName, volumeAttributesClassName, resources, ...rest } = spec;
  const bound = claim.status?.phase === 'Bound';
  const className = filledIn ? before.storageClassName : storageClassName;
  const attributesClass = bound ? before.volumeAttributesClassName : volumeAttributesClassName;
  const storage = before.resources?.requests?.storage;
  const requests =
    bound && resources?.requests && storage !== undefined
      ? { ...resources.requests, storage }
      : resources?.requests;
  return {
    ...rest,
    ...(className !== undefined && { storageClassName: className }),
    ...(attributesClass !== undefined && { volumeAttributesClassName: attributesClass }),
    ...(resources && { resources: { ...resources, ...(requests && { requests }) } }),
  };
}

/** A request that could not be met may be lowered again, but not to what the volume already has. */
function checkShrinking(claim: Claim, old: Claim): FieldError[] {
  const now = sizeOf(claim.spec?.resources?.requests?.storage);
  if (compareQuantity(now, sizeOf(old.spec?.resources?.requests?.storage)) >= 0) return [];
  if (compareQuantity(now, sizeOf(old.status?.capacity?.storage)) > 0) return [];
  return [forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')];
}

function sizeOf(text: string | undefined): string {
  return text !== undefined && parseQuantity(text) ? text : '0';
}

/** A class that the volume has cannot be taken away, only replaced. */
function checkAttributesClass({ volumeAttributesClassName: name }: Spec, old: Claim): FieldError[] {
  const isChanged = name !== old.spec?.volumeAttributesClassName;
  if (!isChanged || name || old.status?.currentVolumeAttributesClassName === undefined) return [];
  const what = name === undefined ? 'nil' : 'empty string';
  const text = `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  return [forbidden('spec.volumeAttributesClassName', text)];
}

const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];

/** Errors of a claim's status. */
export function validateClaimStatusUpdate({ spec, status = {} }: Claim): FieldError[] {
  const modes = spec?.accessModes ?? [];
  const capacity = Object.entries(status.capacity ?? {});
  const states = Object.entries(status.allocatedResourceStatuses ?? {});
  const allocated = Object.entries(status.allocatedResources ?? {});
  const statesPath = 'status.allocatedResourceStatuses';
  return [
    ...(modes.length === 0 ? [required('Spec.accessModes')] : []),
    ...capacity.flatMap(([name, amount]) => checkAmount(`status.capacity[${name}]`, amount)),
    ...states.flatMap(([name, state]) => [
      ...checkResourceKey(statesPath, name),
      ...(resizeStates.includes(state) ? [] : [notSupported(statesPath, name, resizeStates)]),
    ]),
    ...allocated.flatMap(([name, amount]) => {
      const errors = checkResourceKey('status.allocatedResources', name);
      return errors.length > 0 ? errors : checkAmount(`status.allocatedResources[${name}]`, amount);
    }),
  ];
}

function checkResourceKey(field: string, name: string): FieldError[] {
  const errors = checkQualifiedName(field, name);
  const native = !name.includes('/') || name.includes('kubernetes.io/');
  return errors.length === 0 && native && name !== 'storage'
    ? [notSupported(field, name, ['storage'])]
    : errors;
}

function checkAmount(field: string, amount: string): FieldError[] {
  const value = parseQuantity(amount) ? quantityToNumber(amount) : -1;
  return value < 0 ? [invalid(field, value, 'must be a valid resource quantity')] : [];
}
