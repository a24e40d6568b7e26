import { isJsonObject } from '@shared/lib/json.ts';
import { objectBody, parseBody } from '../registry/body.ts';
import { deleteObject, deleteRequest } from '../registry/delete.ts';
import { badRequest } from '../registry/errors.ts';
import { writeOptions } from '../registry/query.ts';
import { methodNotAllowed } from '../routes.ts';
import { created } from './pod-binding.ts';
import type { Subresource } from './subresources.ts';

/** `/eviction`: deletes a pod with its grace period. Disruption budgets do not exist yet. */
export const podEviction: Subresource = {
  resource: 'pods',
  name: 'eviction',
  async handle(server, request, route) {
    if (route.verb !== 'create') throw methodNotAllowed();
    const options = writeOptions(request, 'create');
    const eviction = objectBody(await parseBody(request.body, 'Eviction'), 'Eviction');
    const name = isJsonObject(eviction.metadata) ? eviction.metadata.name : undefined;
    if (name !== undefined && name !== route.name) {
      throw badRequest(`name in URL does not match name in Eviction object`);
    }
    const wanted = isJsonObject(eviction.deleteOptions) ? eviction.deleteOptions : {};
    await deleteObject(
      server,
      { ...route, subresource: '' },
      deleteRequest(wanted, new URLSearchParams(), options),
    );
    return created();
  },
};
