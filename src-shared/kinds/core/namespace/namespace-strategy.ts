import type { Draft } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
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
};

function setNameLabel(namespace: Draft<Namespace>): void {
  const name = namespace.metadata?.name;
  if (!namespace.metadata || !name) return;
  namespace.metadata.labels = { ...namespace.metadata.labels, [nameLabel]: name };
}
