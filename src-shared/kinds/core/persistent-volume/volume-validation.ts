import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import { jsonEqual } from '../../../lib/json.ts';
import { parseQuantity, quantityToNumber } from '../../../lib/quantity.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { diffLines, withoutEmpty } from '../../diff.ts';
import { checkDnsSubdomain, checkOptionalOneOf, checkPositiveQuantity } from '../../validation.ts';
import type { PersistentVolume } from '../../wire.ts';
import { checkAccessModes, volumeModes } from '../persistent-volume-claim/claim-spec-validation.ts';
import { checkNodeSelector } from '../pod/affinity-validation.ts';
import { checkVolumeSource, sourceKeys } from './volume-source-validation.ts';

type ReadonlyVolume = Unchecked<PersistentVolume>;
type Spec = NonNullable<ReadonlyVolume['spec']>;
type Affinity = NonNullable<Spec['nodeAffinity']>;

/** Every error of a persistent volume. */
export function validateVolume({ metadata, spec = {} }: ReadonlyVolume): FieldError[] {
  const modes = spec.accessModes ?? [];
  const policy = spec.persistentVolumeReclaimPolicy || undefined;
  return [
    ...(modes.length === 0 ? [required('spec.accessModes')] : []),
    ...checkAccessModes('spec.accessModes', modes),
    ...checkCapacity('spec.capacity', spec.capacity ?? {}),
    ...checkOptionalOneOf('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain']),
    ...checkNodeAffinity('spec.nodeAffinity', spec.nodeAffinity),
    ...checkVolumeSource('spec', spec, metadata?.name ?? ''),
    ...checkRecycledRoot(spec),
    ...(spec.storageClassName ? checkDnsSubdomain('spec.storageClassName', spec.storageClassName) : []),
    ...checkOptionalOneOf('spec.volumeMode', spec.volumeMode, volumeModes),
    ...checkAttributesClass(spec),
  ];
}

function checkCapacity(field: string, capacity: Readonly<Record<string, string>>): FieldError[] {
  const entries = Object.entries(capacity);
  const errors = entries.length === 0 ? [required(field)] : [];
  if (capacity.storage === undefined || entries.length > 1) {
    errors.push(notSupported(field, capacity, ['storage']));
  }
  for (const [name, amount] of entries) {
    const at = `${field}[${name}]`;
    const value = parseQuantity(amount) ? quantityToNumber(amount) : 0;
    if (value < 0) errors.push(invalid(at, value, 'must be a valid resource quantity'));
    errors.push(...checkPositiveQuantity(at, amount));
  }
  return errors;
}

function checkNodeAffinity(field: string, affinity: Spec['nodeAffinity'] | undefined): FieldError[] {
  if (!affinity) return [];
  if (!affinity.required) return [required(`${field}.required`, 'must specify required node constraints')];
  return checkNodeSelector(`${field}.required`, affinity.required);
}

function checkRecycledRoot(spec: Spec): FieldError[] {
  const path = spec.hostPath?.path;
  const isRoot = path?.startsWith('/') && path.split('/').every((part) => /^\.?$/.test(part));
  if (!isRoot || spec.persistentVolumeReclaimPolicy !== 'Recycle') return [];
  return [
    forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"),
  ];
}

function checkAttributesClass({ volumeAttributesClassName: name, csi }: Spec): FieldError[] {
  if (name === undefined) return [];
  const field = 'spec.volumeAttributesClassName';
  return [
    ...(name === '' ? [required(field, 'an empty string is disallowed')] : checkDnsSubdomain(field, name)),
    ...(csi ? [] : [required('spec.csi', 'has to be specified when using volumeAttributesClassName')]),
  ];
}

/** What may not change in a volume: what it is made of, its mode, and the nodes that reach it once they are set. */
export function validateVolumeUpdate(
  { spec = {} }: ReadonlyVolume,
  { spec: old = {} }: ReadonlyVolume,
): FieldError[] {
  const errors = [
    ...checkSourceKept(spec, old),
    ...validateImmutable(spec.volumeMode, old.volumeMode, 'volumeMode'),
  ];
  if (old.nodeAffinity && !isSameAffinity(spec.nodeAffinity, old.nodeAffinity)) {
    const text = 'field is immutable, except for updating from beta label to GA';
    errors.push(invalid('nodeAffinity', spec.nodeAffinity ?? null, text));
  }
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    const text = 'update from non-nil value to nil is forbidden';
    errors.push(forbidden('spec.volumeAttributesClassName', text));
  }
  return errors;
}

const stableLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

/** The same nodes, though labels may go by the names they have since they are stable. */
function isSameAffinity(affinity: Affinity | undefined, old: Affinity): boolean {
  const terms = affinity?.required?.nodeSelectorTerms ?? [];
  const renamed = (old.required?.nodeSelectorTerms ?? []).map((term, i) => ({
    ...term,
    ...(term.matchExpressions && {
      matchExpressions: term.matchExpressions.map((entry, j) => {
        const stable = stableLabels[entry.key ?? ''];
        const isRenamed = stable !== undefined && terms[i]?.matchExpressions?.[j]?.key === stable;
        return isRenamed ? { ...entry, key: stable } : entry;
      }),
    }),
  }));
  return jsonEqual(affinity, old.required ? { ...old, required: { nodeSelectorTerms: renamed } } : old);
}

/** The secret for expanding a CSI volume may be added later. */
function checkSourceKept(spec: Spec, old: Spec): FieldError[] {
  const secretAdded = old.csi && !old.csi.controllerExpandSecretRef && spec.csi?.controllerExpandSecretRef;
  const { controllerExpandSecretRef: _added, ...csi } = spec.csi ?? {};
  const now = sourceOf(secretAdded ? { ...spec, csi: csi as NonNullable<Spec['csi']> } : spec);
  const before = sourceOf(old);
  const lines = diffLines('spec.persistentvolumesource', before, now);
  if (lines.length === 0) return [];
  const text = `spec.persistentvolumesource is immutable after creation\n${lines.join('\n')}\n`;
  return [forbidden('spec.persistentvolumesource', text)];
}

function sourceOf(spec: Spec) {
  return withoutEmpty(Object.fromEntries(Object.entries(spec).filter(([key]) => sourceKeys.includes(key))));
}
