import { forbidden, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { PersistentVolume } from '../../wire.ts';
import { checkAccessModes } from '../persistent-volume-claim/claim-spec-validation.ts';
import { checkVolumeSource } from './volume-source-validation.ts';

type Spec = NonNullable<Unchecked<PersistentVolume>['spec']>;

const context = 'in the context of inline volumes';

/** Every error of a volume that an attachment describes in itself: a CSI volume that nobody claims. */
export function checkInlineVolume(field: string, spec: Spec): FieldError[] {
  const modes = spec.accessModes ?? [];
  const refuse = (key: string, isSet: boolean): FieldError[] =>
    isSet ? [forbidden(`${field}.${key}`, `may not be specified ${context}`)] : [];
  return [
    ...refuse('claimRef', spec.claimRef !== undefined),
    ...refuse('capacity', Object.keys(spec.capacity ?? {}).length > 0),
    ...(spec.csi ? [] : [required(`${field}.csi`, `has to be specified ${context}`)]),
    ...(modes.length === 0 ? [required(`${field}.accessModes`)] : []),
    ...checkAccessModes(`${field}.accessModes`, modes),
    ...checkPolicy(field, spec),
    ...refuse('nodeAffinity', spec.nodeAffinity !== undefined),
    ...checkVolumeSource(field, spec, ''),
    ...refuse('storageClassName', Boolean(spec.storageClassName)),
    ...checkMode(field, spec),
  ];
}

function checkPolicy(field: string, { persistentVolumeReclaimPolicy: policy = '' }: Spec): FieldError[] {
  if (policy === '' || policy === 'Retain') return [];
  return [forbidden(`${field}.persistentVolumeReclaimPolicy`, `may only be Retain ${context}`)];
}

function checkMode(field: string, { volumeMode: mode = 'Filesystem' }: Spec): FieldError[] {
  if (mode === 'Filesystem') return [];
  return [forbidden(`${field}.volumeMode`, `may not specify volumeMode other than Filesystem ${context}`)];
}
