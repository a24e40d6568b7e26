import type { CertificateSigningRequest } from '@shared/kinds/wire.ts';
import type { UncheckedDraft } from '@shared/lib/types.ts';
import { type ApiObject, cloneJson, type DraftObject } from '../objects.ts';
import { decodeObject, parseBody } from '../registry/body.ts';
import { patchObject } from '../registry/patch.ts';
import { writeOptions } from '../registry/query.ts';
import { getEntry } from '../registry/read.ts';
import { updateObject } from '../registry/write.ts';
import { methodNotAllowed } from '../routes.ts';
import type { Subresource } from './subresources.ts';

/** `/approval`: sets the conditions of a certificate request, nothing else. */
export const certificateApproval: Subresource = {
  resource: 'certificatesigningrequests.certificates.k8s.io',
  name: 'approval',
  async handle(server, request, route) {
    if (route.verb === 'get') {
      const entry = await getEntry(server, route);
      return { type: 'object', code: 200, kind: route.kind, value: entry.value, json: entry.json };
    }
    if (route.verb === 'patch')
      return patchObject(server, route, request.body, writeOptions(request, 'patch'));
    if (route.verb !== 'update') throw methodNotAllowed();
    const options = writeOptions(request, 'update');
    const body = await parseBody(request.body, route.kind.kind);
    const wanted = decodeObject(server, route.kind, body, options);
    return updateObject(server, route, options, (old) => ({ draft: approved(old, wanted) }));
  },
};

function approved(old: ApiObject, wanted: DraftObject): DraftObject {
  const draft = cloneJson<DraftObject>(old);
  const { resourceVersion, uid } = wanted.metadata;
  const { conditions } = (wanted as UncheckedDraft<CertificateSigningRequest>).status ?? {};
  const status = draft.status as UncheckedDraft<CertificateSigningRequest>['status'];
  draft.metadata = {
    ...draft.metadata,
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(uid !== undefined && { uid }),
  };
  if (resourceVersion === undefined) delete draft.metadata.resourceVersion;
  draft.status = {
    ...status,
    ...(conditions && { conditions }),
  };
  return draft;
}
