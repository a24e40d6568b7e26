import { afterAll, beforeAll, expect, test } from 'vitest';
import { Slipway, until } from '../harness/slipway.ts';
import { type ClusterAccess, PrometheusServer } from './prometheus-server.ts';

/** Debian's Prometheus, with the rights its manuals ask for. */

const cluster = 'e2e-prometheus';
const slipway = new Slipway();
const prometheus = new PrometheusServer();
const get = (...args: string[]) => slipway.get(cluster, ...args);

const roles = ['node', 'pod', 'service', 'endpoints', 'endpointslice', 'ingress'];

const manifest = `
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
  await prometheus.start(slipway, cluster, jobs);
});
afterAll(async () => {
  await prometheus.close();
  await slipway.close();
});

/** One job for each role of discovery (nothing answers at those addresses), and two that scrape the API server. */
function jobs({ server, credentials }: ClusterAccess): readonly object[] {
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
  const scrapes = ['/metrics', '/metrics/slis'].map((path) => ({
    job_name: path,
    scheme: 'https',
    metrics_path: path,
    ...credentials,
    static_configs: [{ targets: [new URL(server).host] }],
  }));
  return [...discovery, ...scrapes];
}

test('service discovery finds nodes, pods, Services, endpoints, slices and Ingresses, and follows changes', async () => {
  type Targets = { activeTargets: { scrapePool: string; discoveredLabels: Record<string, string> }[] };
  const targets = async (role: string, label: string) => {
    const { activeTargets } = await prometheus.ask<Targets>('/api/v1/targets?state=active');
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
  // The API server is an endpoint as well, of the Service `kubernetes`.
  const expected = (replicas: number) => ({
    node: [`${cluster}-hollow-1`, `${cluster}-hollow-2`],
    pod: Array(replicas).fill('Running').join(),
    service: ['kubernetes', 'web'],
    endpoints: Array(replicas + 1)
      .fill('true')
      .join(),
    endpointslice: Array(replicas + 1)
      .fill('true')
      .join(),
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
  const query = (text: string) => prometheus.query(text);
  const up = 'sum(up{job=~"/metrics.*"})';
  await until('two scrapes', async () => (await query(up))[0]?.value[1] === '2', 30_000);
  const watches = await query('sum(apiserver_request_total{verb="WATCH",resource="pods"}) > 0');
  const seconds = await query(
    'histogram_quantile(0.99, sum(apiserver_request_duration_seconds_bucket) by (le)) > 0',
  );
  const healthy = await query('min(kubernetes_healthcheck{type="readyz"}) == 1');
  const files = await query('process_open_fds / process_max_fds < 1');
  expect([watches, seconds, healthy, files].map(({ length }) => length)).toEqual([1, 1, 1, 1]);
});
