import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findKubectl } from '../../scripts/lib/kubectl.mjs';
import { root } from '../../scripts/lib/shell.mjs';
import { busyboxArchive, webArchive } from '../harness/images.ts';
import { run, Slipway, until } from '../harness/slipway.ts';

const cluster = 'e2e-nodes';
const slipway = new Slipway();
const fixture = (name: string) => readFileSync(join(root, 'e2e/fixtures', name), 'utf8');
const get = (...args: string[]) => slipway.get(cluster, ...args);
const sh = (command: string) => get('exec', 'shell', '-c', 'main', '--', 'sh', '-c', command);
const readyWeb = async () =>
  (await get('get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}')) === '3';

beforeAll(async () => {
  await slipway.must('cluster', 'create', cluster, '--nodes', '2');
  await slipway.must('image', 'load', await busyboxArchive(), await webArchive(), '--cluster', cluster);
});
afterAll(() => slipway.close());

describe('a cluster of real nodes', () => {
  test('its nodes are Ready, named, and run containerd', async () => {
    const nodes = await get('get', 'nodes', '-o', 'wide', '--no-headers');
    expect(nodes.split('\n')).toHaveLength(2);
    expect(nodes).toMatch(/e2e-nodes-node-1 +Ready .*containerd:\/\//);
  });

  test('a Deployment runs on both nodes and becomes available', async () => {
    await slipway.apply(cluster, fixture('web.yaml'));
    await get('rollout', 'status', 'deployment/web', '--timeout=90s');
    const hosts = new Set(
      (await get('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.nodeName}')).split(' '),
    );
    expect(hosts.size).toBe(2);
  });

  test('a pod gets its environment, its volumes and what its init container left', async () => {
    await slipway.apply(cluster, fixture('shell.yaml'));
    await get('wait', 'pod/shell', '--for=condition=Ready', '--timeout=60s');
    expect(await sh('echo $COLOR $PASSWORD; cat /settings/shape /keys/password /work/done')).toBe(
      'blue s3cret\nrounds3cretprepared',
    );
    expect(await sh('echo $MY_IP $MY_NODE')).toBe(
      await get('get', 'pod', 'shell', '-o', 'jsonpath={.status.podIP} {.spec.nodeName}'),
    );
  });

  test('a changed ConfigMap reaches the running pod', async () => {
    await get('patch', 'configmap', 'settings', '-p', '{"data":{"shape":"square"}}');
    await until('the file has changed', async () => (await sh('cat /settings/shape')) === 'square');
  });

  test('pods reach each other, the Service by name and by node port, and the API server', async () => {
    const ips = (await get('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].status.podIP}')).split(
      ' ',
    );
    for (const ip of ips)
      expect(await sh(`wget -qO- http://${ip}:8080/direct`)).toContain('"path":"/direct"');
    expect(await sh('wget -qO- http://web/by-name')).toContain('"path":"/by-name"');
    expect(await sh('wget -qO- http://web.default.svc.cluster.local/full')).toContain('"env":"hello"');
    const nodeIps = (
      await get(
        'get',
        'nodes',
        '-o',
        'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}',
      )
    ).split(' ');
    for (const ip of nodeIps)
      expect(await sh(`wget -qO- http://${ip}:30080/node-port`)).toContain('"path":"/node-port"');
    expect(
      (await sh('nslookup web-headless.default.svc.cluster.local')).match(/Address.*10\.244\./g),
    ).toHaveLength(3);
    expect(await sh('wget -qO- http://no-such-service/ 2>&1 || true')).toContain('bad address');
  });

  test('a service-account token works from inside a pod', async () => {
    const answer = await sh(
      'ls /var/run/secrets/kubernetes.io/serviceaccount && cat /var/run/secrets/kubernetes.io/serviceaccount/namespace',
    );
    expect(answer.split('\n')).toEqual(['ca.crt', 'namespace', 'token', 'default']);
  });

  test('logs: all, tail, since, previous container, follow', async () => {
    expect(await get('logs', 'shell', '-c', 'main')).toBe('started');
    expect(await get('logs', 'shell', '-c', 'side', '--tail=2')).toBe('side\nside');
    expect(await get('logs', 'shell', '-c', 'side', '--tail=1', '--timestamps')).toMatch(
      /^\d{4}-\d\d-\d\dT\S+Z side$/,
    );
    const kubectl = findKubectl() ?? '';
    const follow = spawn(kubectl, [
      '--kubeconfig',
      await slipway.kubeconfig(cluster),
      'logs',
      '-f',
      'shell',
      '-c',
      'side',
      '--tail=0',
    ]);
    const [chunk] = (await once(follow.stdout, 'data')) as [Buffer];
    follow.kill();
    expect(String(chunk)).toContain('side');
  });

  test('exec passes input, output, errors and the exit status', async () => {
    const echoed = await slipway.kubectl(cluster, ['exec', '-i', 'shell', '-c', 'main', '--', 'cat'], {
      input: 'from outside\n',
    });
    expect(echoed.stdout).toBe('from outside\n');
    const failed = await slipway.kubectl(cluster, [
      'exec',
      'shell',
      '-c',
      'main',
      '--',
      'sh',
      '-c',
      'echo oops >&2; exit 7',
    ]);
    expect([failed.status, failed.stderr]).toEqual([7, expect.stringContaining('oops')]);
  });

  test('port-forward carries a request to the pod', async () => {
    const kubectl = findKubectl() ?? '';
    const forward = spawn(kubectl, [
      '--kubeconfig',
      await slipway.kubeconfig(cluster),
      'port-forward',
      'deployment/web',
      ':8080',
    ]);
    try {
      const [line] = (await once(forward.stdout, 'data')) as [Buffer];
      const port = /127\.0\.0\.1:(\d+)/.exec(String(line))?.[1];
      expect(await (await fetch(`http://127.0.0.1:${port}/forwarded`)).text()).toContain(
        '"path":"/forwarded"',
      );
    } finally {
      forward.kill();
    }
  });

  test('a crash is restarted with back-off, a missing image and a failing command say why', async () => {
    const pod = (name: string, container: object) =>
      slipway.apply(
        cluster,
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name },
          spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', ...container }] },
        }),
      );
    await pod('crasher', { image: 'test.local/busybox:1', command: ['sh', '-c', 'echo dying; exit 3'] });
    await pod('no-image', { image: 'test.local/missing:1' });
    const reason = (name: string) =>
      get('get', 'pod', name, '-o', 'jsonpath={.status.containerStatuses[0].state.waiting.reason}');
    await until('CrashLoopBackOff', async () => (await reason('crasher')) === 'CrashLoopBackOff');
    expect(await get('logs', 'crasher', '--previous')).toBe('dying');
    expect(
      await get(
        'get',
        'pod',
        'crasher',
        '-o',
        'jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}',
      ),
    ).toBe('3');
    await until('ErrImagePull or ImagePullBackOff', async () =>
      ['ErrImagePull', 'ImagePullBackOff'].includes(await reason('no-image')),
    );
    expect(await get('describe', 'pod', 'no-image')).toContain('Failed to pull image "test.local/missing:1"');
    await get('delete', 'pod', 'crasher', 'no-image', '--now');
  });

  test('a rolling update replaces all pods, an undo brings the former template back', async () => {
    await get('set', 'env', 'deployment/web', 'GREETING=goodbye');
    await get('rollout', 'status', 'deployment/web', '--timeout=90s');
    await until('the new answer', async () => (await sh('wget -qO- http://web/')).includes('goodbye'));
    await get('rollout', 'undo', 'deployment/web');
    await get('rollout', 'status', 'deployment/web', '--timeout=90s');
    await until('the former answer', async () => (await sh('wget -qO- http://web/')).includes('hello'));
  });
});

