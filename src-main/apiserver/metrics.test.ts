import { request } from 'node:https';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { callHttps } from '../testing/https.ts';

let cluster: TestCluster;

const collection = '/api/v1/namespaces/default/configmaps';
const get = (path: string) => callHttps(cluster, { path });

beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.client.create(configMapKind, { metadata: { name: 'counted', namespace: 'default' } });
});
afterAll(() => cluster.close());

async function scrape(): Promise<readonly string[]> {
  return (await get('/metrics')).text.split('\n');
}

interface Asked {
  readonly verb: string;
  readonly scope: string;
  readonly dryRun?: string;
}

/** Labels of requests for ConfigMaps. */
function labels({ verb, scope, dryRun = '' }: Asked): string {
  return `component="apiserver",dry_run="${dryRun}",group="",resource="configmaps",scope="${scope}",subresource="",verb="${verb}",version="v1"`;
}

test('requests are counted by what they were about', async () => {
  await get(`${collection}/counted`);
  await get(collection);
  await get(`${collection}/missing`);
  await get(`${collection}?fieldSelector=metadata.name%3Dcounted`);
  await callHttps(cluster, { method: 'DELETE', path: '/apis/apps/v1/namespaces/default/deployments' });
  await get('/api/v1/configmaps');
  const lines = await scrape();
  const expected = [
    [{ verb: 'GET', scope: 'resource' }, 200, 1],
    [{ verb: 'GET', scope: 'resource' }, 404, 1],
    [{ verb: 'LIST', scope: 'namespace' }, 200, 2],
    [{ verb: 'LIST', scope: 'cluster' }, 200, 1],
  ] as const;
  for (const [asked, code, count] of expected)
    expect(lines).toContain(`apiserver_request_total{code="${code}",${labels(asked)}} ${count}`);
  expect(lines).toContain(
    'apiserver_request_total{code="200",component="apiserver",dry_run="",group="apps",resource="deployments",scope="namespace",subresource="",verb="DELETE",version="v1"} 1',
  );
  const seconds = `apiserver_request_duration_seconds`;
  const own = labels({ verb: 'GET', scope: 'resource' });
  expect(lines).toContain(`${seconds}_bucket{${own},le="+Inf"} 2`);
  expect(lines).toContain(`${seconds}_count{${own}} 2`);
});

test('dry runs and server-side apply are counted apart', async () => {
  const create = (name: string, query: string) => {
    const body = JSON.stringify({ metadata: { name } });
    const headers = { 'content-type': 'application/json' };
    return callHttps(cluster, { method: 'POST', path: `${collection}?${query}`, headers, body });
  };
  await create('a', 'dryRun=All');
  await create('b', 'dryRun=All&dryRun=All');
  await create('c', 'dryRun=Some');
  await callHttps(cluster, {
    method: 'PATCH',
    path: `${collection}/d?fieldManager=me`,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: '{ apiVersion: v1, kind: ConfigMap, metadata: { name: d } }',
  });
  const lines = await scrape();
  const created = { verb: 'POST', scope: 'resource' };
  const applied = { verb: 'APPLY', scope: 'resource' };
  expect(lines).toContain(`apiserver_request_total{code="201",${labels({ ...created, dryRun: 'All' })}} 2`);
  expect(lines).toContain(
    `apiserver_request_total{code="422",${labels({ ...created, dryRun: 'invalid' })}} 1`,
  );
  expect(lines).toContain(`apiserver_request_total{code="201",${labels(applied)}} 1`);
});

test('watches and streams are counted while they are open', async () => {
  const { hostname, port } = new URL(cluster.url);
  const path = `${collection}?watch=true`;
  const watch = request({
    hostname,
    port,
    path,
    ca: cluster.pki.ca.cert,
    ...cluster.pki.admin,
    agent: false,
  });
  watch.on('error', () => {}).end();
  const open =
    'apiserver_longrunning_requests{component="apiserver",group="",resource="configmaps",scope="namespace",subresource="",verb="WATCH",version="v1"}';
  await vi.waitFor(async () => expect(await scrape()).toContain(`${open} 1`));
  watch.destroy();
  await vi.waitFor(async () => expect(await scrape()).toContain(`${open} 0`));
  await get('/api/v1/namespaces/default/pods/none/log');
  const log =
    'component="apiserver",group="",resource="pods",scope="resource",subresource="log",verb="CONNECT",version="v1"';
  await vi.waitFor(async () => expect(await scrape()).toContain(`apiserver_longrunning_requests{${log}} 0`));
});

test('objects are counted by resource, requests that are being served by kind', async () => {
  const lines = await scrape();
  expect(lines).toContain('apiserver_resource_objects{group="",resource="namespaces"} 4');
  expect(lines).toContain('apiserver_storage_objects{resource="deployments.apps"} 0');
  expect(lines).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 1');
});

test('every family says what it means and of which type it is, and every line is well-formed and alone of its kind', async () => {
  const { text, headers } = await get('/metrics');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = text.split('\n');
  const told = new Set<string>();
  const broken = lines.filter((line, index) => {
    const [, help] = /^# HELP ([a-z_]+) [^\n]+$/.exec(line) ?? [];
    const [, type] = /^# TYPE ([a-z_]+) (?:counter|gauge|histogram)$/.exec(line) ?? [];
    if (help) return told.has(help);
    if (type) told.add(type);
    if (type) return !lines[index - 1]?.startsWith(`# HELP ${type} `);
    const [, name = ''] = /^([a-z_]+)(?:\{[^{}]*\})? (?:[-+.\de]+|\+Inf)$/.exec(line) ?? [];
    return (
      line !== '' && ![name, name.replace(/_(bucket|sum|count)$/, '')].some((family) => told.has(family))
    );
  });
  expect(broken).toEqual([]);
  const samples = lines.filter(Boolean).map((line) => line.slice(0, line.lastIndexOf(' ')));
  expect(samples).toHaveLength(new Set(samples).size);
});

test.runIf(process.platform === 'linux')('the process tells of its memory, files and age', async () => {
  const lines = await scrape();
  const value = (name: string) => Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
  expect(value('process_open_fds')).toBeGreaterThan(2);
  expect(value('process_max_fds')).toBeGreaterThan(value('process_open_fds'));
  expect(value('process_virtual_memory_bytes')).toBeGreaterThan(value('process_resident_memory_bytes'));
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7);
  expect(Math.abs(value('process_start_time_seconds') - performance.timeOrigin / 1000)).toBeLessThan(1);
});
