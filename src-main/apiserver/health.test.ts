import { MetricsText } from '@shared/lib/metrics-text.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { callHttps } from '../testing/https.ts';
import { createHealth } from './health.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.close());

const get = (path: string) => callHttps(cluster, { path });

function healthOf(failing: readonly string[]) {
  const logged: unknown[] = [];
  const health = createHealth({
    checks: ['ping', 'etcd', 'poststarthook/bootstrap'].map((name) => ({
      name,
      isReadiness: name.startsWith('poststarthook'),
      failure: () => (failing.includes(name) ? `${name} is not well` : undefined),
    })),
    log: (_, fields) => void logged.push(fields),
    metrics: async () => new MetricsText(),
  });
  const ask = async (url: string) => {
    const [path = '', query] = url.split('?');
    const answer = await health.find({ path, query: new URLSearchParams(query) });
    return answer?.type === 'raw' ? [answer.code, answer.body] : undefined;
  };
  return { ask, logged };
}

test.each([
  ['/livez', [200, 'ok']],
  ['/livez/ping', [200, 'ok']],
  ['/livez/nothing', undefined],
  ['/livez?verbose', [200, '[+]ping ok\n[+]etcd ok\nlivez check passed\n']],
  [
    '/readyz',
    [
      500,
      '[+]ping ok\n[+]etcd ok\n[-]poststarthook/bootstrap failed: reason withheld\nreadyz check failed\n',
    ],
  ],
  ['/readyz/poststarthook/bootstrap', [500, 'internal server error: poststarthook/bootstrap is not well\n']],
  ['/readyz?exclude=poststarthook/bootstrap', [200, 'ok']],
  [
    '/readyz?verbose&exclude=poststarthook/bootstrap&exclude=x',
    [
      200,
      '[+]ping ok\n[+]etcd ok\n[+]poststarthook/bootstrap excluded: ok\nwarn: some health checks cannot be excluded: no matches for "x"\nreadyz check passed\n',
    ],
  ],
])('%s of a server that has not yet been set up', async (url, expected) => {
  expect(await healthOf(['poststarthook/bootstrap']).ask(url)).toEqual(expected);
});

test('why a check failed stands in the log', async () => {
  const { ask, logged } = healthOf(['etcd']);
  await ask('/healthz');
  expect(logged).toEqual([{ failed: ['etcd: etcd is not well'] }]);
});

test('a server that was set up is well, for anybody who asks', async () => {
  for (const path of ['/healthz', '/livez', '/readyz']) {
    const { status, text } = await callHttps(cluster, { path, identity: null });
    expect([path, status, text]).toEqual([path, 200, 'ok']);
  }
});

test('what checks came to is counted, each time somebody asks', async () => {
  const { ask } = healthOf(['etcd']);
  await ask('/livez');
  await ask('/livez?exclude=etcd');
  const [code, text] = (await ask('/metrics/slis')) ?? [];
  const lines = String(text).split('\n');
  expect([code, lines.filter((line) => line.startsWith('kubernetes_'))]).toEqual([
    200,
    [
      'kubernetes_healthcheck{name="ping",type="livez"} 1',
      'kubernetes_healthcheck{name="etcd",type="livez"} 0',
      'kubernetes_healthchecks_total{name="ping",type="livez",status="success"} 2',
      'kubernetes_healthchecks_total{name="etcd",type="livez",status="error"} 1',
    ],
  ]);
});

test('the server tells of every single check, and answers each', async () => {
  const { paths } = (await get('/')).json as { paths: string[] };
  const checks = paths.filter((path) => /^\/(healthz|livez|readyz)\//.test(path));
  expect(checks).toContain('/readyz/poststarthook/rbac/bootstrap-roles');
  expect(checks).toContain('/livez/etcd');
  expect(checks).not.toContain('/livez/shutdown');
  for (const path of [...checks, '/metrics', '/metrics/slis']) expect((await get(path)).status).toBe(200);
});
