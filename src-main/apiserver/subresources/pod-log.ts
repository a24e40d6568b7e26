import { ApiError } from '@shared/api/status.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import { objectOf } from '../objects.ts';
import { parseCount } from '../registry/query.ts';
import { getEntry } from '../registry/read.ts';
import { isTrue } from '../request.ts';
import { methodNotAllowed } from '../routes.ts';
import { chooseContainer } from '../streaming/pod-streams.ts';
import type { Subresource } from './subresources.ts';

const passedOn = [
  'follow',
  'previous',
  'timestamps',
  'sinceSeconds',
  'sinceTime',
  'tailLines',
  'limitBytes',
  'stream',
];

const flags = ['follow', 'previous', 'timestamps'];

/** `/log`: what the kubelet of the pod's node has of a container's output, as it comes. */
export const podLog: Subresource = {
  resource: 'pods',
  name: 'log',
  async handle(server, request, route) {
    if (route.verb !== 'get') throw methodNotAllowed();
    const pod = objectOf<Pod>(await getEntry(server, route));
    checkOptions(route.name, request.query);
    const container = chooseContainer(pod, request.query.get('container') ?? '');
    const nodeName = pod.spec?.nodeName;
    if (!nodeName) return { type: 'raw', code: 200, contentType: 'text/plain', body: '' };
    const query = new URLSearchParams();
    for (const name of passedOn) {
      const value = request.query.get(name);
      if (value !== null) query.set(name, flags.includes(name) ? String(isTrue(value)) : value);
    }
    const kubelet = await server.kubelets.kubelet(nodeName);
    const place = [route.namespace, route.name, container].map(encodeURIComponent).join('/');
    const body = await kubelet.logs({ path: `/containerLogs/${place}`, query });
    return { type: 'stream', code: 200, contentType: 'text/plain', body };
  },
};

function checkOptions(name: string, query: URLSearchParams): void {
  for (const field of ['tailLines', 'limitBytes', 'sinceSeconds']) parseCount(query.get(field), field);
  if (query.has('sinceSeconds') && query.has('sinceTime')) {
    throw ApiError.invalid({ group: '', kind: 'PodLogOptions' }, name, [
      {
        type: 'FieldValueForbidden',
        field: 'sinceTime',
        message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
      },
    ]);
  }
}
