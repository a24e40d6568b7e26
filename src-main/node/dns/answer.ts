import type { EndpointSlice, Service } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { Answer, SoaAnswer, SrvAnswer, StringAnswer } from 'dns-packet';
import { serviceNameLabel } from '../network/labels.ts';
import { addressOfReverseName, dashedAddress, fromDashedAddress } from './names.ts';
import type { Zone } from './zone.ts';

/** What is known of a name. */
export interface ZoneAnswer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL';
  readonly answers: readonly Answer[];
  /** Addresses of the targets of SRV records. */
  readonly additionals: readonly Answer[];
  /** The zone's SOA, when there is no answer (RFC 2308). */
  readonly authorities: readonly Answer[];
  /** A CNAME leads out of the cluster: whoever asked for addresses wants those of this name. */
  readonly follow?: string;
}

/** How long clients may keep what they learn of the cluster. */
export const clusterTtlSeconds = 5;
/** Of the DNS specification that is followed. */
const specificationVersion = '1.1.0';

type Record = StringAnswer | SrvAnswer | Answer;

/**
 * Answers a question about the cluster's own names (Kubernetes DNS-Based Service Discovery 1.1.0); undefined
 * when the name is not the cluster's business and belongs to an upstream server. `name` may be in any case and has
 * no dot at the end; records carry it as it was asked.
 */
export function answerFromZone(zone: Zone, name: string, type: string): ZoneAnswer | undefined {
  const lower = name.toLowerCase();
  const inZone = lower === zone.domain || lower.endsWith(`.${zone.domain}`);
  const reverse = inZone ? undefined : addressOfReverseName(lower);
  const isOwnReverse = reverse !== undefined && zone.ownsAddress(reverse);
  if (!inZone && !isOwnReverse) return undefined;
  if (!zone.isReady) return { rcode: 'SERVFAIL', answers: [], additionals: [], authorities: [] };
  const found = reverse !== undefined ? reverseRecords(zone, reverse, name) : recordsAt(zone, lower, name);
  if (found === undefined) return negative(zone, 'NXDOMAIN');
  return select(zone, found, { name, type });
}

interface Found {
  /** Every record at the name. */
  readonly records: readonly Record[];
  readonly additionals?: readonly Record[];
}

function select(zone: Zone, found: Found, { name, type }: { name: string; type: string }): ZoneAnswer {
  const alias = found.records.find(({ type: recordType }) => recordType === 'CNAME');
  const answers = alias ? [alias] : found.records.filter((record) => record.type === type || type === 'ANY');
  if (answers.length === 0) return negative(zone, 'NOERROR');
  const additionals = answers.some((record) => record.type === 'SRV') ? (found.additionals ?? []) : [];
  const target = alias && 'data' in alias && typeof alias.data === 'string' ? alias.data : undefined;
  const answer = { rcode: 'NOERROR', answers, additionals, authorities: [] } as const;
  if (
    target === undefined ||
    (type !== 'A' && type !== 'AAAA') ||
    target.toLowerCase() === name.toLowerCase()
  )
    return answer;
  return followWithin(zone, answer, { target, type });
}

/** A CNAME to another name of the cluster is resolved here; out of the cluster by the caller. */
function followWithin(
  zone: Zone,
  answer: ZoneAnswer,
  { target, type }: { target: string; type: string },
): ZoneAnswer {
  const isOwn = target.toLowerCase().endsWith(`.${zone.domain}`);
  if (!isOwn) return { ...answer, follow: target };
  const records = recordsAt(zone, target.toLowerCase(), target)?.records ?? [];
  return { ...answer, answers: [...answer.answers, ...records.filter((record) => record.type === type)] };
}

