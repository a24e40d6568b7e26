import type { Node } from '@shared/kinds/wire.ts';
import { describe, expect, it } from 'vitest';
import { cniConfig } from './cni.ts';
import { renderEgressRules } from './egress.ts';
import { planRoutes, routeCommands } from './route-plan.ts';

function node(name: string, podCIDRs: string[], addresses: string[]): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { podCIDR: podCIDRs[0] ?? '', podCIDRs },
    status: {
      addresses: [
        { type: 'Hostname', address: name },
        ...addresses.map((address) => ({ type: 'InternalIP', address })),
      ],
    },
  };
}
const self = { nodeName: 'n1', nodeSubnet: '172.30.1.0/24' };

describe('planRoutes', () => {
  it('leads to the pods of every other node, by its address of the same family', () => {
    const nodes = [
      node('n3', ['10.244.3.0/24', 'fd00:244:3::/64'], ['172.30.1.13', 'fd00:30::13']),
      node('n1', ['10.244.1.0/24'], ['172.30.1.11']),
      node('n2', ['10.244.2.0/24'], ['172.30.1.12']),
    ];
    expect(planRoutes(nodes, self)).toEqual([
      { podCidr: '10.244.2.0/24', via: '172.30.1.12' },
      { podCidr: '10.244.3.0/24', via: '172.30.1.13' },
      { podCidr: 'fd00:244:3::/64', via: 'fd00:30::13' },
    ]);
  });

  it('leaves out nodes without address or pods, and simulated ones, which are no neighbours', () => {
    const nodes = [
      node('new', [], []),
      node('no-address', ['10.244.4.0/24'], []),
      node('hollow', ['10.244.5.0/24'], ['10.250.0.5']),
    ];
    expect(planRoutes(nodes, self)).toEqual([]);
  });
});

describe('routeCommands', () => {
  const shown = '10.244.2.0/24 via 172.30.1.12 dev eth0 \n10.244.9.0/24 via 172.30.1.19 dev eth0 \n';

  it('adds what is missing, removes what is no longer wanted and corrects what points elsewhere', () => {
    expect(routeCommands([{ podCidr: '10.244.2.0/24', via: '172.30.1.12' }], shown)).toEqual([
      'route del 10.244.9.0/24 proto 44',
    ]);
    expect(
      routeCommands(
        [
          { podCidr: '10.244.2.0/24', via: '172.30.1.22' },
          { podCidr: '10.244.3.0/24', via: '172.30.1.13' },
        ],
        shown,
      ),
    ).toEqual([
      'route del 10.244.9.0/24 proto 44',
      'route replace 10.244.2.0/24 via 172.30.1.22 proto 44',
      'route replace 10.244.3.0/24 via 172.30.1.13 proto 44',
    ]);
  });

  it('does nothing when all is well', () => {
    expect(routeCommands([], '')).toEqual([]);
  });
});

describe('cniConfig', () => {
  it('bridges pods where netfilter sees bridged packets, and links them one by one where it does not', () => {
    const settings = { podCidrs: ['10.244.1.0/24', 'fd00:244:1::/64'], mtu: 1400 };
    const bridged = JSON.parse(cniConfig({ ...settings, bridgeNetfilter: true }));
    expect(bridged).toMatchObject({ cniVersion: '1.0.0', name: 'slipway' });
    expect(bridged.plugins[0]).toMatchObject({
      type: 'bridge',
      hairpinMode: true,
      mtu: 1400,
      ipam: {
        ranges: [[{ subnet: '10.244.1.0/24' }], [{ subnet: 'fd00:244:1::/64' }]],
        routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
      },
    });
    expect(bridged.plugins[1]).toEqual({ type: 'portmap', capabilities: { portMappings: true } });
    expect(JSON.parse(cniConfig({ ...settings, bridgeNetfilter: false })).plugins[0]).toMatchObject({
      type: 'ptp',
      mtu: 1400,
    });
  });
});

describe('renderEgressRules', () => {
  it('masquerades what goes to the host and beyond, and keeps addresses among pods and nodes', () => {
    const network = {
      dockerNetwork: 'x',
      nodeSubnet: '172.30.1.0/24',
      gateway: '172.30.1.1',
      podCidr: '10.244.0.0/16',
      serviceCidr: '10.96.0.0/16',
      clusterDomain: 'cluster.local',
    };
    expect(
      renderEgressRules(network)
        .split('\n')
        .filter((line) => line.includes('masquerade')),
    ).toEqual([
      '    ip saddr 10.244.0.0/16 ip daddr 172.30.1.1 masquerade fully-random',
      '    ip saddr 10.244.0.0/16 ip daddr != { 10.244.0.0/16, 172.30.1.0/24 } masquerade fully-random',
    ]);
  });
});
