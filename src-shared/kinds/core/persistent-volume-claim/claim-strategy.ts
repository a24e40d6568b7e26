import type { Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../wire.ts';
import { validateClaim, validateClaimStatusUpdate, validateClaimUpdate } from './claim-validation.ts';
import { claimWarnings } from './claim-warnings.ts';

function defaultStatus({ status }: UncheckedDraft<PersistentVolumeClaim>): void {
  if (status) status.phase ||= 'Pending';
}

export const claimStrategy: Strategy<PersistentVolumeClaim> = {
  defaults(claim) {
    if (claim.spec) claim.spec.volumeMode ??= 'Filesystem';
    defaultStatus(claim);
  },
  defaultStatus,
  prepareForCreate(claim) {
    claim.status = { phase: 'Pending' };
    if (!claim.spec) return;
    dropDistantSource(claim.spec);
    dropForeignSource(claim.spec);
    alignSources(claim.spec);
  },
  prepareForUpdate({ spec }, old) {
    if (!spec) return;
    if (old.spec?.dataSourceRef === undefined) dropDistantSource(spec);
    if (old.spec?.dataSource === undefined) dropForeignSource(spec);
    alignSources(spec);
  },
  validate: validateClaim,
  validateUpdate: validateClaimUpdate,
  validateStatusUpdate: validateClaimStatusUpdate,
  warnings: claimWarnings,
};

/** Data of other namespaces is not served: an alpha feature (CrossNamespaceVolumeDataSource), off in 1.36. */
function dropDistantSource(spec: UncheckedDraft<PersistentVolumeClaimSpec>): void {
  if (spec.dataSourceRef?.namespace) delete spec.dataSourceRef;
}

/** `dataSource` takes claims and snapshots alone; anything else there has always been ignored. */
function dropForeignSource(spec: UncheckedDraft<PersistentVolumeClaimSpec>): void {
  if (spec.dataSource && !isClaimOrSnapshot(spec.dataSource)) delete spec.dataSource;
}

function isClaimOrSnapshot({ kind, apiGroup = '' }: Unchecked<{ kind: string; apiGroup?: string }>): boolean {
  if (kind === 'PersistentVolumeClaim') return apiGroup === '';
  return kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io';
}

/** The old and the new field for the data a volume begins with say the same, as far as the old one can. */
function alignSources(spec: UncheckedDraft<PersistentVolumeClaimSpec>): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { namespace: _none, ...source } = dataSourceRef;
    spec.dataSource = source;
  }
}
