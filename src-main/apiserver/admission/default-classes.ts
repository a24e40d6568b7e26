import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { ingressKind } from '@shared/kinds/networking/ingress/kind.ts';
import { ingressClassKind } from '@shared/kinds/networking/ingress-class/kind.ts';
import { storageClassKind } from '@shared/kinds/storage/storage-class/kind.ts';
import type { Ingress, PersistentVolumeClaim } from '@shared/kinds/wire.ts';
import type { UncheckedDraft } from '@shared/lib/types.ts';
import type { AdmissionModule, AdmissionRequest } from './admission.ts';
import { listStored, youngestDefault } from './lookup.ts';

const isNew =
  (of: AdmissionRequest['kind']) =>
  ({ kind, operation, subresource }: AdmissionRequest): boolean =>
    kind === of && operation === 'CREATE' && subresource === '';

/** Claims that name no storage class (`""` is a name: none) get the default one, when there is one. */
export const defaultStorageClass: AdmissionModule = {
  name: 'DefaultStorageClass',
  handles: isNew(persistentVolumeClaimKind),
  async mutate(draft, { server }) {
    const { metadata, spec } = draft as UncheckedDraft<PersistentVolumeClaim>;
    const named =
      spec?.storageClassName ?? metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'];
    if (!spec || named !== undefined) return;
    const name = youngestDefault(await listStored(server, storageClassKind), [
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    ])?.metadata?.name;
    if (name !== undefined) spec.storageClassName = name;
  },
};

/** Ingresses that name no class get the default one, when there is one. */
export const defaultIngressClass: AdmissionModule = {
  name: 'DefaultIngressClass',
  handles: isNew(ingressKind),
  async mutate(draft, { server }) {
    const { metadata, spec } = draft as UncheckedDraft<Ingress>;
    const named = spec?.ingressClassName ?? metadata?.annotations?.['kubernetes.io/ingress.class'];
    if (!spec || named !== undefined) return;
    const name = youngestDefault(await listStored(server, ingressClassKind), [
      'ingressclass.kubernetes.io/is-default-class',
    ])?.metadata?.name;
    if (name !== undefined) spec.ingressClassName = name;
  },
};
