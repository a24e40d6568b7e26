import { invalid } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { UncheckedDraft } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import { checkQualifiedName } from '../../validation.ts';
import type { Namespace } from '../../wire.ts';

/** The label by which selectors find a namespace by name. */
const nameLabel = 'kubernetes.io/metadata.name';
/** Held until the namespace's contents are gone. */
const contentsFinalizer = 'kubernetes';

export const namespaceStrategy: Strategy<Namespace> = {
  defaults: setNameLabel,
  prepareForCreate(namespace) {
    setNameLabel(namespace);
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.spec = {
      ...namespace.spec,
      finalizers: finalizers.includes(contentsFinalizer) ? finalizers : [...finalizers, contentsFinalizer],
    };
    namespace.status = { phase: 'Active' };
  },
  prepareForUpdate(namespace, old) {
    if (old.spec?.finalizers === undefined) return;
    namespace.spec = { ...namespace.spec, finalizers: [...old.spec.finalizers] };
  },
  validate: (namespace) => checkNamespaceFinalizers('spec.finalizers', namespace.spec?.finalizers ?? []),
  validateStatusUpdate(namespace) {
    const phase = namespace.status?.phase ?? '';
    const deleting = namespace.metadata?.deletionTimestamp !== undefined;
    if (phase === (deleting ? 'Terminating' : 'Active')) return [];
    const text = deleting
      ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
      : "may only be 'Active' if `deletionTimestamp` is empty";
    return [invalid('status.Phase', phase, text)];
  },
};

/** Finalizers of a namespace's contents, which `/finalize` changes: `kubernetes`, or names with a domain. */
function checkNamespaceFinalizers(field: string, finalizers: readonly string[]): FieldError[] {
  const text = 'name is neither a standard finalizer name nor is it fully qualified';
  return finalizers.flatMap((name) => {
    const errors = checkQualifiedName(field, name);
    const bare =
      !name.includes('/') && name !== contentsFinalizer && name !== 'orphan' && name !== 'foregroundDeletion';
    return bare ? [...errors, invalid(field, name, text)] : errors;
  });
}

function setNameLabel(namespace: UncheckedDraft<Namespace>): void {
  const name = namespace.metadata?.name;
  if (!namespace.metadata || !name) return;
  namespace.metadata.labels = { ...namespace.metadata.labels, [nameLabel]: name };
}