/** Records at a name in the zone; undefined: there is no such name. An empty list: it exists without any. */
function recordsAt(zone: Zone, lower: string, name: string): Found | undefined {
  const path =
    lower === zone.domain
      ? []
      : lower
          .slice(0, -zone.domain.length - 1)
          .split('.')
          .reverse();
  const [kind, namespace, third, ...rest] = path;
  if (kind === undefined)
    return {
      records: [soa(zone, name), { type: 'NS', name, ttl: clusterTtlSeconds, data: `ns.dns.${zone.domain}` }],
    };
  if (kind === 'dns-version' && namespace === undefined) {
    return { records: [{ type: 'TXT', name, ttl: clusterTtlSeconds, data: specificationVersion }] };
  }
  if (kind === 'dns') return nameServerRecords(zone, [namespace, third], name);
  if (kind !== 'svc' && kind !== 'pod') return undefined;
  if (namespace === undefined) return { records: [] };
  if (!zone.hasNamespace(namespace)) return undefined;
  if (third === undefined) return { records: [] };
  if (kind === 'pod') return rest.length === 0 ? podRecords(third, name) : undefined;
  const service = zone.service(namespace, third);
  return service && serviceRecords(zone, service, { rest, name });
}

function nameServerRecords(
  zone: Zone,
  [host, below]: (string | undefined)[],
  name: string,
): Found | undefined {
  if (host === undefined) return { records: [] };
  return host === 'ns' && below === undefined ? { records: [address(name, zone.dnsAddress)] } : undefined;
}

/** `10-244-1-5.default.pod.cluster.local` says its own address, whether or not a pod has it (as CoreDNS does). */
function podRecords(label: string, name: string): Found | undefined {
  const ip = fromDashedAddress(label);
  return ip === undefined ? undefined : { records: [address(name, ip)] };
}

interface ServiceQuestion {
  /** Labels below the Service's own name, nearest first. */
  readonly rest: readonly string[];
  readonly name: string;
}

function serviceRecords(
  zone: Zone,
  service: DeepReadonly<Service>,
  { rest, name }: ServiceQuestion,
): Found | undefined {
  const { spec } = service;
  const [first, second, third] = rest;
  if (spec?.type === 'ExternalName') {
    const data = (spec.externalName ?? '').replace(/\.$/, '');
    return first === undefined && data !== ''
      ? { records: [{ type: 'CNAME', name, ttl: clusterTtlSeconds, data }] }
      : undefined;
  }
  const addresses = isHeadless(service) ? undefined : clusterIpsOf(service);
  if (first === undefined) {
    const ips = addresses ?? readyEndpoints(zone, service).map(({ ip }) => ip);
    // A headless Service without endpoints does not resolve, but its name exists.
    return { records: [...new Set(ips)].map((ip) => address(name, ip)) };
  }
  if (first === '_tcp' || first === '_udp' || first === '_sctp') {
    if (third !== undefined) return undefined;
    return portRecords(zone, service, { protocol: first.slice(1), portLabel: second, name });
  }
  if (addresses || second !== undefined) return undefined;
  const matching = readyEndpoints(zone, service).filter(({ label }) => label === first);
  return matching.length === 0
    ? undefined
    : { records: [...new Set(matching.map(({ ip }) => ip))].map((ip) => address(name, ip)) };
}

/** SRV records of a named port: one for a ClusterIP, one for each endpoint of a headless Service. */
function portRecords(
  zone: Zone,
  service: DeepReadonly<Service>,
  { protocol, portLabel, name }: { protocol: string; portLabel: string | undefined; name: string },
): Found | undefined {
  const ofProtocol = (text: string | undefined) => (text ?? 'TCP').toLowerCase() === protocol;
  const base = serviceDomain(zone, service);
  const targets = isHeadless(service)
    ? readyEndpoints(zone, service).flatMap(({ ip, label, ports }) =>
        ports.map((port) => ({
          port: port.port ?? 0,
          portName: port.name,
          protocol: port.protocol,
          target: `${label}.${base}`,
          ip,
        })),
      )
    : clusterIpsOf(service).flatMap((ip) =>
        (service.spec?.ports ?? []).map((port) => ({
          port: port.port,
          portName: port.name,
          protocol: port.protocol,
          target: base,
          ip,
        })),
      );
  const named = targets.filter((item) => item.portName && ofProtocol(item.protocol));
  if (portLabel === undefined) return named.length > 0 ? { records: [] } : undefined;
  const matching = named.filter(({ portName }) => `_${portName}` === portLabel);
  if (matching.length === 0) return undefined;
  const records = new Map<string, Record>();
  const weight = Math.max(1, Math.floor(100 / matching.length));
  for (const { port, target } of matching) {
    records.set(`${target} ${port}`, {
      type: 'SRV',
      name,
      ttl: clusterTtlSeconds,
      data: { priority: 0, weight, port, target },
    });
  }
  return {
    records: [...records.values()],
    additionals: matching.map(({ target, ip }) => address(target, ip)),
  };
}

