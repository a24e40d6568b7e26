import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import type { Service } from '@shared/kinds/wire.ts';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodePaths, startNode } from '../../src-main/docker/node-container.ts';
import { startTestCluster, type TestCluster } from '../../src-main/testing/cluster.ts';
import { BareCluster, type BareNode } from './bare-node.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

let api: TestCluster;
let nodes: BareCluster;
let n1: BareNode;
let n2: BareNode;
let a: string;
let c: string;

beforeAll(async () => {
  api = await startTestCluster();
  nodes = await BareCluster.create('e2e-network', 2);
  n1 = nodes.node('n1');
  n2 = nodes.node('n2');
  const bundle = await bundleAgent();
  const { gateway, nodeSubnet, dockerNetwork } = nodes.network;
  const [address] = await api.server.listen([{ host: gateway, port: 0 }]);
  const network = {
    dockerNetwork,
    nodeSubnet,
    gateway,
    podCidr: '10.244.0.0/16',
    serviceCidr: '10.96.0.0/16',
    clusterDomain: 'cluster.local',
  };
  for (const { name, ip, podCidr } of nodes.nodes) {
    await api.client.create(nodeKind, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      spec: { podCIDR: podCidr, podCIDRs: [podCidr] },
    });
    const node = await api.client.get(nodeKind, { name });
    await api.client.updateStatus(nodeKind, {
      ...node,
      status: { addresses: [{ type: 'InternalIP', address: ip }] },
    });
  }
  for (const { name, container, podCidr } of nodes.nodes) {
    const config = {
      server: `https://${gateway}:${address?.port}`,
      ca: api.pki.ca.cert,
      cert: api.pki.admin.cert,
      key: api.pki.admin.key,
      nodeName: name,
      podCidr,
      network,
    };
    const files = [
      { path: nodePaths.agentBundle, content: bundle },
      { path: nodePaths.nodeConfig, content: JSON.stringify(config), mode: 0o600 },
    ];
    await startNode(nodes.engine, { container, kubeletHostPort: 0, files });
  }
  for (const node of nodes.nodes)
    await eventually(() => node.sh('cat /etc/cni/net.d/10-slipway.conflist'), /"slipway"/);
  [a, c] = await Promise.all([n1.addPod('a'), n2.addPod('c')]);
  await Promise.all([n1.serve('a', 'a', 8080), n2.serve('c', 'c', 8080)]);
});
afterAll(async () => {
  await nodes?.remove();
  await api?.close();
});

/** The agent as one file, made as the product's is. */
async function bundleAgent(): Promise<string> {
  const outDir = join(tmpdir(), `slipway-network-agent-${process.pid}`);
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': at('../../src-shared') } },
    ssr: { noExternal: true },
    build: {
      ssr: at('network-agent.ts'),
      outDir,
      emptyOutDir: true,
      target: 'node20.19',
      rolldownOptions: { output: { format: 'cjs', codeSplitting: false, entryFileNames: 'agent.cjs' } },
    },
  });
  const bundle = await readFile(join(outDir, 'agent.cjs'), 'utf8');
  await rm(outDir, { recursive: true });
  return bundle;
}

/** Asks until the answer is as expected; the last answer stands in the failure. */
async function eventually(ask: () => Promise<string>, expected: RegExp): Promise<string> {
  let answer = '';
  for (let attempt = 0; attempt < 60; attempt++) {
    answer = await ask().catch(String);
    if (expected.test(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`expected ${expected}, last answer: ${answer}`);
}

async function createService(
  name: string,
  spec: NonNullable<Service['spec']>,
  endpoints: { address: string; node: string; hostname?: string }[],
) {
  await api.client.create(serviceKind, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name },
    spec,
  });
  await api.client.create(endpointSliceKind, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: 'default', name, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: endpoints.map(({ address, node, hostname }) => ({
      addresses: [address],
      nodeName: node,
      conditions: { ready: true },
      ...(hostname && { hostname }),
    })),
  });
}

/** What a resolver library in a pod makes of a name. */
const lookup = (node: BareNode, pod: string, name: string, call = 'resolve4') =>
  node.sh(
    `ip netns exec ${pod} node -e "const d = require('dns'); d.setServers(['10.96.0.10']); d.${call}('${name}', (e, r) => console.log(e ? e.code : JSON.stringify(r)))"`,
  );

