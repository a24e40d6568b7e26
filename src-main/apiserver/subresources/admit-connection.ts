import type { JsonObject } from '@shared/lib/types.ts';
import type { ServerContext, WriteOptions } from '../context.ts';
import { admitView } from '../registry/admit-view.ts';
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

/** What of a connection webhooks and policies may change. */
export interface AdmittedConnection {
  /** Which container, which command. */
  readonly query: URLSearchParams;
  /** Of a proxy: where it leads within its backend, where that is not what was asked for. */
  readonly path?: string;
}

/** Asks webhooks and policies whether a connection may be made. Throws ApiError when not. */
export async function admitConnect(
  server: ServerContext,
  { user, query }: Pick<ApiServerRequest, 'user' | 'query'>,
  route: ResourceRoute,
): Promise<AdmittedConnection> {
  const [subresource = '', ...path] = route.subresource.split('/');
  const kind = optionKinds[`${route.kind.plural}/${subresource}`];
  if (kind === undefined) return { query };
  const object: JsonObject = {
    kind,
    apiVersion: 'v1',
    ...connectOptions(subresource, query, path.join('/')),
  };
  const options: WriteOptions = {
    user,
    dryRun: false,
    fieldManager: '',
    fieldValidation: 'Ignore',
    force: false,
    warnings: [],
  };
  const admitted = await admitView(
    server,
    { ...route, subresource },
    {
      options,
      view: {
        operation: 'CONNECT',
        kind: { group: '', version: 'v1', kind },
        object,
        oldObject: null,
        options: { kind: '' },
      },
    },
  );
  if (admitted === object) return { query };
  if (subresource !== 'proxy') return { query: queryOf(admitted) };
  return admitted.path === object.path ? { query } : { query, path: pathOf(admitted) };
}

function pathOf({ path }: JsonObject): string {
  const text = typeof path === 'string' ? path : '';
  return encodeURI(`/${text.replace(/^\//, '')}`).replace(/[?#]/g, encodeURIComponent);
}

/** Options of a connection as they are sent. */
function queryOf({ kind: _, apiVersion: __, ...options }: JsonObject): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ['stdout', 'stderr']) query.set(name, String(options[name] === true));
  for (const [name, value] of Object.entries(options)) {
    if (Array.isArray(value)) for (const item of value) query.append(name, String(item));
    else query.set(name, String(value));
  }
  return query;
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