describe('after a disturbance the same pods run again without a hand', () => {
  const uids = async () =>
    (await get('get', 'pods', '-o', 'jsonpath={.items[*].metadata.uid}')).split(' ').sort();
  const servesAgain = () =>
    until(
      'the Service answers',
      async () => (await readyWeb()) && (await sh('wget -qO- http://web/again')).includes('/again'),
    );

  test('kill -9 of the control plane', async () => {
    const before = await uids();
    const { pid } = JSON.parse(
      readFileSync(join(slipway.dataDir, 'clusters', cluster, 'control-plane.json'), 'utf8'),
    );
    process.kill(pid, 'SIGKILL');
    await servesAgain();
    expect(await uids()).toEqual(before);
    expect(
      JSON.parse(readFileSync(join(slipway.dataDir, 'clusters', cluster, 'control-plane.json'), 'utf8')).pid,
    ).not.toBe(pid);
  });

  test('restart of a node container', async () => {
    const before = await uids();
    const node = await get('get', 'pod', 'shell', '-o', 'jsonpath={.spec.nodeName}');
    execFileSync('docker', ['restart', '-t', '5', `slipway-${node}`]);
    await until(
      'the pod runs again',
      async () =>
        (await get('get', 'pod', 'shell', '-o', 'jsonpath={.status.containerStatuses[0].ready}')) ===
          'true' && (await sh('echo alive')) === 'alive',
    );
    await servesAgain();
    expect(await uids()).toEqual(before);
  });

  test('cluster stop and start', async () => {
    const before = await uids();
    await slipway.must('cluster', 'stop', cluster);
    expect(
      (await run('docker', ['ps', '-q', '--filter', `label=slipway.dev/cluster=${cluster}`])).stdout,
    ).toBe('');
    await slipway.must('cluster', 'start', cluster);
    await until('the pod runs again', async () => (await sh('echo alive')) === 'alive');
    await servesAgain();
    expect(await uids()).toEqual(before);
  });
});

test('a node that is added takes pods, and leaves them when it is removed', async () => {
  await slipway.must('node', 'add', '--cluster', cluster);
  expect((await get('get', 'nodes', '--no-headers')).split('\n')).toHaveLength(3);
  await slipway.must('node', 'remove', `${cluster}-node-3`, '--cluster', cluster);
  expect((await get('get', 'nodes', '--no-headers')).split('\n')).toHaveLength(2);
});

test('deleting the cluster leaves no container, volume or network behind', async () => {
  await slipway.must('cluster', 'delete', cluster);
  for (const kind of ['ps -aq', 'volume ls -q', 'network ls -q']) {
    const { stdout } = await run('docker', [
      ...kind.split(' '),
      '--filter',
      `label=slipway.dev/cluster=${cluster}`,
    ]);
    expect(stdout).toBe('');
  }
});
