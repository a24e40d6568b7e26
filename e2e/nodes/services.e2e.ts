import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { staleFlows } from '../../src-main/node/kube-proxy/conntrack.ts';
import { ready, service, slice } from '../../src-main/node/kube-proxy/fixtures.ts';
import { planServices } from '../../src-main/node/kube-proxy/plan.ts';
import { proxyTable, renderRules } from '../../src-main/node/kube-proxy/render.ts';
import { formatChanges, formatWhole, type Ruleset } from '../../src-main/node/kube-proxy/ruleset.ts';
import { renderEgressRules } from '../../src-main/node/network/egress.ts';
import { planRoutes, routeCommands, routeProtocol } from '../../src-main/node/network/route-plan.ts';
import { BareCluster, type BareNode } from './bare-node.ts';

type Objects = { services: Parameters<typeof planServices>[0]; slices: Parameters<typeof planServices>[1] };

let cluster: BareCluster;
let n1: BareNode;
let n2: BareNode;
/** Addresses of pods a and b on node 1, c on node 2. */
let a: string;
let b: string;
let c: string;
const applied = new Map<string, Ruleset>();

beforeAll(async () => {
  cluster = await BareCluster.create('e2e-services', 2);
  n1 = cluster.node('n1');
  n2 = cluster.node('n2');
  const { nodeSubnet, gateway, dockerNetwork } = cluster.network;
  const clusterNetwork = {
    dockerNetwork,
    nodeSubnet,
    gateway,
    podCidr: '10.244.0.0/16',
    serviceCidr: '10.96.0.0/16',
    clusterDomain: 'cluster.local',
  };
  const nodes = cluster.nodes.map(({ name, ip, podCidr }) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { podCIDR: podCidr },
    status: { addresses: [{ type: 'InternalIP', address: ip }] },
  }));
  for (const node of cluster.nodes) {
    await node.nft(renderEgressRules(clusterNetwork));
    const commands = routeCommands(planRoutes(nodes, { nodeName: node.name, nodeSubnet }), '');
    await node.sh(`echo '${commands.join('\n')}' | ip -batch -`);
  }
  [a, b, c] = await Promise.all([n1.addPod('a'), n1.addPod('b'), n2.addPod('c')]);
  await Promise.all([n1.serve('a', 'a', 8080), n1.serve('b', 'b', 8080), n2.serve('c', 'c', 8080)]);
});
afterAll(() => cluster?.remove());

/** Brings every node to these Services: whole the first time, by changes afterwards, as kube-proxy does. */
async function apply({ services, slices }: Objects): Promise<void> {
  for (const node of cluster.nodes) {
    const plans = planServices(services, slices, node.name);
    const rules = renderRules(plans, { podCidrs: ['10.244.0.0/16'], serviceCidrs: ['10.96.0.0/16'] });
    const before = applied.get(node.name);
    const script = before ? formatChanges(proxyTable, before, rules) : formatWhole(proxyTable, rules);
    if (script !== '') await node.nft(script);
    applied.set(node.name, rules);
    const listing = await node.sh('conntrack -L -p udp 2>/dev/null');
    for (const args of staleFlows(listing, plans, new Set([node.ip])))
      await node.sh(`conntrack ${args.join(' ')}`);
  }
}

const tcp = (port: number) => ({ port, protocol: 'TCP' });
const everyone = () => [ready(a, 'n1'), ready(b, 'n1'), ready(c, 'n2')];
const namesOf = async (count: number, ask: () => Promise<string>) => {
  const names = new Set<string>();
  for (let i = 0; i < count; i++) names.add((await ask()).split(' ')[0] ?? '');
  return [...names].sort();
};

describe('pods and nodes', () => {
  test('reach each other across nodes with their own addresses', async () => {
    expect(await n1.ask('a', 'tcp', `${c}:8080`)).toBe(`c ${a}`);
    expect(await n2.ask('c', 'tcp', `${a}:8080`)).toBe(`a ${c}`);
    expect(await n1.ask(undefined, 'tcp', `${c}:8080`)).toBe(`c ${n1.ip}`);
  });

  test('routes repair themselves and leave those of others alone', async () => {
    await n1.sh('ip route add 198.51.100.0/24 via 172.17.0.1 onlink dev eth0 proto static');
    const shown = await n1.sh(`ip route show proto ${routeProtocol}`);
    expect(routeCommands([{ podCidr: '10.244.2.0/24', via: n2.ip }], shown)).toEqual([]);
    expect(routeCommands([], shown)).toEqual([`route del 10.244.2.0/24 proto ${routeProtocol}`]);
    await n1.sh('ip route del 198.51.100.0/24');
  });
});

