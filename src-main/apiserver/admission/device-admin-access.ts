import { forbidden } from '@shared/api/field-errors.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { resourceClaimKind } from '@shared/kinds/resource/resource-claim/kind.ts';
import { resourceClaimTemplateKind } from '@shared/kinds/resource/resource-claim-template/kind.ts';
import type { ResourceClaim, ResourceClaimTemplate } from '@shared/kinds/wire.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import type { AdmissionModule } from './admission.ts';
import { findStored } from './lookup.ts';

const label = 'resource.kubernetes.io/admin-access';

/** Access to devices that others use is for namespaces whose label says so. */
export const deviceAdminAccess: AdmissionModule = {
  name: 'DeviceAdminAccess',
  handles: ({ kind, operation, subresource }) =>
    (kind === resourceClaimKind || kind === resourceClaimTemplateKind) &&
    operation !== 'DELETE' &&
    subresource === '',
  async validate(object, { kind, namespace, server }) {
    const spec =
      kind === resourceClaimKind
        ? (object as unknown as Unchecked<ResourceClaim>).spec
        : (object as unknown as Unchecked<ResourceClaimTemplate>).spec?.spec;
    const requests = spec?.devices?.requests ?? [];
    if (!requests.some(({ exactly }) => exactly?.adminAccess === true)) return [];
    const found = await findStored(server, namespaceKind, { name: namespace });
    if (found?.metadata?.labels?.[label] === 'true') return [];
    const text = `admin access to devices requires the \`${label}: true\` label on the containing namespace`;
    return [forbidden('', text)];
  },
};