function reverseRecords(zone: Zone, ip: string, name: string): Found | undefined {
  const service = zone.serviceByClusterIp(ip);
  if (service) return { records: [pointer(name, serviceDomain(zone, service))] };
  const targets = zone.slicesByEndpointIp(ip).flatMap((slice) => {
    const owner = zone.service(
      slice.metadata?.namespace ?? '',
      slice.metadata?.labels?.[serviceNameLabel] ?? '',
    );
    if (!owner || !isHeadless(owner)) return [];
    return readyEndpoints(zone, owner)
      .filter((endpoint) => endpoint.ip === ip)
      .map(({ label }) => `${label}.${serviceDomain(zone, owner)}`);
  });
  return targets.length === 0
    ? undefined
    : { records: [...new Set(targets)].map((target) => pointer(name, target)) };
}

interface DnsEndpoint {
  readonly ip: string;
  /** Its hostname, or its address with dashes. */
  readonly label: string;
  readonly ports: NonNullable<DeepReadonly<EndpointSlice>['ports']>;
}

/** Endpoints that are ready; those of a Service that publishes unready addresses are marked ready in their slices. */
function readyEndpoints(zone: Zone, service: DeepReadonly<Service>): DnsEndpoint[] {
  const { namespace = '', name = '' } = service.metadata ?? {};
  return zone.slices(namespace, name).flatMap((slice) =>
    slice.addressType === 'FQDN'
      ? []
      : (slice.endpoints ?? [])
          .filter(({ conditions }) => conditions?.ready !== false)
          .flatMap(({ addresses, hostname }) =>
            addresses.map((ip) => ({
              ip,
              label: hostname?.toLowerCase() || dashedAddress(ip),
              ports: slice.ports ?? [],
            })),
          ),
  );
}

const isHeadless = ({ spec }: DeepReadonly<Service>): boolean => spec?.clusterIP === 'None';

function clusterIpsOf({ spec }: DeepReadonly<Service>): readonly string[] {
  return spec?.clusterIPs ?? (spec?.clusterIP ? [spec.clusterIP] : []);
}

function serviceDomain(zone: Zone, { metadata }: DeepReadonly<Service>): string {
  return `${metadata?.name}.${metadata?.namespace}.svc.${zone.domain}`;
}

function address(name: string, ip: string): StringAnswer {
  return { type: ip.includes(':') ? 'AAAA' : 'A', name, ttl: clusterTtlSeconds, data: ip };
}

const pointer = (name: string, data: string): StringAnswer => ({
  type: 'PTR',
  name,
  ttl: clusterTtlSeconds,
  data,
});

function negative(zone: Zone, rcode: 'NOERROR' | 'NXDOMAIN'): ZoneAnswer {
  return { rcode, answers: [], additionals: [], authorities: [soa(zone, zone.domain)] };
}

function soa(zone: Zone, name: string): SoaAnswer {
  return {
    type: 'SOA',
    name,
    ttl: clusterTtlSeconds,
    data: {
      mname: `ns.dns.${zone.domain}`,
      rname: `hostmaster.${zone.domain}`,
      serial: 1,
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: clusterTtlSeconds,
    },
  };
}
