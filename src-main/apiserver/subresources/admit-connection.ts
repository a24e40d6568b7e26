import type { JsonObject } from '@shared/lib/types.ts';
import { admitConnection, type SubresourceView } from '../admission/admission.ts';
import type { ServerContext, Target, WriteOptions } from '../context.ts';
import { admissionRequest } from '../registry/write.ts';
import { type ApiServerRequest, isTrue } from '../request.ts';
import type { ResourceRoute } from '../routes.ts';

const optionKinds: Readonly<Record<string, string>> = {
  'pods/exec': 'PodExecOptions',
  'pods/attach': 'PodAttachOptions',
  'pods/portforward': 'PodPortForwardOptions',
  'pods/proxy': 'PodProxyOptions',
  'services/proxy': 'ServiceProxyOptions',
  'nodes/proxy': 'NodeProxyOptions',
};

/** Asks webhooks and policies whether a connection may be made. Throws ApiError when not. */
export async function admitConnect(
  server: ServerContext,
  { user, query }: Pick<ApiServerRequest, 'user' | 'query'>,
  route: ResourceRoute,
): Promise<void> {
  const [subresource = '', ...path] = route.subresource.split('/');
  const kind = optionKinds[`${route.kind.plural}/${subresource}`];
  if (kind === undefined) return;
  const object = { kind, apiVersion: 'v1', ...connectOptions(subresource, query, path.join('/')) };
  const options: WriteOptions = {
    user,
    dryRun: false,
    fieldManager: '',
    fieldValidation: 'Ignore',
    force: false,
    warnings: [],
  };
  await admitView(server, { ...route, subresource }, options, {
    operation: 'CONNECT',
    kind: { group: '', version: 'v1', kind },
    object,
    oldObject: null,
    options: { kind: '' },
  });
}

/** Asks webhooks and policies about an object sent to a subresource that is not stored with anything. */
export async function admitView(
  server: ServerContext,
  target: Target,
  options: WriteOptions,
  view: SubresourceView,
): Promise<void> {
  await admitConnection(admissionRequest(server, target, options, { operation: view.operation, view }));
}

function connectOptions(subresource: string, query: URLSearchParams, path: string): JsonObject {
  switch (subresource) {
    case 'portforward': {
      const ports = query.getAll('ports').flatMap((list) => list.split(',').map(Number));
      return ports.length > 0 ? { ports } : {};
    }
    case 'proxy':
      return { path: `/${path}` };
    default:
      return streamOptions(query);
  }
}

/** Output and errors are wanted unless something else is said. */
function streamOptions(query: URLSearchParams): JsonObject {
  const wants = (name: string, otherwise: boolean) => (query.has(name) ? isTrue(query.get(name)) : otherwise);
  const command = query.getAll('command');
  const container = query.get('container');
  return {
    ...(wants('stdin', false) && { stdin: true }),
    ...(wants('stdout', true) && { stdout: true }),
    ...(wants('stderr', true) && { stderr: true }),
    ...(wants('tty', false) && { tty: true }),
    ...(container && { container }),
    ...(command.length > 0 && { command }),
  };
}
