import { rfc3339 } from '../../../lib/time.ts';
import type { UncheckedDraft } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import type { PersistentVolume, Volume } from '../../wire.ts';
import { defaultRemovedDrivers } from '../pod/volume-defaults.ts';
import { validateVolume, validateVolumeUpdate } from './volume-validation.ts';

function defaultStatus({ status }: UncheckedDraft<PersistentVolume>): void {
  if (status) status.phase ||= 'Pending';
}

export const volumeStrategy: Strategy<PersistentVolume> = {
  defaults(volume) {
    defaultStatus(volume);
    const { spec } = volume;
    if (!spec) return;
    spec.persistentVolumeReclaimPolicy ||= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    defaultVolumeSource(spec);
  },
  defaultStatus,
  prepareForCreate(volume) {
    const created = volume.metadata?.creationTimestamp;
    volume.status = { phase: 'Pending', ...(created && { lastPhaseTransitionTime: created }) };
  },
  prepareForStatusUpdate({ status }, old, nowMs) {
    if (!status || nowMs === undefined || status.phase === old.status?.phase) return;
    if (status.lastPhaseTransitionTime !== old.status?.lastPhaseTransitionTime) return;
    status.lastPhaseTransitionTime = rfc3339(nowMs);
  },
  validate: validateVolume,
  validateUpdate: validateVolumeUpdate,
};

/** Fills in what the spec of a volume leaves out about what it is made of. */
export function defaultVolumeSource(spec: NonNullable<UncheckedDraft<PersistentVolume>['spec']>): void {
  if (spec.hostPath) spec.hostPath.type ??= '';
  if (spec.iscsi) spec.iscsi.iscsiInterface ||= 'default';
  defaultRemovedDrivers(spec as Pick<UncheckedDraft<Volume>, 'rbd' | 'azureDisk' | 'scaleIO'>);
}
