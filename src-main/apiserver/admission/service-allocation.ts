import { invalid } from '@shared/api/field-errors.ts';
import { ApiError, type FieldError } from '@shared/api/status.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import {
  isHeadless,
  needsClusterIp,
  needsHealthCheckNodePort,
  needsNodePort,
} from '@shared/kinds/core/service/service-spec.ts';
import type { Service } from '@shared/kinds/wire.ts';
import type { Unchecked, UncheckedDraft } from '@shared/lib/types.ts';
import type { AdmissionModule, AdmissionRequest } from './admission.ts';
import { type AddressRange, contains, type Pool, parseRange, pick } from './pools.ts';

type Spec = NonNullable<UncheckedDraft<Service>['spec']>;

const ipPrefix = '/registry/ranges/serviceips/';
const portPrefix = '/registry/ranges/servicenodeports/';
const nodePorts = { first: 30000, last: 32767 };

/**
 * Gives services their ClusterIPs and node ports. Each one handed out is a key of its own, put in the
 * transaction that stores the service under the condition that it was free, and deleted with the service.
 */
export function createServiceAllocation(serviceCidr: string): AdmissionModule {
  const range = parseRange(serviceCidr);
  return {
    name: 'ServiceAllocation',
    runsOnce: true,
    handles: ({ kind, subresource }) => kind === serviceKind && subresource === '',
    async mutate(draft, request) {
      const service = draft as UncheckedDraft<Service>;
      if (!service.spec) return;
      const errors = familyErrors(service);
      if (errors.length === 0) await allocate(range, service, request, errors);
      if (errors.length > 0) throw ApiError.invalid(serviceKind, service.metadata?.name ?? '', errors);
      releaseMissing(service as Unchecked<Service>, request);
    },
    release(object, { transaction }) {
      for (const key of heldBy(object as Unchecked<Service>)) transaction.ops.push({ type: 'delete', key });
    },
  };
}

