import { BlockList, isIPv4 } from 'node:net';
import type { Node } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

/** A route to another node's pods. */
export interface PodRoute {
  readonly podCidr: string;
  /** Address of the node that has these pods. */
  readonly via: string;
}

/** Marks our routes in the kernel's table (`proto`), so that others' are left alone. */
export const routeProtocol = '44';

/**
 * Routes a node needs: one for each pod range of every other node that is its neighbour, that is whose
 * InternalIP lies in `nodeSubnet` (simulated nodes do not). Sorted by range.
 */
export function planRoutes(
  nodes: readonly DeepReadonly<Node>[],
  self: { readonly nodeName: string; readonly nodeSubnet: string },
): PodRoute[] {
  const neighbours = subnetList(self.nodeSubnet);
  return nodes
    .filter((node) => node.metadata?.name !== self.nodeName)
    .flatMap((node) => {
      const addresses = (node.status?.addresses ?? []).filter(({ type }) => type === 'InternalIP');
      const podCidrs = node.spec?.podCIDRs ?? (node.spec?.podCIDR ? [node.spec.podCIDR] : []);
      return podCidrs.flatMap((podCidr) => {
        const isV6 = podCidr.includes(':');
        const via = addresses.find(({ address }) => address.includes(':') === isV6)?.address;
        return via !== undefined && (isV6 || neighbours.check(via)) ? [{ podCidr, via }] : [];
      });
    })
    .sort((a, b) => (a.podCidr < b.podCidr ? -1 : 1));
}

/**
 * Input for `ip -batch`, making `wanted` of what `ip route show proto 44` printed. `replace` also repairs a
 * route whose gateway changed.
 */
export function routeCommands(wanted: readonly PodRoute[], shown: string): string[] {
  const present = shown
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([podCidr, word, via]) => (podCidr && word === 'via' && via ? [{ podCidr, via }] : []));
  const isIn = (routes: readonly PodRoute[], { podCidr, via }: PodRoute) =>
    routes.some((route) => route.podCidr === podCidr && route.via === via);
  const stale = present.filter((route) => !wanted.some(({ podCidr }) => podCidr === route.podCidr));
  return [
    ...stale.map(({ podCidr }) => `route del ${podCidr} proto ${routeProtocol}`),
    ...wanted
      .filter((route) => !isIn(present, route))
      .map(({ podCidr, via }) => `route replace ${podCidr} via ${via} proto ${routeProtocol}`),
  ];
}

function subnetList(cidr: string): BlockList {
  const [address = '', bits = '32'] = cidr.split('/');
  const list = new BlockList();
  list.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6');
  return list;
}
