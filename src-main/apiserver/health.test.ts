import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
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
    metrics: async () => '',
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

test('metrics count requests by what they were about, and objects by resource', async () => {
  await cluster.client.create(configMapKind, { metadata: { name: 'counted', namespace: 'default' } });
  await get('/api/v1/namespaces/default/configmaps/counted');
  await get('/api/v1/namespaces/default/configmaps');
  await get('/api/v1/namespaces/default/configmaps/missing');
  await callHttps(cluster, { method: 'DELETE', path: '/apis/apps/v1/namespaces/default/deployments' });
  const { text, headers } = await get('/metrics');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const labels = (verb: string, scope: string, rest = 'group="",version="v1",resource="configmaps"') =>
    `component="apiserver",${rest},subresource="",scope="${scope}",verb="${verb}"`;
  const lines = text.split('\n');
  expect(lines).toContain(`apiserver_request_total{${labels('GET', 'resource')},code="200"} 1`);
  expect(lines).toContain(`apiserver_request_total{${labels('GET', 'resource')},code="404"} 1`);
  expect(lines).toContain(`apiserver_request_total{${labels('LIST', 'namespace')},code="200"} 1`);
  const deployments = 'group="apps",version="v1",resource="deployments"';
  expect(lines).toContain(
    `apiserver_request_total{${labels('DELETECOLLECTION', 'namespace', deployments)},code="200"} 1`,
  );
  expect(lines).toContain(
    `apiserver_request_duration_seconds_bucket{${labels('GET', 'resource')},le="+Inf"} 2`,
  );
  expect(lines).toContain(`apiserver_request_duration_seconds_count{${labels('GET', 'resource')}} 2`);
  expect(lines).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 1');
  expect(lines).toContain('apiserver_storage_objects{resource="namespaces"} 4');
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  // The format: every line is a comment or a sample.
  const broken = lines.filter((line) => !/^(#.*|[a-z_]+(\{[^{}]*\})? (?:[-+.\de]+|\+Inf)|)$/.test(line));
  expect(broken).toEqual([]);
});