describe('a Service', () => {
  test('spreads connections to its ClusterIP over all backends, from pods and from the node', async () => {
    await apply({
      services: [service('web', { clusterIP: '10.96.0.20', ports: [tcp(80)] })],
      slices: [slice('web', { port: 8080 }, everyone())],
    });
    expect(await namesOf(20, () => n2.ask('c', 'tcp', '10.96.0.20:80'))).toEqual(['a', 'b', 'c']);
    expect(await namesOf(20, () => n1.ask(undefined, 'tcp', '10.96.0.20:80'))).toEqual(['a', 'b', 'c']);
  });

  test('a pod reaches itself through its Service', async () => {
    await apply({
      services: [service('web', { clusterIP: '10.96.0.20', ports: [tcp(80)] })],
      slices: [slice('web', { port: 8080 }, [ready(a, 'n1')])],
    });
    expect(await n1.ask('a', 'tcp', '10.96.0.20:80')).toBe('a 10.244.1.1');
    expect(await n1.ask('b', 'tcp', '10.96.0.20:80')).toBe(`a ${b}`);
    expect(await n2.ask('c', 'tcp', '10.96.0.20:80')).toBe(`a ${c}`);
  });

  test('without backends, and on a port it does not have, connections are refused at once', async () => {
    const services = [
      service('web', { clusterIP: '10.96.0.20', ports: [tcp(80)] }),
      service('empty', {
        type: 'NodePort',
        clusterIP: '10.96.0.21',
        ports: [{ ...tcp(80), nodePort: 30081 }],
      }),
    ];
    await apply({ services, slices: [slice('web', { port: 8080 }, everyone())] });
    for (const target of ['10.96.0.21:80', '10.96.0.20:81', `${n1.ip}:30081`]) {
      expect([target, await n1.ask('a', 'tcp', target)]).toEqual([target, 'ECONNREFUSED']);
      expect([target, await n1.ask(undefined, 'tcp', target)]).toEqual([target, 'ECONNREFUSED']);
    }
    expect(await n1.ask('a', 'udp', '10.96.0.21:80')).toBe('ECONNREFUSED');
  });

  test('is reached by node port on every node, also from outside the cluster', async () => {
    await apply({
      services: [
        service('web', {
          type: 'NodePort',
          clusterIP: '10.96.0.20',
          ports: [{ ...tcp(80), nodePort: 30080 }],
        }),
      ],
      slices: [slice('web', { port: 8080 }, [ready(c, 'n2')])],
    });
    for (const node of [n1, n2]) {
      expect(await n1.ask('a', 'tcp', `${node.ip}:30080`)).toMatch(/^c /);
      expect(await n2.ask(undefined, 'tcp', `${node.ip}:30080`)).toMatch(/^c /);
      expect(await askFromHost(`${node.ip}:30080`)).toMatch(/^c /);
    }
  });

  test('with externalTrafficPolicy Local keeps the client’s address and serves only where a backend is', async () => {
    await apply({
      services: [
        service('web', {
          type: 'NodePort',
          clusterIP: '10.96.0.20',
          externalTrafficPolicy: 'Local',
          ports: [{ ...tcp(80), nodePort: 30080 }],
        }),
      ],
      slices: [slice('web', { port: 8080 }, [ready(c, 'n2')])],
    });
    expect(await askFromHost(`${n2.ip}:30080`)).toBe(`c ${cluster.network.gateway}`);
    expect(await askFromHost(`${n1.ip}:30080`)).toBe('TIMEOUT');
    expect(await n1.ask('a', 'tcp', `${n1.ip}:30080`)).toBe(`c ${a}`);
    expect(await n1.ask(undefined, 'tcp', `${n1.ip}:30080`)).toMatch(/^c /);
  });

  test('with internalTrafficPolicy Local serves from the same node or not at all', async () => {
    await apply({
      services: [
        service('web', { clusterIP: '10.96.0.20', internalTrafficPolicy: 'Local', ports: [tcp(80)] }),
      ],
      slices: [slice('web', { port: 8080 }, [ready(c, 'n2')])],
    });
    expect(await n2.ask('c', 'tcp', '10.96.0.20:80')).toMatch(/^c /);
    expect(await n1.ask('a', 'tcp', '10.96.0.20:80')).toBe('TIMEOUT');
  });

  test('answers at its external address', async () => {
    await apply({
      services: [
        service('web', { clusterIP: '10.96.0.20', externalIPs: ['198.51.100.7'], ports: [tcp(80)] }),
      ],
      slices: [slice('web', { port: 8080 }, everyone())],
    });
    expect(await n1.ask('a', 'tcp', '198.51.100.7:80')).toMatch(/^[abc] /);
  });

  test('with session affinity keeps a client at its backend, also when other backends come and go', async () => {
    const sticky = service('web', { clusterIP: '10.96.0.20', sessionAffinity: 'ClientIP', ports: [tcp(80)] });
    await apply({ services: [sticky], slices: [slice('web', { port: 8080 }, everyone())] });
    const first = await namesOf(8, () => n2.ask('c', 'tcp', '10.96.0.20:80'));
    expect(first).toHaveLength(1);
    const kept = everyone().filter(({ addresses: [ip] }) => ip === { a, b, c }[first[0] ?? '']);
    await apply({ services: [sticky], slices: [slice('web', { port: 8080 }, kept)] });
    await apply({ services: [sticky], slices: [slice('web', { port: 8080 }, everyone())] });
    expect(await namesOf(8, () => n2.ask('c', 'tcp', '10.96.0.20:80'))).toEqual(first);
  });

  test('over UDP moves a client with a fixed port to a new backend when its own goes', async () => {
    const udp = service('udp', { clusterIP: '10.96.0.22', ports: [{ port: 53, protocol: 'UDP' }] });
    const backends = (endpoints: ReturnType<typeof everyone>) => ({
      services: [udp],
      slices: [slice('udp', { port: 8080, protocol: 'UDP' }, endpoints)],
    });
    await apply(backends([]));
    expect(await n1.ask('a', 'udp', '10.96.0.22:53', 4444)).toBe('ECONNREFUSED');
    await apply(backends([ready(b, 'n1')]));
    expect(await n1.ask('a', 'udp', '10.96.0.22:53', 4444)).toBe(`b ${a}`);
    await apply(backends([ready(c, 'n2')]));
    expect(await n1.ask('a', 'udp', '10.96.0.22:53', 4444)).toBe(`c ${a}`);
  });

  test('after all changes the kernel holds what a fresh start would put there', async () => {
    const objects = {
      services: [service('web', { clusterIP: '10.96.0.20', sessionAffinity: 'ClientIP', ports: [tcp(80)] })],
      slices: [slice('web', { port: 8080 }, everyone())],
    };
    await apply({ services: [], slices: [] });
    await apply(objects);
    const changed = await n1.sh(`nft -s list table inet ${proxyTable}`);
    await n1.nft(
      formatWhole(
        proxyTable,
        renderRules(planServices(objects.services, objects.slices, 'n1'), {
          podCidrs: ['10.244.0.0/16'],
          serviceCidrs: ['10.96.0.0/16'],
        }),
      ),
    );
    const whole = await n1.sh(`nft -s list table inet ${proxyTable}`);
    const blocks = (text: string) =>
      text
        .split(/\n(?=\t(?:chain|map|set) )/)
        .map((block) => block.trim())
        .sort();
    expect(blocks(changed)).toEqual(blocks(whole));
  });
});

describe('the cluster’s edge', () => {
  test('the host sees pods under their node’s address', async () => {
    const { createServer } = await import('node:net');
    const server = createServer((socket) => socket.end(`host ${socket.remoteAddress}`));
    await new Promise<void>((resolve) => server.listen(0, cluster.network.gateway, resolve));
    try {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      expect(await n1.ask('a', 'tcp', `${cluster.network.gateway}:${port}`)).toBe(`host ${n1.ip}`);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

/** A connection from the host, which is outside the cluster. */
async function askFromHost(target: string): Promise<string> {
  const { connect } = await import('node:net');
  const [host = '', port] = target.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: 1500 });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text));
    socket.on('timeout', () => {
      socket.destroy();
      resolve('TIMEOUT');
    });
    socket.on('error', (error) =>
      resolve(error instanceof Error && 'code' in error ? String(error.code) : 'ERROR'),
    );
  });
}
