import { fnv1a32 } from '@shared/lib/hash.ts';
import { type Backend, type Family, keyOf, type ServicePortPlan } from './plan.ts';
import type { NftChain, NftSet, Ruleset } from './ruleset.ts';

/** Name of the table that holds all rules of Services. */
export const proxyTable = 'slipway_proxy';
/** Packet mark: the source address is to become the node's. The bit kube-proxy uses by default. */
const masqueradeMark = '0x4000';
const markForMasquerade = `meta mark set meta mark | ${masqueradeMark}`;
/** nft refuses long names. */
const maxNameLength = 110;

/** What of the cluster the rules depend on, apart from Services. */
export interface ProxyNetwork {
  /** Pod ranges of the whole cluster: traffic from elsewhere to a ClusterIP has to come back through this node. */
  readonly podCidrs: readonly string[];
  /** Where ClusterIPs are taken from: what goes to one that no Service has must not leave the node. */
  readonly serviceCidrs: readonly string[];
}

/**
 * The nftables rules that make Services work on one node. One lookup by (address, protocol, port) leads to a
 * chain, whose one rule picks a backend at random; with session affinity each backend has a chain of its own and
 * a set of the clients that belong to it. What finds no backend is refused, or dropped where a `Local` policy
 * leaves this node without one. Kubernetes' semantics: "Virtual IPs and Service Proxies".
 */
export function renderRules(plans: readonly ServicePortPlan[], network: ProxyNetwork): Ruleset {
  const builder = new Builder(network);
  for (const plan of plans) builder.addPlan(plan);
  return builder.build();
}

const families: readonly Family[] = ['ip', 'ip6'];
const suffixOf = (family: Family): string => (family === 'ip' ? '4' : '6');

class Builder {
  readonly #podRanges: ReadonlyMap<Family, string>;
  readonly #serviceRanges: ReadonlyMap<Family, string>;
  readonly #elements = new Map<string, Map<string, string>>();
  readonly #affinitySets = new Map<string, NftSet>();
  readonly #chains = new Map<string, NftChain>();

  constructor({ podCidrs, serviceCidrs }: ProxyNetwork) {
    this.#podRanges = rangesOf(podCidrs);
    this.#serviceRanges = rangesOf(serviceCidrs);
  }

  addPlan(plan: ServicePortPlan): void {
    const { family, clusterIp, protocol, port, internalPolicy, backends, localBackends } = plan;
    this.#put('cluster_ips', family, clusterIp);
    for (const { ip } of localBackends) this.#put('hairpin', family, `${ip} . ${ip}`);
    const key = `${clusterIp} . ${protocol} . ${port}`;
    if (internalPolicy === 'Cluster') {
      if (backends.length > 0)
        this.#put('services', family, key, `goto ${this.#pickChain('svc', plan, backends)}`);
    } else if (localBackends.length > 0) {
      this.#put('services', family, key, `goto ${this.#pickChain('loc', plan, localBackends)}`);
    } else if (backends.length > 0) {
      this.#put('refused', family, key, 'drop');
    }
    this.#addExternal(plan);
  }