/** One network, IPv4. */
function familyErrors({ spec }: UncheckedDraft<Service>): FieldError[] {
  const errors: FieldError[] = [];
  if (spec?.ipFamilyPolicy === 'RequireDualStack') {
    errors.push(
      invalid(
        'spec.ipFamilyPolicy',
        spec.ipFamilyPolicy,
        'this cluster is not configured for dual-stack services',
      ),
    );
  }
  for (const [index, family] of (spec?.ipFamilies ?? []).entries()) {
    if (family === 'IPv6')
      errors.push(invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  }
  return errors;
}

async function allocate(
  range: AddressRange,
  service: UncheckedDraft<Service>,
  request: AdmissionRequest,
  errors: FieldError[],
): Promise<void> {
  const spec = service.spec as Spec;
  const held = new Set(request.old ? heldBy(request.old as Unchecked<Service>) : []);
  const allocation: Allocation = {
    request,
    held,
    owner: `${service.metadata?.namespace}/${service.metadata?.name}`,
    errors,
  };
  if (needsClusterIp(service)) await allocateAddress(range, service, allocation);
  await allocatePorts(service, spec, allocation);
}

interface Allocation {
  readonly request: AdmissionRequest;
  /** Keys this service had before the change. */
  readonly held: ReadonlySet<string>;
  readonly owner: string;
  readonly errors: FieldError[];
}

async function allocateAddress(
  range: AddressRange,
  service: UncheckedDraft<Service>,
  allocation: Allocation,
): Promise<void> {
  const spec = service.spec as Spec;
  spec.ipFamilyPolicy ||= 'SingleStack';
  if (isHeadless(service)) {
    spec.clusterIP = 'None';
    spec.clusterIPs = ['None'];
    spec.ipFamilies = ['IPv4'];
    return;
  }
  spec.ipFamilies = ['IPv4'];
  const asked = spec.clusterIPs?.[0] || spec.clusterIP;
  if (asked) {
    const why = contains(range, asked)
      ? await claim(`${ipPrefix}${asked}`, allocation, 'provided IP is already allocated')
      : notInRange(range, asked);
    if (why)
      allocation.errors.push(invalid('spec.clusterIPs', [asked], `failed to allocate IP ${asked}: ${why}`));
    return;
  }
  const address = await pick(addressPool(range, allocation));
  if (address === undefined)
    throw ApiError.of(
      'InternalError',
      'Internal error occurred: failed to allocate a serviceIP: range is full',
    );
  reserve(`${ipPrefix}${address}`, allocation);
  spec.clusterIP = address;
  spec.clusterIPs = [address];
}

function notInRange(range: AddressRange, address: string): string {
  return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range.cidr}`;
}

function addressPool(range: AddressRange, { request }: Allocation): Pool {
  return {
    size: range.size - range.reserved,
    at: (offset) => range.address(range.reserved + offset),
    taken: async (address) => (await request.server.store.get(`${ipPrefix}${address}`)) !== undefined,
  };
}

async function allocatePorts(
  service: UncheckedDraft<Service>,
  spec: Spec,
  allocation: Allocation,
): Promise<void> {
  const chosen = new Set<number>();
  if (needsHealthCheckNodePort(service)) {
    spec.healthCheckNodePort = await allocatePort(spec.healthCheckNodePort, 'spec.healthCheckNodePort', {
      ...allocation,
      chosen,
    });
  }
  const wanted = needsNodePort(service);
  for (const [index, port] of (spec.ports ?? []).entries()) {
    if (!wanted && !port.nodePort) continue;
    port.nodePort = await allocatePort(port.nodePort, `spec.ports[${index}].nodePort`, {
      ...allocation,
      chosen,
    });
  }
}

/** One port number may serve TCP and UDP of the same service: it is taken once. */
async function allocatePort(
  asked: number | undefined,
  field: string,
  allocation: Allocation & { chosen: Set<number> },
): Promise<number> {
  const { chosen, errors, request } = allocation;
  if (asked) {
    if (chosen.has(asked)) return asked;
    chosen.add(asked);
    const inRange = asked >= nodePorts.first && asked <= nodePorts.last;
    const why = inRange
      ? await claim(`${portPrefix}${asked}`, allocation, 'provided port is already allocated')
      : `provided port is not in the valid range. The range of valid ports is ${nodePorts.first}-${nodePorts.last}`;
    if (why) errors.push(invalid(field, asked, why));
    return asked;
  }
  const port = await pick({
    size: nodePorts.last - nodePorts.first + 1,
    at: (offset) => String(nodePorts.first + offset),
    taken: async (text) =>
      chosen.has(Number(text)) || (await request.server.store.get(`${portPrefix}${text}`)) !== undefined,
  });
  if (port === undefined)
    throw ApiError.of(
      'InternalError',
      'Internal error occurred: failed to allocate a nodePort: range is full',
    );
  chosen.add(Number(port));
  reserve(`${portPrefix}${port}`, allocation);
  return Number(port);
}

/** Takes a key the client asked for by name; the text says why not. */
async function claim(key: string, allocation: Allocation, takenText: string): Promise<string | undefined> {
  if (allocation.held.has(key)) return undefined;
  if (await allocation.request.server.store.get(key)) return takenText;
  reserve(key, allocation);
  return undefined;
}

function reserve(key: string, { request, owner }: Allocation): void {
  request.transaction.compare.push({ key, modRevision: 0 });
  request.transaction.ops.push({ type: 'put', key, value: { service: owner } });
}

/** Gives back what the service had and no longer has. */
function releaseMissing(service: Unchecked<Service>, { old, transaction }: AdmissionRequest): void {
  if (!old) return;
  const kept = new Set(heldBy(service));
  for (const key of heldBy(old as Unchecked<Service>)) {
    if (!kept.has(key)) transaction.ops.push({ type: 'delete', key });
  }
}

/** The keys of everything a service holds. */
function heldBy({ spec }: Unchecked<Service>): string[] {
  const addresses = (spec?.clusterIPs ?? []).filter((ip) => ip !== '' && ip !== 'None');
  const ports = [spec?.healthCheckNodePort, ...(spec?.ports ?? []).map(({ nodePort }) => nodePort)];
  return [
    ...addresses.map((ip) => `${ipPrefix}${ip}`),
    ...new Set(
      ports.filter((port) => port !== undefined && port !== 0).map((port) => `${portPrefix}${port}`),
    ),
  ];
}
