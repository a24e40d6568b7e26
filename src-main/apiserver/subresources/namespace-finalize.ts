import { cloneJson, type DraftObject } from '../objects.ts';
import { decodeObject, parseBody } from '../registry/body.ts';
import { conflict } from '../registry/errors.ts';
import { writeOptions } from '../registry/query.ts';
import { updateObject } from '../registry/write.ts';
import { methodNotAllowed } from '../routes.ts';
import type { Subresource } from './subresources.ts';

/** `/finalize`: changes a namespace's `spec.finalizers`; when a deleted namespace has none left, it is gone. */
export const namespaceFinalize: Subresource = {
  resource: 'namespaces',
  name: 'finalize',
  async handle(server, request, route) {
    if (route.verb !== 'update') throw methodNotAllowed();
    const options = writeOptions(request, 'update');
    const wanted = decodeObject(server, route.kind, await parseBody(request.body, 'Namespace'), options);
    return updateObject(server, route, options, (old) => {
      const { resourceVersion } = wanted.metadata;
      if (resourceVersion && resourceVersion !== old.metadata.resourceVersion)
        throw conflict(route.kind, route.name);
      const draft = cloneJson<DraftObject>(old);
      const { finalizers } = (wanted.spec ?? {}) as { finalizers?: string[] };
      draft.spec = { ...(draft.spec ?? {}), finalizers: [...(finalizers ?? [])] };
      return { draft };
    });
  },
};
