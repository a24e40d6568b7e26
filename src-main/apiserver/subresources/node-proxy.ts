import { ApiError } from '@shared/api/status.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { getEntry } from '../registry/read.ts';
import { methodNotAllowed } from '../routes.ts';
import type { Subresource } from './subresources.ts';

/** What a kubelet tells about itself; its streams and logs have doors of their own. */
const readable: Readonly<Record<string, string>> = {
  'stats/summary': 'application/json',
  pods: 'application/json',
  healthz: 'text/plain',
};

/** `GET /api/v1/nodes/NAME/proxy/stats/summary` and the like: a question passed on to the node's kubelet. */
export const nodeProxy: Subresource = {
  resource: nodeKind.plural,
  name: 'proxy',
  async handle(server, request, route) {
    if (request.method !== 'GET') throw methodNotAllowed();
    const path = route.subresource.split('/').slice(1).join('/');
    const contentType = readable[path];
    if (contentType === undefined) {
      const served = Object.keys(readable).join(', ');
      throw ApiError.of(
        'NotFound',
        `the kubelet of node "${route.name}" serves no /${path} here; there are ${served}`,
      );
    }
    await getEntry(server, route);
    const kubelet = await server.kubelets.kubelet(route.name);
    const body = await kubelet.logs({ path: `/${path}`, query: request.query });
    return { type: 'stream', code: 200, contentType, body };
  },
};
