import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Slipway, until } from '../harness/slipway.ts';
import { prometheus } from './debian-clients.ts';

/** Debian's Prometheus, which is client-go with protobuf underneath, with the rights its manuals ask for. */

const cluster = 'e2e-prometheus';
const slipway = new Slipway();
const folder = mkdtempSync(join(tmpdir(), 'slipway-e2e-prometheus-'));
const get = (...args: string[]) => slipway.get(cluster, ...args);
const log = join(folder, 'log');
let child: ChildProcess | undefined;
let address: string;

const roles = ['node', 'pod', 'service', 'endpoints', 'endpointslice', 'ingress'];

const manifest = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: prometheus }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: prometheus }
rules:
  - apiGroups: [""]
    resources: [nodes, services, endpoints, pods]
    verbs: [get, list, watch]
  - { apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [get, list, watch] }
  - { apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch] }
  - { nonResourceURLs: [/metrics], verbs: [get] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: prometheus }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: prometheus }
subjects: [{ kind: ServiceAccount, name: prometheus, namespace: default }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: example.test/web, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web }
spec:
  rules:
    - host: shop.test
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
`;

beforeAll(async () => {
  await slipway.must('cluster', 'create', cluster, '--driver', 'hollow', '--nodes', '2');
  await slipway.apply(cluster, manifest);
  await get('rollout', 'status', 'deployment/web', '--timeout=60s');
  const server = await get('config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}');
  const ca = await get(
    'config',
    'view',
    '--raw',
    '--minify',
    '-o',
    'jsonpath={.clusters[0].cluster.certificate-authority-data}',
  );
  writeFileSync(join(folder, 'ca.crt'), Buffer.from(ca, 'base64'));
  writeFileSync(join(folder, 'token'), await get('create', 'token', 'prometheus'));
  writeFileSync(join(folder, 'prometheus.yml'), configuration(server));
  address = `127.0.0.1:${await freePort()}`;
  child = spawn(
    prometheus(),
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: ['ignore', 'ignore', openSync(log, 'w')] },
  );
});
afterAll(async () => {
  if (child?.exitCode === null) {
    child.kill();
    await once(child, 'close');
  }
  rmSync(folder, { recursive: true });
  await slipway.close();
});

/** One job for each role of discovery (nothing answers at those addresses), and one that scrapes the API server. */
function configuration(server: string): string {
  const credentials = {
    authorization: { credentials_file: join(folder, 'token') },
    tls_config: { ca_file: join(folder, 'ca.crt') },
  };
  const discovery = roles.map((role) => ({
    job_name: role,
    kubernetes_sd_configs: [
      {
        role,
        api_server: server,
        ...credentials,
        ...(role !== 'node' && { namespaces: { names: ['default'] } }),
      },
    ],
  }));
  const scrape = {
    job_name: 'apiserver',
    scheme: 'https',
    ...credentials,
    static_configs: [{ targets: [new URL(server).host] }],
  };
  // JSON is YAML.
  return JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [...discovery, scrape] });
}

test('service discovery finds nodes, pods, Services, endpoints, slices and Ingresses, and follows changes', async () => {
  type Targets = { activeTargets: { scrapePool: string; discoveredLabels: Record<string, string> }[] };
  const targets = async (role: string, label: string) => {
    const { activeTargets } = await ask<Targets>('/api/v1/targets?state=active');
    const own = activeTargets.filter(({ scrapePool }) => scrapePool === role);
    return own.map(({ discoveredLabels }) => discoveredLabels[`__meta_kubernetes_${label}`] ?? '').sort();
  };
  const found = async () => ({
    node: await targets('node', 'node_name'),
    pod: (await targets('pod', 'pod_phase')).join(),
    service: await targets('service', 'service_name'),
    endpoints: (await targets('endpoints', 'endpoint_ready')).join(),
    endpointslice: (await targets('endpointslice', 'endpointslice_endpoint_conditions_ready')).join(),
    ingress: await targets('ingress', 'ingress_host'),
  });
  const expected = (replicas: number) => ({
    node: [`${cluster}-hollow-1`, `${cluster}-hollow-2`],
    pod: Array(replicas).fill('Running').join(),
    service: ['kubernetes', 'web'],
    endpoints: Array(replicas).fill('true').join(),
    endpointslice: Array(replicas).fill('true').join(),
    ingress: ['shop.test'],
  });
  let last: unknown;
  const settles = (replicas: number) =>
    until(
      `${replicas} replicas in every role`,
      async () => {
        last = await found();
        return JSON.stringify(last) === JSON.stringify(expected(replicas));
      },
      30_000,
    ).catch(() => expect(last).toEqual(expected(replicas)));
  await settles(2);
  await get('scale', 'deployment/web', '--replicas=4');
  await settles(4);
});

test("the API server's metrics are scraped with the token of a service account", async () => {
  type Result = { result: { metric: Record<string, string>; value: [number, string] }[] };
  const query = (text: string) => ask<Result>(`/api/v1/query?query=${encodeURIComponent(text)}`);
  await until(
    'a scrape',
    async () => (await query('up{job="apiserver"}')).result[0]?.value[1] === '1',
    30_000,
  );
  const watches = await query('sum(apiserver_request_total{verb="WATCH",resource="pods"}) > 0');
  const seconds = await query(
    'histogram_quantile(0.99, sum(apiserver_request_duration_seconds_bucket) by (le)) > 0',
  );
  expect([watches.result.length, seconds.result.length]).toEqual([1, 1]);
});

async function ask<T>(path: string): Promise<T> {
  if (child?.exitCode !== null) throw new Error(`Prometheus ended: ${readFileSync(log, 'utf8')}`);
  const response = await fetch(`http://${address}${path}`);
  const { data } = (await response.json()) as { data: T };
  return data;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  if (bound === null || typeof bound === 'string') throw new Error('there is no port');
  return bound.port;
}
