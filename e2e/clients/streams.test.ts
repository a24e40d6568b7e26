import './node-20.ts';

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Attach, Cp, Exec, KubeConfig, PortForward, type V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchKubectl } from '../../scripts/lib/kubectl.mjs';
import { root } from '../../scripts/lib/shell.mjs';
import { busyboxArchive, webArchive } from '../harness/images.ts';
import { run, Slipway, until } from '../harness/slipway.ts';
import { pythonEnvironment } from './debian-clients.ts';

/** What clients stream to and from containers, and what a container says to the API server: on a real node. */

const cluster = 'e2e-clients';
const slipway = new Slipway();
const get = (...args: string[]) => slipway.get(cluster, ...args);
const fixture = (name: string) => readFileSync(join(root, 'e2e/fixtures', name), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'slipway-e2e-clients-'));
let kubeconfig: string;
let web: string;

beforeAll(async () => {
  await slipway.must('cluster', 'create', cluster, '--nodes', '1');
  await slipway.must('image', 'load', await busyboxArchive(), await webArchive(), '--cluster', cluster);
  for (const name of ['shell.yaml', 'web.yaml', 'in-cluster.yaml'])
    await slipway.apply(cluster, fixture(name));
  await get('wait', 'pod/shell', 'pod/inside', '--for=condition=Ready', '--timeout=90s');
  await get('rollout', 'status', 'deployment/web', '--timeout=90s');
  web = await get('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}');
  kubeconfig = await slipway.kubeconfig(cluster);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await slipway.close();
});

/** SPDY alone: these versions know no WebSockets, or do not use them unless told. */
describe.each(['bookworm', 'trixie'] as const)('kubectl of Debian %s on a real node', (suite) => {
  const kubectl = (args: string[], input?: string) =>
    run(fetchKubectl(suite), ['--kubeconfig', kubeconfig, ...args], input === undefined ? {} : { input });

  test('exec with input, both outputs and a status; logs; cp there and back', async () => {
    const both = await kubectl([
      'exec',
      'shell',
      '-c',
      'main',
      '--',
      'sh',
      '-c',
      'echo out; echo err >&2; exit 3',
    ]);
    expect(both).toEqual({
      status: 3,
      stdout: 'out\n',
      stderr: expect.stringMatching(/^err\ncommand terminated with exit code 3\n/),
    });
    const input = 'line\n'.repeat(100_000);
    const counted = await kubectl(['exec', '-i', 'shell', '-c', 'main', '--', 'wc', '-c'], input);
    expect(counted.stdout.trim()).toBe(String(input.length));
    expect((await kubectl(['logs', 'shell', '-c', 'main'])).stdout).toBe('started\n');
    const [there, back] = [join(folder, `${suite}-there`), join(folder, `${suite}-back`)];
    writeFileSync(there, input);
    expect(await kubectl(['cp', there, 'shell:/work/copy', '-c', 'main'])).toMatchObject({ status: 0 });
    expect(await kubectl(['cp', 'shell:/work/copy', back, '-c', 'main'])).toMatchObject({ status: 0 });
    expect(readFileSync(back, 'utf8')).toBe(input);
  });

  test('port-forward to a Service, and attach to what a container prints', async () => {
    const forward = spawn(
      fetchKubectl(suite),
      ['--kubeconfig', kubeconfig, 'port-forward', 'service/web', ':80'],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const port = await printed(forward.stdout, /127\.0\.0\.1:(\d+)/);
    expect(await (await fetch(`http://127.0.0.1:${port}/forwarded`)).json()).toMatchObject({
      path: '/forwarded',
    });
    forward.kill();
    const attached = spawn(
      fetchKubectl(suite),
      ['--kubeconfig', kubeconfig, 'attach', 'shell', '-c', 'side'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    expect(await printed(attached.stdout, /(side)/)).toBe('side');
    attached.kill();
  });
});

test('@kubernetes/client-node: exec, attach, port-forward, cp', async () => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(config)
      .exec(
        'default',
        'shell',
        'main',
        ['sh', '-c', 'cat; echo err >&2; exit 5'],
        stdout,
        stderr,
        Readable.from(['hello\n']),
        false,
        resolve,
      )
      .catch(reject);
  });
  stdout.end();
  stderr.end();
  expect([await text(stdout), await text(stderr), status.status, status.details?.causes?.[0]]).toEqual([
    'hello\n',
    'err\n',
    'Failure',
    { reason: 'ExitCode', message: '5' },
  ]);

  const output = new PassThrough();
  const attached = await new Attach(config).attach('default', 'shell', 'side', output, null, null, false);
  expect(await printed(output, /(side)/)).toBe('side');
  attached.close();

  const [answer, request] = [new PassThrough(), new PassThrough()];
  const forwarded = await new PortForward(config).portForward('default', web, [8080], answer, null, request);
  request.write('GET /from-node HTTP/1.0\r\n\r\n');
  expect(await printed(answer, /"path":"([^"]+)"/)).toBe('/from-node');
  if (typeof forwarded !== 'function') forwarded.close();

  // This library's cp answers when the transfer begins, not when it ends.
  const sent = join(folder, 'sent');
  mkdirSync(sent);
  writeFileSync(join(sent, 'file'), 'copied');
  const cp = new Cp(config);
  await cp.cpToPod('default', 'shell', 'main', sent, '/work');
  const inPod = () => get('exec', 'shell', '-c', 'main', '--', 'cat', '/work/file');
  await until('the file is in the pod', async () => (await inPod()) === 'copied');
  await cp.cpFromPod('default', 'shell', 'main', 'file', folder, '/work');
  const here = join(folder, 'file');
  await until('the file is here', async () => existsSync(here) && readFileSync(here, 'utf8') === 'copied');
});

test("Debian's python3-kubernetes: exec with a status, port-forward, logs", async () => {
  const { stdout, stderr } = await run('python3', [join(root, 'e2e/clients/exec.py'), kubeconfig, web], {
    env: pythonEnvironment(),
  });
  if (stdout === '') throw new Error(stderr);
  const { output, ...rest } = JSON.parse(stdout) as { output: string };
  // Two streams, put together as they came: which of the two is first is nobody's promise.
  expect(output.split('\n').toSorted()).toEqual(['', 'err', 'out']);
  expect(rest).toEqual({
    shell: ['hi\n', 4],
    forward: '/from-python',
    log: 'started\n',
  });
});

test('a pod asks the API server with its own token: allowed what it was granted, refused all else', async () => {
  const ask = (path: string) => get('exec', 'inside', '--', 'node', '/scripts/ask.cjs', path);
  expect(JSON.parse(await ask('/api/v1/namespaces/default/configmaps'))).toMatchObject({
    status: 200,
    body: { kind: 'ConfigMapList' },
  });
  expect(JSON.parse(await ask('/api/v1/namespaces/default/secrets'))).toMatchObject({
    status: 403,
    body: {
      message:
        'secrets is forbidden: User "system:serviceaccount:default:inside" cannot list resource "secrets" in API group "" in the namespace "default"',
    },
  });
});

/** Waits for what a stream prints to match; resolves to the first group. */
async function printed(stream: Readable, pattern: RegExp): Promise<string> {
  let said = '';
  for (;;) {
    const found = pattern.exec(said)?.[1];
    if (found !== undefined) return found;
    const [chunk] = await once(stream, 'data');
    said += chunk;
  }
}
