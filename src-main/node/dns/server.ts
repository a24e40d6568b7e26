import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Backoff } from '@shared/lib/backoff.ts';
import { type Clock, sleep, systemClock } from '@shared/lib/clock.ts';
import type { ClusterNetwork } from '@shared/rpc/cluster-config.ts';
import { exec } from '../../platform/exec.ts';
import type { ServiceInformers } from '../network/service-informers.ts';
import { type ListenAddress, listenDns } from './listeners.ts';
import { Responder } from './responder.ts';
import { resolvConfUpstream, type Upstream } from './upstream.ts';
import { InformedZone } from './zone.ts';

export interface DnsOptions {
  /** Run by the caller. */
  readonly informers: ServiceInformers;
  readonly network: Pick<ClusterNetwork, 'serviceCidr' | 'podCidr' | 'clusterDomain'>;
  /** Default: the cluster DNS address, which is first given to the node's loopback interface, port 53. */
  readonly listen?: ListenAddress;
  /** Default: the resolvers of the node's /etc/resolv.conf. */
  readonly upstream?: Upstream;
  readonly clock?: Clock;
  readonly log: (message: string, fields?: Record<string, unknown>) => void;
}

/**
 * The address of cluster DNS: the tenth of the Service range, e.g. `10.96.0.10`. Every node answers at it
 * itself, so that no pod's lookup leaves its node and none depends on another pod.
 */
export function clusterDnsAddress(serviceCidr: string): string {
  const [network = ''] = serviceCidr.split('/');
  if (isIPv6(network)) return new URL(`http://[${network.replace(/::$/, '')}::a]`).hostname.slice(1, -1);
  const parts = network.split('.').map(Number);
  const value = parts.reduce((sum, part) => sum * 256 + part, 0) + 10;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/**
 * Serves cluster DNS on this node, over UDP and TCP, until `signal` aborts. While the API server is out of
 * reach it goes on answering from what it knew last; before it ever knew, cluster names get SERVFAIL, and others work.
 */
export async function runDns(options: DnsOptions, signal: AbortSignal): Promise<void> {
  const { informers, network, log } = options;
  const dnsAddress = clusterDnsAddress(network.serviceCidr);
  const zone = new InformedZone({
    informers,
    domain: network.clusterDomain,
    dnsAddress,
    ownsAddress: addressTest([network.serviceCidr, network.podCidr]),
  });
  const upstream = options.upstream ?? resolvConfUpstream('/etc/resolv.conf', ownAddresses(dnsAddress));
  const responder = new Responder({ zone, upstream, log });
  const listen = options.listen ?? { host: dnsAddress, port: 53 };
  await serve({ ...options, listen }, responder, signal);
}

async function serve(
  { listen, clock = systemClock, log }: DnsOptions & { listen: ListenAddress },
  responder: Responder,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff({ initialMs: 500, maxMs: 30_000 });
  while (!signal.aborted) {
    try {
      await ensureLocalAddress(listen.host);
      const listener = await listenDns(responder, listen, signal);
      log('cluster DNS is answering', { address: listen.host, port: listener.port });
      await aborted(signal);
      await listener.close();
      return;
    } catch (error) {
      log('cluster DNS cannot listen', { address: listen.host, error: String(error) });
      await sleep(clock, backoff.next(), signal).catch(() => undefined);
    }
  }
}

/** Gives the address to the loopback interface unless this machine has it. */
async function ensureLocalAddress(address: string): Promise<void> {
  const present = Object.values(networkInterfaces()).some((list) =>
    list?.some((item) => item.address === address),
  );
  if (present) return;
  await exec('ip', ['address', 'replace', `${address}/${isIPv6(address) ? 128 : 32}`, 'dev', 'lo']);
}

/** Resolvers at these addresses would be ourselves. Docker's, at 127.0.0.11, is not. */
function ownAddresses(dnsAddress: string): ReadonlySet<string> {
  const own = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map(({ address }) => address),
  );
  return new Set([dnsAddress, ...own]);
}

function addressTest(cidrs: readonly string[]): (ip: string) => boolean {
  const list = new BlockList();
  for (const cidr of cidrs.flatMap((text) => text.split(','))) {
    const [address = '', bits] = cidr.split('/');
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return (ip) => list.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
