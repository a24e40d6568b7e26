import { ApiError } from '@shared/api/status.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import type { Namespace } from '@shared/kinds/wire.ts';
import { objectOf, storeKey } from '../objects.ts';
import { forbidden } from '../registry/errors.ts';
import type { AdmissionModule, AdmissionRequest } from './admission.ts';

/** Namespaces the cluster cannot do without. */
const immortal = new Set(['default', 'kube-system', 'kube-public']);

/**
 * Objects are created in namespaces that exist and are not about to go, evictions, bindings and tokens too. The
 * namespace's revision is a condition of the transaction, so nothing slips in between its deletion and the clean-up.
 * What somebody may do there is answered anyway: it says nothing about the namespace.
 */
export const namespaceLifecycle: AdmissionModule = {
  name: 'NamespaceLifecycle',
  handles: ({ kind, operation, view }) =>
    ((view?.operation ?? operation) === 'CREATE' &&
      kind.namespaced &&
      kind.kind !== 'LocalSubjectAccessReview') ||
    (operation === 'DELETE' && kind === namespaceKind),
  mutate: (draft, request) => checkNamespace(request, draft.metadata.name),
  mutateView: (request) => checkNamespace(request),
  validate(_object, { kind, name, operation }) {
    if (operation === 'DELETE' && immortal.has(name))
      throw forbidden(kind, name, 'this namespace may not be deleted');
    return [];
  },
};

async function checkNamespace(
  { kind, namespace, name, server, transaction }: AdmissionRequest,
  newName = name,
): Promise<void> {
  const key = storeKey(namespaceKind, '', namespace);
  const entry = await server.store.get(key);
  if (!entry) throw ApiError.notFound(namespaceKind, namespace);
  const { metadata, status } = objectOf<Namespace>(entry);
  if (metadata?.deletionTimestamp !== undefined || status?.phase === 'Terminating') {
    const refusal = forbidden(
      kind,
      newName,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    );
    const cause = {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    };
    throw new ApiError({ ...refusal.status, details: { ...refusal.status.details, causes: [cause] } });
  }
  transaction.compare.push({ key, modRevision: entry.modRevision });
}
