import type { UncheckedDraft } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import type { CustomResourceDefinition } from '../../wire.ts';
import { unrecognizedFormats } from '../known-formats.ts';
import { placedSchemas } from './common-parts.ts';
import { validateCrd, validateCrdUpdate, validateNames } from './crd-validation.ts';
import { type CrdNames, cleanupFinalizer, storageVersionOf, type UncheckedCrd } from './names.ts';

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
  validateUpdate: validateCrdUpdate,
  validateStatusUpdate: ({ status }) => validateNames(status?.acceptedNames ?? {}, 'status.acceptedNames'),
  warnings(crd, old) {
    const known = new Set(old && formatsOf(old));
    return formatsOf(crd)
      .filter((format) => !known.has(format))
      .map((format) => `unrecognized format ${JSON.stringify(format)}`);
  },
};

function formatsOf(crd: UncheckedCrd): string[] {
  return placedSchemas(crd).flatMap(({ schema }) => unrecognizedFormats(schema));
}

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
