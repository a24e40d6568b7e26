import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findKubectl } from '../../scripts/lib/kubectl.mjs';
import { root } from '../../scripts/lib/shell.mjs';
import { busyboxArchive, webArchive } from '../harness/images.ts';
import { run, Slipway, until } from '../harness/slipway.ts';

const cluster = 'e2e-pods';
const nodes = [`slipway-${cluster}-node-1`, `slipway-${cluster}-node-2`];
const slipway = new Slipway();
const get = (...args: string[]) => slipway.get(cluster, ...args);
const sh = (command: string) =>
  get('exec', 'tools', '-c', 'main', '--', 'timeout', '10', 'sh', '-c', command);
const nodeJs = (pod: string, container: string, code: string) =>
  get('exec', pod, '-c', container, '--', '/bin/node', '-e', code);
const inNode = async (node: string, command: string) =>
  (await run('docker', ['exec', node, 'sh', '-c', command])).stdout.trim();

beforeAll(async () => {
  await slipway.must('cluster', 'create', cluster, '--nodes', '2');
  await slipway.must('image', 'load', await busyboxArchive(), await webArchive(), '--cluster', cluster);
  await slipway.apply(cluster, readFileSync(join(root, 'e2e/fixtures/pods.yaml'), 'utf8'));
  await get('wait', 'pod/reach', 'pod/tools', '--for=condition=Ready', '--timeout=60s');
});
afterAll(() => slipway.close());

describe('kubectl at a pod', () => {
  test('attach passes lines in and out', async () => {
    const config = await slipway.kubeconfig(cluster);
    const attached = spawn(findKubectl() ?? '', [
      '--kubeconfig',
      config,
      'attach',
      '-i',
      'tools',
      '-c',
      'reader',
    ]);
    try {
      attached.stdin.write('one\ntwo\n');
      let seen = '';
      attached.stdout.on('data', (chunk) => {
        seen += String(chunk);
      });
      await until('both lines came back', async () => seen.includes('got one\ngot two\n'), 20_000);
    } finally {
      attached.kill();
    }
  });

  test('exec -it gives a terminal of the size of the one at hand', async () => {
    const command = `stty rows 33 cols 111; ${findKubectl()} --kubeconfig ${await slipway.kubeconfig(cluster)} exec -it tools -c main -- sh -c 'sleep 1; tty; stty size; exit 5'`;
    const { status, stdout } = await run('script', ['-qec', command, '/dev/null']);
    expect(stdout).toMatch(/\/dev\/pts\/\d+\s+33 111/);
    expect(status).toBe(5);
  });

  test('cp there and back again', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'slipway-cp-'));
    try {
      const content = Buffer.alloc(3_000_000, 'slipway ');
      writeFileSync(join(dir, 'there'), content);
      await get('cp', join(dir, 'there'), 'tools:/tmp/file', '-c', 'main');
      await get('cp', 'tools:/tmp/file', join(dir, 'back'), '-c', 'main');
      expect(readFileSync(join(dir, 'back')).equals(content)).toBe(true);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test('debug puts a container into the running pod that sees the processes of another one', async () => {
    const image = '--image=test.local/busybox:1';
    const look = [
      '--image-pull-policy=IfNotPresent',
      '-c',
      'look',
      '--target=reader',
      '--',
      'sh',
      '-c',
      'ps; exit 3',
    ];
    await get('debug', 'tools', image, ...look);
    const status =
      'jsonpath={.status.ephemeralContainerStatuses[?(@.name=="look")].state.terminated.exitCode}';
    await until('it has run', async () => (await get('get', 'pod', 'tools', '-o', status)) === '3', 20_000);
    expect(await get('logs', 'tools', '-c', 'look')).toContain('got $line');
    expect(await get('get', 'pod', 'tools', '-o', 'jsonpath={.status.phase}')).toBe('Running');
  });
});

