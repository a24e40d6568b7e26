import { jsonEqual } from '../../../lib/json.ts';
import type { UncheckedDraft } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import type { CustomResourceDefinition } from '../../wire.ts';
import { validateCrd, validateCrdUpdate } from './crd-validation.ts';
import { type CrdNames, cleanupFinalizer, storageVersionOf } from './names.ts';

type CrdDraft = UncheckedDraft<CustomResourceDefinition>;

/** https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ */
export const crdStrategy: Strategy<CustomResourceDefinition> = {
  defaults(draft) {
    draft.spec ??= {};
    const { spec } = draft;
    spec.names ??= {};
    setNames(spec.names);
    spec.conversion ??= { strategy: 'None' };
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
  },
  prepareForCreate(draft) {
    draft.status = {
      conditions: [],
      acceptedNames: { plural: '', kind: '' },
      storedVersions: storedVersions(draft),
    };
  },
  prepareForUpdate(draft) {
    if (draft.status) draft.status.storedVersions = storedVersions(draft);
  },
  prepareForDelete(draft) {
    const { metadata } = draft;
    if (metadata && !metadata.finalizers?.includes(cleanupFinalizer))
      metadata.finalizers = [...(metadata.finalizers ?? []), cleanupFinalizer];
  },
  validateCreate: (crd) => validateCrd(crd),
  validateUpdate: (crd, old) =>
    !old.spec || jsonEqual(crd.spec, old.spec) ? [] : validateCrdUpdate(crd, old),
  validateStatusUpdate: (crd) =>
    (crd.status?.storedVersions ?? []).flatMap((version, i) =>
      crd.spec?.versions?.some(({ name }) => name === version)
        ? []
        : [
            {
              type: 'FieldValueInvalid',
              field: `status.storedVersions[${i}]`,
              message: `Invalid value: ${JSON.stringify(version)}: missing from spec.versions`,
            },
          ],
    ),
};

function setNames(names: UncheckedDraft<CrdNames>): void {
  const kind = names.kind ?? '';
  if (!names.singular) names.singular = kind.toLowerCase();
  if (!names.listKind && kind !== '') names.listKind = `${kind}List`;
}

/** Every version objects were ever stored in, until somebody who has rewritten them takes one out. */
function storedVersions(crd: CrdDraft): string[] {
  const known = crd.status?.storedVersions ?? [];
  const storage = storageVersionOf(crd);
  return storage === '' || known.includes(storage) ? [...known] : [...known, storage];
}
