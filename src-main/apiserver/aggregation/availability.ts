import { apiServiceKind } from '@shared/kinds/apiregistration/api-service/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import type { APIService, EndpointSlice, Service } from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import { objectOf, storeKey, storePrefix } from '../objects.ts';
import type { RemoteService } from './remote-service.ts';

/** Whether an aggregated server answers, and why not. Reasons and texts are Kubernetes'. */
export interface Availability {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  /** The APIResourceList it answered with. */
  readonly resources?: JsonObject;
}

/** Looks for the Service, its port and its endpoints, and asks the server for what it must have. */
export async function checkAvailability(server: ServerContext, remote: RemoteService): Promise<Availability> {
  const { namespace = '', name = '', port = 443 } = remote.object.spec?.service ?? {};
  const entry = await server.store.get(storeKey(serviceKind, namespace, name));
  const place = `service/${name} in ${JSON.stringify(namespace)}`;
  if (!entry) return failed('ServiceNotFound', `${place} is not present`);
  const service = objectOf<Service>(entry);
  if ((service.spec?.type ?? 'ClusterIP') === 'ClusterIP') {
    const declared = service.spec?.ports?.find((candidate) => candidate.port === port);
    if (!declared) return failed('ServicePortError', `${place} is not listening on port ${port}`);
    const missing = await missingEndpoints(server, { namespace, name, portName: declared.name ?? '' }, place);
    if (missing) return missing;
  }
  const path = `/apis/${remote.group}/${remote.version}`;
  try {
    const { status, body } = await remote.ask(path);
    if (status !== 200) throw new Error(`bad status from https://${path}: ${status}`);
    const resources = JSON.parse(body) as JsonObject;
    return { status: 'True', reason: 'Passed', message: 'all checks passed', resources };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return failed(
      'FailedDiscoveryCheck',
      `failing or missing response from https://${name}.${namespace}.svc:${port}${path}: ${why}`,
    );
  }
}

function failed(reason: string, message: string): Availability {
  return { status: 'False', reason, message };
}

async function missingEndpoints(
  server: ServerContext,
  { namespace, name, portName }: { namespace: string; name: string; portName: string },
  place: string,
): Promise<Availability | undefined> {
  const { entries } = await server.store.range(storePrefix(endpointSliceKind, namespace));
  const slices = entries
    .map((entry) => objectOf<EndpointSlice>(entry))
    .filter(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === name);
  if (slices.length === 0) return failed('EndpointsNotFound', `cannot find endpointslices for ${place}`);
  const isThere = slices.some(
    ({ ports, endpoints }) =>
      ports?.some((port) => (port.name ?? '') === portName) &&
      endpoints?.some(({ conditions }) => conditions?.ready !== false),
  );
  if (isThere) return undefined;
  return failed(
    'MissingEndpoints',
    `endpointslices for ${place} have no addresses with port name ${JSON.stringify(portName)}`,
  );
}

/** Writes the condition into the APIService's status, unless it says so already. */
export async function writeAvailability(
  server: ServerContext,
  name: string,
  { status, reason, message }: Availability,
): Promise<void> {
  const key = storeKey(apiServiceKind, '', name);
  const entry = await server.store.get(key);
  if (!entry) return;
  const object = objectOf<APIService>(entry);
  const others = (object.status?.conditions ?? []).filter(({ type }) => type !== 'Available');
  const before = object.status?.conditions?.find(({ type }) => type === 'Available');
  if (before?.status === status && before.reason === reason && before.message === message) return;
  const lastTransitionTime =
    before?.status === status ? before.lastTransitionTime : rfc3339(server.clock.now());
  const condition = { type: 'Available', status, lastTransitionTime, reason, message };
  const value = { ...object, status: { ...object.status, conditions: [...others, condition] } };
  await server.store.txn({
    compare: [{ key, modRevision: entry.modRevision }],
    // Lost to another write: the next check comes.
    ops: [{ type: 'put', key, value: value as unknown as JsonObject }],
  });
}