test('a pod whose image is changed is told ready all along, also where it would not restart by itself', async () => {
  const image = 'test.local/busybox:1';
  await inNode(nodes[0] ?? '', `ctr -n k8s.io images tag ${image} test.local/busybox:other`);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'swap' },
    spec: {
      nodeName: `${cluster}-node-1`,
      restartPolicy: 'OnFailure',
      terminationGracePeriodSeconds: 1,
      containers: [
        { name: 'main', image, command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1; done'] },
      ],
    },
  };
  await slipway.apply(cluster, JSON.stringify(pod));
  await get('wait', 'pod/swap', '--for=condition=Ready', '--timeout=20s');
  const config = await slipway.kubeconfig(cluster);
  const columns =
    'jsonpath={.status.containerStatuses[0].restartCount} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}';
  const watch = spawn(findKubectl() ?? '', [
    '--kubeconfig',
    config,
    'get',
    'pod',
    'swap',
    '-w',
    '-o',
    columns,
  ]);
  let seen = '';
  watch.stdout.on('data', (chunk) => {
    seen += String(chunk);
  });
  try {
    await until('the watch has begun', async () => seen !== '', 20_000);
    await get('set', 'image', 'pod/swap', 'main=test.local/busybox:other');
    await until('the new container runs', async () => seen.includes('1 True'), 20_000);
  } finally {
    watch.kill();
  }
  expect([...new Set(seen.trim().split('\n'))]).toEqual(['0 True', '1 True']);
  await get('delete', 'pod', 'swap', '--now');
});

describe("a kubelet's own API", () => {
  const node = `${cluster}-node-1`;
  const raw = (path: string) => get('get', '--raw', `/api/v1/nodes/${node}/proxy/${path}`);

  test('shows logs of the node, configuration and metrics to administrators', async () => {
    expect(await raw('logs/')).toContain('<a href="./pods/">pods/</a>');
    const [link] = /tools_default_main-\w+\.log/.exec(
      await get('get', '--raw', `/api/v1/nodes/${cluster}-node-2/proxy/logs/containers/`),
    ) ?? ['not on this node'];
    expect(link).toMatch(/^tools_/);
    expect(JSON.parse(await raw('configz')).kubeletconfig.clusterDomain).toBe('cluster.local');
    expect(await raw('metrics')).toMatch(/^kubelet_running_pods [1-9]/m);
    const network = /^container_network_receive_bytes_total\{.*pod="reach",interface="eth0"\} [1-9]/m;
    expect(await raw('metrics/cadvisor')).toMatch(network);
  });

  test('tells its metrics to a pod whose service account may get them, and to no other', async () => {
    const address = await get('get', 'node', node, '-o', 'jsonpath={.status.addresses[0].address}');
    const client = `const { readFileSync: read } = require('fs'), d = '/var/run/secrets/kubernetes.io/serviceaccount/';
      require('https').get({ host: '${address}', port: 10250, path: '/metrics/resource', ca: read(d + 'ca.crt'),
        headers: { authorization: 'Bearer ' + read(d + 'token') } },
        (answer) => { let body = ''; answer.on('data', (chunk) => { body += chunk; }).on('end', () => console.log(answer.statusCode, body)); });`;
    const ask = () => nodeJs('tools', 'node', client);
    expect(await ask()).toBe(
      '403 Forbidden (user=system:serviceaccount:default:default, verb=get, resource=nodes, subresource(s)=[metrics])',
    );
    await get('create', 'clusterrole', 'metrics', '--verb=get', '--resource=nodes/metrics');
    await get(
      'create',
      'clusterrolebinding',
      'metrics',
      '--clusterrole=metrics',
      '--serviceaccount=default:default',
    );
    // A refusal is remembered for half a minute.
    await until('it is let in', async () => (await ask()).startsWith('200 '), 60_000);
    expect(await ask()).toMatch(/^pod_memory_working_set_bytes\{namespace="default",pod="reach"\} [1-9]/m);
  });
});