describe('the agent of a node', () => {
  test('makes routes to the pods of other nodes', async () => {
    await eventually(() => n1.ask('a', 'tcp', `${c}:8080`), new RegExp(`^c ${a}$`));
  });

  test('makes a Service reachable by address and by name, soon after it is created', async () => {
    await createService('web', { ports: [{ port: 80, protocol: 'TCP' }], clusterIP: '10.96.0.77' }, [
      { address: a, node: 'n1' },
      { address: c, node: 'n2' },
    ]);
    await eventually(() => n1.ask('a', 'tcp', '10.96.0.77:80'), /^[ac] /);
    for (const [node, pod] of [
      [n1, 'a'],
      [n2, 'c'],
    ] as const) {
      await eventually(() => lookup(node, pod, 'web.default.svc.cluster.local'), /^\["10\.96\.0\.77"\]$/);
      expect(await lookup(node, pod, 'nothing.default.svc.cluster.local')).toBe('ENOTFOUND');
      expect(await lookup(node, pod, 'web.default.svc.cluster.local', 'resolve6')).toBe('ENODATA');
      expect(await lookup(node, pod, '10.96.0.77', 'reverse')).toBe('["web.default.svc.cluster.local"]');
    }
    await eventually(
      () =>
        n1.sh(
          "node -e \"const d = require('dns'); d.setServers(['10.96.0.10']); d.resolve4('web.default.svc.cluster.local', console.log)\"",
        ),
      /10\.96\.0\.77/,
    );
  });

  test('names the endpoints of a headless Service', async () => {
    await createService('db', { clusterIP: 'None', ports: [{ port: 80, protocol: 'TCP' }] }, [
      { address: a, node: 'n1', hostname: 'db-0' },
      { address: c, node: 'n2' },
    ]);
    await eventually(
      () => lookup(n2, 'c', 'db-0.db.default.svc.cluster.local'),
      new RegExp(`^\\["${a}"\\]$`),
    );
    expect(JSON.parse(await lookup(n2, 'c', 'db.default.svc.cluster.local')).sort()).toEqual([a, c].sort());
  });

  test('keeps answering at the DNS address whatever Service stands there', async () => {
    await api.client
      .create(namespaceKind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } })
      .catch(() => undefined);
    await api.client.create(serviceKind, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'kube-system', name: 'kube-dns' },
      spec: { clusterIP: '10.96.0.10', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
    });
    await eventually(
      () => lookup(n1, 'a', 'kube-dns.kube-system.svc.cluster.local'),
      /^\["10\.96\.0\.10"\]$/,
    );
    expect(
      await n1.sh(
        "node -e \"const d = require('dns'); d.setServers(['10.96.0.10']); d.resolve4('web.default.svc.cluster.local', console.log)\"",
      ),
    ).toContain('10.96.0.77');
  });

  test('is started again after it was killed, and Services work meanwhile', async () => {
    const before = await n1.sh('cat /run/slipway/agent.pid');
    await n1.sh(`kill -9 ${before}`);
    expect(await n1.ask('a', 'tcp', '10.96.0.77:80')).toMatch(/^[ac] /);
    await eventually(() => n1.sh('cat /run/slipway/agent.pid'), new RegExp(`^(?!${before}$)`));
    await eventually(() => lookup(n1, 'a', 'web.default.svc.cluster.local'), /10\.96\.0\.77/);
  });

  test('containerd is started again after it was killed', async () => {
    await n1.sh('kill -9 $(cat /run/slipway/containerd.pid)');
    await eventually(() => n1.sh('ctr version'), /Server:/);
  });

  test('everything is there again after the container restarted', async () => {
    await nodes.engine.docker.getContainer(n2.container).restart({ t: 5 });
    await eventually(() => n2.sh('nft list table inet slipway_proxy'), /10\.96\.0\.77/);
    c = await eventually(() => n2.sh('ip -4 route'), /10\.244\.1\.0\/24 via/).then(() => n2.addPod('c2'));
    await eventually(() => lookup(n2, 'c2', 'web.default.svc.cluster.local'), /10\.96\.0\.77/);
    await eventually(() => n2.ask('c2', 'tcp', `${a}:8080`), new RegExp(`^a ${c}$`));
  });
});
