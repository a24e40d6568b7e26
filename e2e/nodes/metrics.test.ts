import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClusterAccess, PrometheusServer } from '../clients/prometheus-server.ts';
import { busyboxArchive } from '../harness/images.ts';
import { Slipway, until } from '../harness/slipway.ts';

const cluster = 'e2e-metrics';
const slipway = new Slipway();
const prometheus = new PrometheusServer();
const paths = ['/metrics', '/metrics/cadvisor', '/metrics/resource', '/metrics/probes'];

const manifest = `
apiVersion: v1
kind: Pod
metadata: { name: busy }
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: main
      image: test.local/busybox:1
      command: [sh, -c, 'while :; do :; done']
      resources: { limits: { cpu: 200m, memory: 32Mi } }
      livenessProbe: { exec: { command: ['true'] }, periodSeconds: 1 }
`;

/** As Prometheus' own example has it: every node's kubelet, at the address of the Node, by the token. */
function jobs({ server, credentials }: ClusterAccess): readonly object[] {
  return paths.map((path) => ({
    job_name: path,
    scheme: 'https',
    metrics_path: path,
    ...credentials,
    kubernetes_sd_configs: [{ role: 'node', api_server: server, ...credentials }],
  }));
}

beforeAll(async () => {
  await slipway.must('cluster', 'create', cluster, '--nodes', '1');
  await slipway.must('image', 'load', await busyboxArchive(), '--cluster', cluster);
  await slipway.apply(cluster, manifest);
  await slipway.get(cluster, 'wait', 'pod/busy', '--for=condition=Ready', '--timeout=30s');
  await prometheus.start(slipway, cluster, jobs);
});
afterAll(async () => {
  await prometheus.close();
  await slipway.close();
});

const values = async (query: string) => (await prometheus.query(query)).map(({ value }) => Number(value[1]));

test('Prometheus finds the kubelets by itself and takes in all that they tell', async () => {
  const health = async () =>
    (await prometheus.query('up')).map(({ metric, value }) => `${metric.job} ${value[1]}`).toSorted();
  const all = paths.map((path) => `${path} 1`).toSorted();
  await until('all are up', async () => (await health()).join() === all.join(), 30_000);
  const cpu = 'rate(container_cpu_usage_seconds_total{pod="busy",container="main",cpu="total"}[10s])';
  await until('there is a rate', async () => ((await values(cpu))[0] ?? 0) > 0.01, 30_000);
  const one = { pod: 'busy', namespace: 'default' };
  const [memory] = await prometheus.query(
    'container_memory_working_set_bytes{pod="busy",job="/metrics/resource"}',
  );
  expect(memory?.metric).toMatchObject({ ...one, container: 'main' });
  expect(await values('container_spec_memory_limit_bytes{pod="busy"}')).toEqual([32 * 2 ** 20]);
  const probes = 'prober_probe_total{pod="busy",probe_type="Liveness",result="successful"}';
  await until('probes are counted', async () => ((await values(probes))[0] ?? 0) > 1, 30_000);
  expect(await values('kubelet_running_pods')).toEqual([1]);
});
