import { persistentVolumeKind } from '@shared/kinds/core/persistent-volume/kind.ts';
import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { storageClassKind } from '@shared/kinds/storage/storage-class/kind.ts';
import { volumeAttributesClassKind } from '@shared/kinds/storage/volume-attributes-class/kind.ts';
import type { PersistentVolumeClaim } from '@shared/kinds/wire.ts';
import { compareQuantity } from '@shared/lib/quantity.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import { forbidden } from '../registry/errors.ts';
import type { AdmissionModule } from './admission.ts';
import { findStored } from './lookup.ts';

const protections = new Map<AnyKind, string>([
  [persistentVolumeClaimKind, 'kubernetes.io/pvc-protection'],
  [persistentVolumeKind, 'kubernetes.io/pv-protection'],
  [volumeAttributesClassKind, 'kubernetes.io/vac-protection'],
]);

/** Storage cannot go while it is in use: a finalizer that the volume-protection controllers take away. */
export const storageObjectInUseProtection: AdmissionModule = {
  name: 'StorageObjectInUseProtection',
  handles: ({ kind, operation, subresource }) =>
    operation === 'CREATE' && subresource === '' && protections.has(kind),
  mutate({ metadata }, { kind }) {
    const finalizer = protections.get(kind);
    if (finalizer === undefined || metadata.finalizers?.includes(finalizer)) return;
    metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};

/** A bound claim grows only when its storage class says that volumes can. */
export const persistentVolumeClaimResize: AdmissionModule = {
  name: 'PersistentVolumeClaimResize',
  handles: ({ kind, operation, subresource }) =>
    kind === persistentVolumeClaimKind && operation === 'UPDATE' && subresource === '',
  async validate(object, { kind, name, old, server }) {
    const claim = object as Unchecked<PersistentVolumeClaim>;
    const wanted = claim.spec?.resources?.requests?.storage;
    const present = (old as Unchecked<PersistentVolumeClaim> | undefined)?.spec?.resources?.requests?.storage;
    if (wanted === undefined || present === undefined || compareQuantity(wanted, present) <= 0) return [];
    if (claim.status?.phase !== 'Bound')
      throw forbidden(kind, name, 'Only bound persistent volume claims can be expanded');
    const className = claim.spec?.storageClassName;
    const found = className ? await findStored(server, storageClassKind, { name: className }) : undefined;
    if (found?.allowVolumeExpansion) return [];
    throw forbidden(
      kind,
      name,
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  },
};
