import type { UncheckedDraft } from '../../../lib/types.ts';
import type { Volume } from '../../wire.ts';
import { defaultPullPolicy } from './image-reference.ts';

/** 0644, the mode of projected files. */
const defaultFileMode = 0o644;

type Projection = NonNullable<NonNullable<UncheckedDraft<Volume>['projected']>['sources']>[number];
type DownwardItem = { fieldRef?: { apiVersion?: string }; resourceFieldRef?: { divisor?: string } };

/** Fills in one volume; a volume without a source is an emptyDir. */
export function defaultVolume(volume: UncheckedDraft<Volume>): void {
  if (Object.entries(volume).every(([key, value]) => key === 'name' || value === undefined)) {
    volume.emptyDir = {};
  }
  if (volume.secret) volume.secret.defaultMode ??= defaultFileMode;
  if (volume.configMap) volume.configMap.defaultMode ??= defaultFileMode;
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= defaultFileMode;
    for (const item of volume.downwardAPI.items ?? []) defaultDownwardItem(item);
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= defaultFileMode;
    for (const source of volume.projected.sources ?? []) defaultProjection(source);
  }
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.image) volume.image.pullPolicy ||= defaultPullPolicy(volume.image.reference ?? '');
  if (volume.iscsi) volume.iscsi.iscsiInterface ||= 'default';
  const claim = volume.ephemeral?.volumeClaimTemplate;
  if (claim) claim.spec = { ...claim.spec, volumeMode: claim.spec?.volumeMode ?? 'Filesystem' };
  defaultRemovedDrivers(volume);
}

function defaultProjection(source: Projection): void {
  if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
  for (const item of source.downwardAPI?.items ?? []) defaultDownwardItem(item);
}

function defaultDownwardItem(item: DownwardItem): void {
  if (item.fieldRef) item.fieldRef.apiVersion ||= 'v1';
  if (item.resourceFieldRef) item.resourceFieldRef.divisor ??= '0';
}

/** Volume types that no kubelet mounts any more but whose fields the API still completes. */
export function defaultRemovedDrivers(
  volume: Pick<UncheckedDraft<Volume>, 'rbd' | 'azureDisk' | 'scaleIO'>,
): void {
  if (volume.rbd) {
    volume.rbd.pool ||= 'rbd';
    volume.rbd.user ||= 'admin';
    volume.rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (volume.azureDisk) {
    volume.azureDisk.cachingMode ??= 'ReadWrite';
    volume.azureDisk.kind ??= 'Shared';
    volume.azureDisk.fsType ??= 'ext4';
    volume.azureDisk.readOnly ??= false;
  }
  if (volume.scaleIO) {
    volume.scaleIO.storageMode ||= 'ThinProvisioned';
    volume.scaleIO.fsType ||= 'xfs';
  }
}
