import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findKubectl } from '../../scripts/lib/kubectl.mjs';
import { root } from '../../scripts/lib/shell.mjs';
import { busyboxArchive, webArchive } from '../harness/images.ts';
import { run, Slipway } from '../harness/slipway.ts';

const cluster = 'e2e-streams';
const slipway = new Slipway();
const fixture = (name: string) => readFileSync(join(root, 'e2e/fixtures', name), 'utf8');
const get = (...args: string[]) => slipway.get(cluster, ...args);
const kubectl = findKubectl() ?? 'kubectl';

beforeAll(async () => {
  await slipway.must('cluster', 'create', cluster, '--nodes', '1');
  await slipway.must('image', 'load', await busyboxArchive(), await webArchive(), '--cluster', cluster);
  await slipway.apply(cluster, fixture('shell.yaml'));
  await slipway.apply(cluster, fixture('web.yaml'));
  await get('wait', 'pod/shell', '--for=condition=Ready', '--timeout=60s');
  await get('rollout', 'status', 'deployment/web', '--timeout=90s');
});
afterAll(() => slipway.close());

/** kubectl's two ways; the second is also that of kubectl before 1.31 and of Helm. */
describe.each([
  ['WebSockets', 'true'],
  ['SPDY', 'false'],
])('streams over %s', (_, webSockets) => {
  const env = {
    KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets,
    KUBECTL_PORT_FORWARD_WEBSOCKETS: webSockets,
  };

  test('exec carries input to its end, both outputs and the exit code', async () => {
    const config = ['--kubeconfig', await slipway.kubeconfig(cluster)];
    const exec = (args: string[], input?: string) =>
      run(kubectl, [...config, 'exec', ...args], { env, ...(input !== undefined && { input }) });
    const input = 'line\n'.repeat(200_000);
    const counted = await exec(['-i', 'shell', '-c', 'main', '--', 'wc', '-c'], input);
    expect(counted.stdout.trim()).toBe(String(input.length));
    const both = await exec(['shell', '-c', 'main', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect([both.status, both.stdout, both.stderr]).toEqual([
      7,
      'out\n',
      'err\ncommand terminated with exit code 7\n',
    ]);
  });

  test('a forwarded port answers several connections', async () => {
    const pod = await get('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}');
    const forward = spawn(
      kubectl,
      ['--kubeconfig', await slipway.kubeconfig(cluster), 'port-forward', `pod/${pod}`, ':8080'],
      { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let said = '';
    forward.stdout.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    while (!said.includes('Forwarding from 127.0.0.1:')) await once(forward.stdout, 'data');
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
    const answers = await Promise.all([1, 2, 3].map(() => page(port)));
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.[01] 200/);
    forward.kill();
    await once(forward, 'close');
  });
});

test('pods, Services and the node are reached through their proxies', async () => {
  const pod = await get('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}');
  const own = await get('get', '--raw', `/api/v1/namespaces/default/pods/${pod}:8080/proxy/`);
  const service = await get('get', '--raw', '/api/v1/namespaces/default/services/web:80/proxy/');
  expect([own, service].map((text) => text.length > 0)).toEqual([true, true]);
  const summary = JSON.parse(
    await get('get', '--raw', `/api/v1/nodes/${cluster}-node-1/proxy/stats/summary`),
  );
  expect(summary.node.nodeName).toBe(`${cluster}-node-1`);
});

async function page(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.0\r\nHost: web\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}
