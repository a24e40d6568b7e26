/** What the pod network of one node is set up from. */
export interface CniSettings {
  /** This node's part of the pod network, one range per address family. */
  readonly podCidrs: readonly string[];
  /** MTU of the node's own interface: pods must not send more. */
  readonly mtu: number;
  /**
   * Whether the kernel shows bridged packets to netfilter. If not, packets between pods of one node would pass
   * a bridge behind the back of Services and network policies; then every pod gets a routed link of its own.
   */
  readonly bridgeNetfilter: boolean;
}

/** Where containerd looks; the lowest name wins. */
export const cniConfigFile = '/etc/cni/net.d/10-slipway.conflist';

/**
 * The CNI configuration list (cni.dev, spec 1.0.0): a bridge or point-to-point links, addresses by `host-local`
 * (kept on tmpfs, since pods do not outlive a restart of the node), host ports by `portmap`.
 */
export function cniConfig({ podCidrs, mtu, bridgeNetfilter }: CniSettings): string {
  const ipam = {
    type: 'host-local',
    dataDir: '/run/cni-ipam-state',
    ranges: podCidrs.map((subnet) => [{ subnet }]),
    routes: podCidrs.map((subnet) => ({ dst: subnet.includes(':') ? '::/0' : '0.0.0.0/0' })),
  };
  const link = bridgeNetfilter
    ? { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: false, hairpinMode: true, mtu, ipam }
    : { type: 'ptp', ipMasq: false, mtu, ipam };
  const plugins = [link, { type: 'portmap', capabilities: { portMappings: true } }];
  return `${JSON.stringify({ cniVersion: '1.0.0', name: 'slipway', plugins }, null, 2)}\n`;
}
