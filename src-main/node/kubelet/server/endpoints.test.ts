import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { counts, dir, get, runtime, serverFixture } from './server.test-fixture.ts';

serverFixture();

/** The samples of a family, without their times. */
const samples = (body: string, family: string) =>
  body
    .split('\n')
    .filter((line) => line.startsWith(`${family}{`) || line.startsWith(`${family} `))
    .map((line) => line.replace(/(\} \S+) \d{13}$/, '$1'));

test('/metrics/resource has what metrics-server reads', async () => {
  const { body } = await get('/metrics/resource');
  const of = (family: string) => samples(body, family);
  expect(of('container_cpu_usage_seconds_total')).toEqual([
    'container_cpu_usage_seconds_total{container="main",namespace="default",pod="web"} 0.005',
  ]);
  expect(of('pod_memory_working_set_bytes')).toEqual([
    'pod_memory_working_set_bytes{namespace="default",pod="web"} 1048576',
  ]);
  expect(of('resource_scrape_error')).toEqual(['resource_scrape_error 0']);
  expect(body).toContain('# TYPE node_cpu_usage_seconds_total counter');
});

test('/metrics/cadvisor has containers, pods, their traffic and the machine', async () => {
  const { body } = await get('/metrics/cadvisor');
  const of = (family: string) => samples(body, family);
  expect(of('container_memory_rss').at(-1)).toMatch(
    /^container_memory_rss\{container="main",id="\/kubepods\/besteffort\/podu1\/\w+",image="",name="\w+",namespace="default",pod="web"\} 524288$/,
  );
  expect(of('container_network_transmit_bytes_total')).toEqual([
    'container_network_transmit_bytes_total{container="",id="/kubepods/besteffort/podu1",image="",name="",namespace="default",pod="web",interface="eth0"} 200',
  ]);
  expect(of('machine_cpu_cores')).toEqual(['machine_cpu_cores 2']);
});

test('/metrics counts pods and containers, /metrics/probes what probes came to', async () => {
  const { body } = await get('/metrics');
  expect(samples(body, 'kubelet_running_pods')).toEqual(['kubelet_running_pods 1']);
  expect(samples(body, 'kubelet_running_containers')).toEqual([
    'kubelet_running_containers{container_state="running"} 1',
  ]);
  expect(samples(body, 'kubelet_node_name')).toEqual(['kubelet_node_name{node="node-1"} 1']);
  const owner = {};
  counts.add(owner, { probe_type: 'Liveness', pod: 'a"b\\c\nd' }, 'failed');
  counts.add(owner, { probe_type: 'Liveness', pod: 'a"b\\c\nd' }, 'failed');
  const probes = () => get('/metrics/probes').then((answer) => samples(answer.body, 'prober_probe_total'));
  expect(await probes()).toEqual([
    'prober_probe_total{probe_type="Liveness",pod="a\\"b\\\\c\\nd",result="failed"} 2',
  ]);
  counts.forget(owner);
  expect(await probes()).toEqual([]);
});

test('/logs lists folders and shows files, and nothing outside', async () => {
  await mkdir(join(dir, 'pods'));
  await writeFile(join(dir, 'pods/<b>.log'), 'line\n');
  await symlink('/etc/passwd', join(dir, 'out'));
  await symlink('pods/<b>.log', join(dir, 'in'));
  expect(await get('/logs/')).toMatchObject({
    status: 200,
    body: expect.stringContaining('<a href="./pods/">pods/</a>'),
  });
  expect((await get('/logs/pods')).status).toBe(301);
  expect((await get('/logs/pods/')).body).toContain('<a href="./%3Cb%3E.log">&lt;b&gt;.log</a>');
  expect(await get('/logs/pods/%3Cb%3E.log')).toEqual({ status: 200, body: 'line\n' });
  expect(await get('/logs/in')).toEqual({ status: 200, body: 'line\n' });
  for (const path of [
    '/logs/out',
    '/logs/none',
    '/logs/%2e%2e/x',
    '/logs/..%2f..%2fetc/passwd',
    '/logs/a%00b',
  ])
    expect([path, (await get(path)).status]).toEqual([path, 404]);
});

test('/run answers with the output, and /checkpoint says why it cannot', async () => {
  runtime.onExec = (_container, command) => ({
    exitCode: command[1] === 'x' ? 3 : 0,
    stdout: command.join('|'),
  });
  const post = (path: string) => get(path, undefined, { method: 'POST' });
  expect(await post('/run/default/web/main?cmd=echo%20a%20b')).toEqual({ status: 200, body: 'echo|a|b' });
  expect(await post('/run/default/web/u1/main?cmd=date')).toEqual({ status: 200, body: 'date' });
  expect(await post('/run/default/web/other-uid/main?cmd=date')).toMatchObject({ status: 404 });
  expect(await post('/run/default/web/main?cmd=sh%20x')).toMatchObject({ status: 500 });
  expect(await post('/checkpoint/default/web/main')).toMatchObject({
    status: 500,
    body: expect.stringContaining('checkpointing of default/web/main failed'),
  });
  expect(await post('/checkpoint/default/none/main')).toMatchObject({ status: 404 });
});

test('pods as the API and as the runtime has them, configuration, health', async () => {
  expect(JSON.parse((await get('/pods')).body).items).toHaveLength(1);
  expect(JSON.parse((await get('/runningpods/')).body).items).toMatchObject([
    { metadata: { name: 'web', namespace: 'default', uid: 'u1' }, spec: { containers: [{ name: 'main' }] } },
  ]);
  expect(JSON.parse((await get('/configz')).body).kubeletconfig).toMatchObject({
    maxPods: 110,
    clusterDomain: 'cluster.local',
    clusterDNS: ['10.96.0.10'],
  });
  expect((await get('/healthz?verbose')).body).toBe(
    '[+]ping ok\n[+]log ok\n[+]syncloop ok\nhealthz check passed\n',
  );
  expect(await get('/healthz/syncloop')).toEqual({ status: 200, body: 'ok' });
});

test.each([
  ['GET', '/none', 404],
  ['GET', '/constructor', 404],
  ['GET', '/metrics/none', 404],
  ['GET', '/metrics/constructor', 404],
  ['GET', '/stats/container', 404],
  ['POST', '/pods', 405],
  ['GET', '/run/default/web/main', 405],
  ['GET', '/%zz', 400],
])('%s %s is %i', async (method, path, status) => {
  expect((await get(path, undefined, { method })).status).toBe(status);
});
