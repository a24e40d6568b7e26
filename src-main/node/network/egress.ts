import type { ClusterNetwork } from '@shared/rpc/cluster-config.ts';

/**
 * nftables rules that give pod traffic leaving the cluster the node's address, as nothing outside knows the way
 * to pods. Towards pods and other nodes the pod's own address stays; the Docker network's gateway lies in the
 * nodes' range but is the host, hence outside. A script for `nft -f`, replacing what was there before.
 */
export function renderEgressRules({ podCidr, nodeSubnet, gateway }: ClusterNetwork): string {
  const inside = nodeSubnet === null ? podCidr : `{ ${podCidr}, ${nodeSubnet} }`;
  return [
    'table inet slipway_network',
    'delete table inet slipway_network',
    'table inet slipway_network {',
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    ...(gateway === null ? [] : [`    ip saddr ${podCidr} ip daddr ${gateway} masquerade fully-random`]),
    `    ip saddr ${podCidr} ip daddr != ${inside} masquerade fully-random`,
    '  }',
    '}',
    '',
  ].join('\n');
}
