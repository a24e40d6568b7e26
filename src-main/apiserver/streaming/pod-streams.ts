import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import { objectOf } from '../objects.ts';
import { badRequest } from '../registry/errors.ts';
import { getEntry } from '../registry/read.ts';
import { type ApiServerRequest, isTrue } from '../request.ts';
import { type ResourceRoute, unknownPath } from '../routes.ts';
import type { KubeletRequest, UpgradeConnection } from './kubelet-connector.ts';
import { connectStreams } from './websocket-translation.ts';

/** Names under which the kubelet API knows what clients ask for. */
const execParameters: Readonly<Record<string, string>> = {
  stdin: 'input',
  stdout: 'output',
  stderr: 'error',
  tty: 'tty',
};

/**
 * Connects an upgrade request for a pod's exec, attach or portforward with the kubelet of the pod's node.
 * Rejects with ApiError before anything was written.
 */
export async function connectPod(
  server: ServerContext,
  request: ApiServerRequest,
  target: { route: ResourceRoute; connection: UpgradeConnection },
): Promise<void> {
  const { route, connection } = target;
  if (route.kind !== podKind) throw unknownPath();
  const pod = objectOf<Pod>(await getEntry(server, route));
  const kubeletRequest = streamRequest(pod, route, request.query);
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) throw badRequest(`pod ${route.name} does not have a host assigned`);
  const kubelet = await server.kubelets.kubelet(nodeName);
  await connectStreams({ kubelet, request: kubeletRequest, connection });
}

function streamRequest(
  pod: DeepReadonly<Pod>,
  { namespace, name, subresource }: ResourceRoute,
  asked: URLSearchParams,
): KubeletRequest {
  const place = `${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
  const query = new URLSearchParams();
  if (subresource === 'portforward') {
    for (const port of asked.getAll('ports').flatMap((list) => list.split(','))) query.append('port', port);
    return { path: `/portForward/${place}`, query };
  }
  if (subresource !== 'exec' && subresource !== 'attach') throw unknownPath();
  for (const [parameter, kubeletName] of Object.entries(execParameters)) {
    if (isTrue(asked.get(parameter))) query.set(kubeletName, '1');
  }
  for (const command of asked.getAll('command')) query.append('command', command);
  if (subresource === 'exec' && !query.has('command'))
    throw badRequest('you must specify at least one command for the container');
  if (!['input', 'output', 'error'].some((stream) => query.has(stream))) {
    throw badRequest('you must specify at least one of stdin, stdout, stderr');
  }
  const container = chooseContainer(pod, asked.get('container') ?? '');
  return { path: `/${subresource}/${place}/${encodeURIComponent(container)}`, query };
}

/** The container meant: the named one, or the only one. 400 as Kubernetes words it. */
export function chooseContainer({ metadata, spec }: DeepReadonly<Pod>, asked: string): string {
  const pod = metadata?.name ?? '';
  const names = (list: readonly { readonly name: string }[] | undefined) =>
    (list ?? []).map(({ name }) => name);
  const containers = names(spec?.containers);
  const init = names(spec?.initContainers);
  const ephemeral = names(spec?.ephemeralContainers);
  if (asked !== '') {
    if ([...containers, ...init, ...ephemeral].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${pod}`);
  }
  const [only] = containers;
  if (containers.length === 1 && only !== undefined) return only;
  const choice = `a container name must be specified for pod ${pod}, choose one of: [${containers.join(' ')}]`;
  throw badRequest(init.length > 0 ? `${choice} or one of the init containers: [${init.join(' ')}]` : choice);
}
