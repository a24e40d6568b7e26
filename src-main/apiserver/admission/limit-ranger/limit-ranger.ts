import { limitRangeKind } from '@shared/kinds/core/limit-range/kind.ts';
import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { PersistentVolumeClaim, Pod } from '@shared/kinds/wire.ts';
import type { Unchecked, UncheckedDraft } from '@shared/lib/types.ts';
import { forbidden } from '../../registry/errors.ts';
import type { AdmissionModule, AdmissionRequest } from '../admission.ts';
import { listStored } from '../lookup.ts';
import { claimViolations, type LimitRangeItem, podViolations, setDefaults } from './limits.ts';

const annotation = 'kubernetes.io/limit-ranger';

/**
 * Pods and claims keep within the limit ranges of their namespace; containers that ask for nothing get what those
 * say. Source: https://kubernetes.io/docs/concepts/policy/limit-range/.
 */
export const limitRanger: AdmissionModule = {
  name: 'LimitRanger',
  handles: ({ kind, operation, subresource }) =>
    (kind === podKind && (operation === 'CREATE' ? subresource === '' : subresource === 'resize')) ||
    (kind === persistentVolumeClaimKind && operation !== 'DELETE' && subresource === ''),
  async mutate(draft, request) {
    const { spec, metadata } = draft as UncheckedDraft<Pod>;
    if (request.kind !== podKind || request.operation !== 'CREATE' || !spec || !metadata) return;
    const set = setDefaults(spec, await limitsOf(request));
    if (set.length === 0) return;
    metadata.annotations = {
      ...metadata.annotations,
      [annotation]: `LimitRanger plugin set: ${set.join('; ')}`,
    };
  },
  async validate(object, request) {
    const limits = await limitsOf(request);
    if (limits.length === 0) return [];
    const found =
      request.kind === podKind
        ? podViolations((object as Unchecked<Pod>).spec ?? { containers: [] }, limits)
        : claimViolations(
            (object as Unchecked<PersistentVolumeClaim>).spec?.resources?.requests ?? {},
            limits,
          );
    if (found.length === 0) return [];
    const text = found.length === 1 ? (found[0] ?? '') : `[${found.join(', ')}]`;
    throw forbidden(request.kind, object.metadata.name ?? request.name, text);
  },
};

async function limitsOf({ server, namespace }: AdmissionRequest): Promise<LimitRangeItem[]> {
  const ranges = await listStored(server, limitRangeKind, namespace);
  return ranges.flatMap(({ spec }) => spec?.limits ?? []);
}