describe('the network as a pod sees it', () => {
  test('ports by name and number, an alias, a host name, its own Service', async () => {
    for (const url of ['ports/a', 'ports:81/a', 'alias/a', 'alpha.group:8080/a'])
      expect(await sh(`wget -qO- http://${url}`)).toContain('"host":"alpha","path":"/a"');
    const itself = `fetch('http://ports/itself').then((answer) => answer.text()).then(console.log)`;
    expect(await nodeJs('reach', 'server', itself)).toContain('"path":"/itself"');
  });

  test('a host port, and a node port where the pod is and nowhere else', async () => {
    const ip = async (node: number) =>
      get('get', 'node', `${cluster}-node-${node}`, '-o', 'jsonpath={.status.addresses[0].address}');
    expect(await sh(`wget -qO- http://${await ip(1)}:8081/host`)).toContain('"path":"/host"');
    const answers = async (node: number) => {
      const request = fetch(`http://${node === 1 ? await ip(1) : await ip(2)}:30111/`, {
        signal: AbortSignal.timeout(3000),
      });
      return request.then(
        ({ ok }) => ok,
        () => false,
      );
    };
    expect([await answers(1), await answers(2)]).toEqual([true, false]);
  });

  test('a Service without endpoints refuses at once', async () => {
    const answer = await sh('time wget -qO- http://nobody/ 2>&1 || true');
    expect(answer).toContain('Connection refused');
    const [, minutes, seconds] = /real\s+(\d+)m ([\d.]+)s/.exec(answer) ?? [];
    expect(Number(minutes) * 60 + Number(seconds)).toBeLessThan(0.9); // the second SYN goes out after a second
  });

  test('UDP goes to the Service and back', async () => {
    const client = `const s = require('dgram').createSocket('udp4');
      s.on('message', (m) => { console.log(String(m)); process.exit(0); });
      setInterval(() => s.send('hello', 5353, 'echo'), 100);`;
    expect(await nodeJs('tools', 'node', client)).toBe('echo hello');
  });

  test('the API server knows the pod by its token, and the pod the API server by its certificate', async () => {
    const client = `const { readFileSync: read } = require('fs'), d = '/var/run/secrets/kubernetes.io/serviceaccount/';
      require('https').get({ host: 'kubernetes.default.svc', path: '/api/v1/namespaces/default/pods', ca: read(d + 'ca.crt'),
        headers: { authorization: 'Bearer ' + read(d + 'token') } },
        (answer) => { let body = ''; answer.on('data', (chunk) => { body += chunk; }).on('end', () => console.log(body)); });`;
    expect(JSON.parse(await nodeJs('tools', 'node', client)).message).toContain(
      'User "system:serviceaccount:default:default" cannot list resource "pods"',
    );
  });
});

describe('nothing is left over', () => {
  const traces = (node: string) =>
    inNode(
      node,
      `echo containers $(ctr -n k8s.io c ls -q | wc -l) veths $(ls /sys/class/net | grep -c veth) \
       mounts $(grep -cE 'kubelet|io.containerd' /proc/mounts) \
       folders $(ls /var/lib/kubelet/pods /run/kubelet/pods /var/log/pods | wc -l)`,
    );

  test('of pods deleted while they start', async () => {
    const before = await Promise.all(nodes.map(traces));
    await slipway.apply(
      cluster,
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'many' },
        spec: {
          replicas: 24,
          selector: { matchLabels: { app: 'many' } },
          template: {
            metadata: { labels: { app: 'many' } },
            spec: {
              terminationGracePeriodSeconds: 1,
              containers: [{ name: 'main', image: 'test.local/busybox:1', command: ['sleep', '100000'] }],
            },
          },
        },
      }),
    );
    await until('some run', async () =>
      (await get('get', 'pods', '-l', 'app=many', '--no-headers')).includes('Running'),
    );
    await get('delete', 'deployment', 'many', '--wait=false');
    await until(
      'all are gone',
      async () => (await get('get', 'pods', '-l', 'app=many', '-o', 'name')) === '',
    );
    for (const [index, node] of nodes.entries())
      await until('the node is as before', async () => (await traces(node)) === before[index], 20_000);
  });

  test('of an agent and a containerd that were killed: the same containers run on', async () => {
    const ids = () =>
      get('get', 'pods', '-o', 'jsonpath={.items[*].status.containerStatuses[*].containerID}');
    const before = await ids();
    for (const name of ['agent', 'containerd']) {
      const pid = `cat /run/slipway/${name}.pid`;
      const old = await inNode(nodes[1] ?? '', `${pid}; kill -9 $(${pid})`);
      await until(`${name} runs again`, async () => (await inNode(nodes[1] ?? '', pid)) !== old);
      await until('a command runs in the pod', async () => (await sh('echo alive')) === 'alive');
    }
    expect(await ids()).toBe(before);
  });
});

test('a node that was held up is Ready again soon, with the same pods', async () => {
  const ready = () =>
    get('get', 'node', `${cluster}-node-2`, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}');
  const uid = () => get('get', 'pod', 'tools', '-o', 'jsonpath={.metadata.uid}');
  const before = await uid();
  await run('docker', ['pause', nodes[1] ?? '']);
  try {
    await until('the node counts as lost', async () => (await ready()) === 'Unknown');
  } finally {
    await run('docker', ['unpause', nodes[1] ?? '']);
  }
  await until('the node is Ready', async () => (await ready()) === 'True', 20_000);
  expect([await uid(), await sh('echo alive')]).toEqual([before, 'alive']);
});
