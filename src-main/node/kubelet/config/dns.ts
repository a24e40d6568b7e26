import type { ReadonlyPod } from '../pod/spec.ts';
import type { PodSandboxConfig } from '../runtime.ts';

export interface ClusterDns {
  /** Address of the cluster's DNS service. */
  readonly server: string;
  readonly domain: string;
}

/** A resolv.conf, parsed. */
export interface Resolver {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

/** Reads the three kinds of lines that matter; the last `search` wins. */
export function parseResolvConf(text: string): Resolver {
  const servers: string[] = [];
  let searches: readonly string[] = [];
  let options: readonly string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && values[0]) servers.push(values[0]);
    else if (keyword === 'search') searches = values.filter((domain) => domain !== '.');
    else if (keyword === 'options') options = values;
  }
  return { servers, searches, options };
}

/** The pod's resolver by its dnsPolicy and dnsConfig. https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/ */
export function podDns(
  pod: ReadonlyPod,
  node: Resolver,
  cluster: ClusterDns,
): NonNullable<PodSandboxConfig['dns']> {
  const base = baseDns(pod, node, cluster);
  const own = pod.spec?.dnsConfig;
  const options = new Map(base.options.map((option) => [option.split(':')[0] ?? '', option]));
  for (const { name = '', value } of own?.options ?? [])
    options.set(name, value === undefined ? name : `${name}:${value}`);
  return {
    servers: [...new Set([...base.servers, ...(own?.nameservers ?? [])])].slice(0, 3),
    searches: [...new Set([...base.searches, ...(own?.searches ?? [])])].slice(0, 32),
    options: [...options.values()],
  };
}

function baseDns(pod: ReadonlyPod, node: Resolver, { server, domain }: ClusterDns): Resolver {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const onHost = pod.spec?.hostNetwork === true && policy !== 'ClusterFirstWithHostNet';
  if (policy === 'Default' || onHost) return node;
  const { namespace = '' } = pod.metadata ?? {};
  const searches = [`${namespace}.svc.${domain}`, `svc.${domain}`, domain, ...node.searches];
  return { servers: [server], searches, options: ['ndots:5'] };
}

/** The hostname in the pod, and its full name where the pod is part of a subdomain. */
export function podHostname(
  pod: ReadonlyPod,
  domain: string,
): { hostname: string; fqdn: string | undefined } {
  const { name = '', namespace = '' } = pod.metadata ?? {};
  const { hostname, subdomain, setHostnameAsFQDN } = pod.spec ?? {};
  const short = (hostname || name).slice(0, 63).replace(/[-.]+$/, '');
  const fqdn = subdomain ? `${short}.${subdomain}.${namespace}.svc.${domain}` : undefined;
  return { hostname: setHostnameAsFQDN && fqdn ? fqdn : short, fqdn };
}

/** The pod's /etc/hosts. `nodeHosts` is the node's own file, for pods on the node's network. */
export function hostsFile(
  pod: ReadonlyPod,
  podIps: readonly string[],
  names: { hostname: string; fqdn: string | undefined },
  nodeHosts: string,
): string {
  const aliases = (pod.spec?.hostAliases ?? []).map(
    ({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}`,
  );
  const extra = aliases.length > 0 ? ['', '# Entries added by HostAliases.', ...aliases] : [];
  if (pod.spec?.hostNetwork === true) {
    return `${['# Kubernetes-managed hosts file (host network).', nodeHosts.trimEnd(), ...extra].join('\n')}\n`;
  }
  const short = names.hostname.split('.')[0] ?? names.hostname;
  const own = podIps.map((ip) =>
    names.fqdn ? `${ip}\t${names.fqdn}\t${short}` : `${ip}\t${names.hostname}`,
  );
  const fixed = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
  ];
  return `${[...fixed, ...own, ...extra].join('\n')}\n`;
}