  /** Node port, external addresses and load balancer addresses. */
  #addExternal(plan: ServicePortPlan): void {
    const { family, protocol, port, nodePort, externalPolicy, sourceRanges, backends, localBackends } = plan;
    if (nodePort === undefined && plan.externalIps.length === 0 && plan.loadBalancerIps.length === 0) return;
    const portKey = nodePort === undefined ? undefined : `${protocol} . ${nodePort}`;
    const keys = [...plan.externalIps, ...plan.loadBalancerIps].map((ip) => `${ip} . ${protocol} . ${port}`);
    const isServed = externalPolicy === 'Cluster' ? backends.length > 0 : localBackends.length > 0;
    if (!isServed) {
      const verdict = backends.length > 0 ? 'drop' : 'goto refuse';
      if (portKey) this.#put('refused_ports', family, portKey, verdict);
      for (const key of keys) this.#put('refused', family, key, verdict);
    }
    if (backends.length === 0 && localBackends.length === 0) return;
    const chain = this.#externalChain(plan);
    if (portKey) this.#put('node_ports', family, portKey, `goto ${chain}`);
    for (const ip of plan.externalIps)
      this.#put('services', family, `${ip} . ${protocol} . ${port}`, `goto ${chain}`);
    if (plan.loadBalancerIps.length === 0) return;
    const guarded = sourceRanges.length === 0 ? chain : this.#sourceRangeChain(plan, chain);
    for (const ip of plan.loadBalancerIps)
      this.#put('services', family, `${ip} . ${protocol} . ${port}`, `goto ${guarded}`);
  }

  /**
   * Traffic from outside. Under `Cluster` replies must come back through this node, so the source becomes the
   * node's. Under `Local` it stays; pods and the node itself are not "outside" and may use every backend.
   */
  #externalChain(plan: ServicePortPlan): string {
    const { family, externalPolicy, backends, localBackends } = plan;
    const name = chainName('ext', plan);
    if (externalPolicy === 'Cluster') {
      this.#chains.set(name, {
        rules: [markForMasquerade, `goto ${this.#pickChain('svc', plan, backends)}`],
      });
      return name;
    }
    const rules: string[] = [];
    if (backends.length > 0) {
      const everywhere = this.#pickChain('svc', plan, backends);
      const pods = this.#podRanges.get(family);
      if (pods) rules.push(`${family} saddr ${pods} goto ${everywhere}`);
      rules.push(`fib saddr type local ${markForMasquerade} goto ${everywhere}`);
    }
    if (localBackends.length > 0) rules.push(`goto ${this.#pickChain('loc', plan, localBackends)}`);
    this.#chains.set(name, { rules });
    return name;
  }

  #sourceRangeChain(plan: ServicePortPlan, target: string): string {
    const name = chainName('fw', plan);
    const rules = [`${plan.family} saddr ${braces(plan.sourceRanges)} goto ${target}`, 'drop'];
    this.#chains.set(name, { rules });
    return name;
  }

  #pickChain(prefix: 'svc' | 'loc', plan: ServicePortPlan, backends: readonly Backend[]): string {
    const name = chainName(prefix, plan);
    if (!this.#chains.has(name)) {
      const rules =
        plan.affinitySeconds === undefined ? [pickRule(plan, backends)] : this.#affinityRules(plan, backends);
      this.#chains.set(name, { rules });
    }
    return name;
  }

  #affinityRules(plan: ServicePortPlan, backends: readonly Backend[]): string[] {
    const { family, affinitySeconds } = plan;
    const chains = backends.map((backend) => {
      const name = chainName('ep', plan, backend);
      const set = chainName(`aff${affinitySeconds}`, plan, backend);
      this.#chains.set(name, { rules: [`update @${set} { ${family} saddr }`, pickRule(plan, [backend])] });
      this.#affinitySets.set(set, {
        kind: 'set',
        properties: [`type ${addressType(family)}`, 'flags dynamic,timeout', `timeout ${affinitySeconds}s`],
        elements: undefined,
      });
      return { name, set };
    });
    const choices = chains.map(({ name }, index) => `${index} : goto ${name}`).join(', ');
    return [
      ...chains.map(({ name, set }) => `${family} saddr @${set} goto ${name}`),
      `numgen random mod ${chains.length} vmap { ${choices} }`,
    ];
  }

  #put(set: string, family: Family, key: string, value = ''): void {
    const name = `${set}${suffixOf(family)}`;
    const elements = this.#elements.get(name) ?? new Map<string, string>();
    this.#elements.set(name, elements);
    // Two Services may claim one external address and port: the first by name keeps it.
    if (!elements.has(key)) elements.set(key, value);
  }

  build(): Ruleset {
    const sets = new Map<string, NftSet>();
    for (const family of families) {
      for (const [name, set] of fixedSets(family)) {
        sets.set(name, { ...set, elements: sorted(this.#elements.get(name) ?? new Map()) });
      }
    }
    for (const [name, set] of sorted(this.#affinitySets)) sets.set(name, set);
    return {
      sets,
      chains: new Map([...fixedChains(this.#podRanges, this.#serviceRanges), ...sorted(this.#chains)]),
    };
  }
}

function pickRule({ family, protocol }: ServicePortPlan, backends: readonly Backend[]): string {
  const [first] = backends;
  const dnat = `meta l4proto ${protocol} dnat ${family} to`;
  if (backends.length === 1 && first) {
    return `${dnat} ${family === 'ip6' ? `[${first.ip}]` : first.ip}:${first.port}`;
  }
  const choices = backends.map(({ ip, port }, index) => `${index} : ${ip} . ${port}`).join(', ');
  return `${dnat} numgen random mod ${backends.length} map { ${choices} }`;
}

function fixedSets(family: Family): [string, Omit<NftSet, 'elements'>][] {
  const suffix = suffixOf(family);
  const address = addressType(family);
  const set = (name: string, type: string): [string, Omit<NftSet, 'elements'>] => [
    `${name}${suffix}`,
    { kind: type.endsWith(': verdict') ? 'map' : 'set', properties: [`type ${type}`] },
  ];
  return [
    set('services', `${address} . inet_proto . inet_service : verdict`),
    set('node_ports', 'inet_proto . inet_service : verdict'),
    set('refused', `${address} . inet_proto . inet_service : verdict`),
    set('refused_ports', 'inet_proto . inet_service : verdict'),
    set('cluster_ips', address),
    set('hairpin', `${address} . ${address}`),
  ];
}

/** The ranges of each family, as nft matches them; '' where there are none. */
function rangesOf(cidrs: readonly string[]): ReadonlyMap<Family, string> {
  const of = (family: Family) => cidrs.filter((cidr) => cidr.includes(':') === (family === 'ip6'));
  return new Map(families.map((family) => [family, braces(of(family))]));
}

function fixedChains(
  podRanges: ReadonlyMap<Family, string>,
  serviceRanges: ReadonlyMap<Family, string>,
): [string, NftChain][] {
  const each = (rule: (family: Family, suffix: string) => string) =>
    families.map((family) => rule(family, suffixOf(family)));
  const loopback = { ip: '127.0.0.0/8', ip6: '::1' };
  const outside = families.flatMap((family) => {
    const pods = podRanges.get(family);
    const isCluster = `${family} daddr @cluster_ips${suffixOf(family)}`;
    return pods
      ? [`${isCluster} ${family} saddr != ${pods} fib saddr type != local ${markForMasquerade}`]
      : [];
  });
  const notSent = 'ct state new ct status & dnat == 0';
  return [
    [
      'prerouting',
      {
        hook: 'type nat hook prerouting priority dstnat; policy accept;',
        rules: [...outside, 'jump dispatch'],
      },
    ],
    ['output', { hook: 'type nat hook output priority dstnat; policy accept;', rules: ['jump dispatch'] }],
    [
      'dispatch',
      {
        rules: [
          ...each((family, suffix) => `${family} daddr . meta l4proto . th dport vmap @services${suffix}`),
          ...each(
            (family, suffix) =>
              `${family} daddr != ${loopback[family]} fib daddr type local meta l4proto . th dport vmap @node_ports${suffix}`,
          ),
        ],
      },
    ],
    [
      'postrouting',
      {
        hook: 'type nat hook postrouting priority srcnat; policy accept;',
        rules: [
          `meta mark & ${masqueradeMark} == ${masqueradeMark} meta mark set meta mark ^ ${masqueradeMark} masquerade fully-random`,
          ...each(
            (family, suffix) =>
              `ct status & dnat == dnat ${family} saddr . ${family} daddr @hairpin${suffix} masquerade fully-random`,
          ),
        ],
      },
    ],
    // After DNAT: whatever still goes to a Service's address has no backend.
    [
      'filter_input',
      {
        hook: 'type filter hook input priority filter; policy accept;',
        rules: [`${notSent} jump refuse_ports`],
      },
    ],
    [
      'filter_forward',
      {
        hook: 'type filter hook forward priority filter; policy accept;',
        rules: [`${notSent} jump refuse_services`],
      },
    ],
    [
      'filter_output',
      {
        hook: 'type filter hook output priority filter; policy accept;',
        rules: [`${notSent} jump refuse_services`, `${notSent} jump refuse_ports`],
      },
    ],
    [
      'refuse_services',
      {
        rules: [
          ...each((family, suffix) => `${family} daddr . meta l4proto . th dport vmap @refused${suffix}`),
          // An address of the node itself is answered by the node (cluster DNS).
          'fib daddr type local return',
          ...each((family, suffix) => `${family} daddr @cluster_ips${suffix} goto refuse`),
          // Dropped rather than refused, as by Kubernetes: a Service that has just been made may be on its way.
          ...families.flatMap((family) => {
            const services = serviceRanges.get(family);
            return services ? [`${family} daddr ${services} drop`] : [];
          }),
        ],
      },
    ],
    [
      'refuse_ports',
      {
        rules: [
          ...each((family, suffix) => `${family} daddr . meta l4proto . th dport vmap @refused${suffix}`),
          ...each(
            (family, suffix) =>
              `${family} daddr != ${loopback[family]} fib daddr type local meta l4proto . th dport vmap @refused_ports${suffix}`,
          ),
        ],
      },
    ],
    // A connect() under way on this node overlooks an ICMP error and would wait for its second SYN, a second.
    ['refuse', { rules: ['meta l4proto tcp reject with tcp reset', 'reject'] }],
  ];
}

/** e.g. `svc4/default/web/tcp/80`; a backend's address is added where there is one per backend. */
function chainName(prefix: string, plan: ServicePortPlan, backend?: Backend): string {
  const end = backend ? `/${backend.ip.replaceAll(':', '.')}/${backend.port}` : '';
  const { namespace, name, protocol, port, family } = plan;
  const full = `${prefix}${suffixOf(family)}/${namespace}/${name}/${protocol}/${port}${end}`;
  if (full.length <= maxNameLength) return full;
  const hash = fnv1a32(`${keyOf(plan)}${end}`)
    .toString(16)
    .padStart(8, '0');
  return `${full.slice(0, maxNameLength - 9)}/${hash}`;
}

const addressType = (family: Family): string => (family === 'ip' ? 'ipv4_addr' : 'ipv6_addr');
const braces = (items: readonly string[]): string =>
  items.length > 1 ? `{ ${items.join(', ')} }` : (items[0] ?? '');

function sorted<T>(map: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
