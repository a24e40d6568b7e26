import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busyboxArchive, busyboxImage } from '../harness/images.ts';
import { run, Slipway, until } from '../harness/slipway.ts';

const cluster = 'e2e-images';
const slipway = new Slipway();
const get = (...args: string[]) => slipway.get(cluster, ...args);
const container = (number: number) => `slipway-${cluster}-node-${number}`;
const load = (...images: string[]) => slipway.cli('image', 'load', ...images, '--cluster', cluster);
const imagesOn = async (number: number) =>
  (await run('docker', ['exec', container(number), 'ctr', '-n', 'k8s.io', 'images', 'ls', '-q'])).stdout;
const removeNode = (node: string) => slipway.cli('node', 'remove', node, '--cluster', cluster);
const nodesReady = async () => (await get('get', 'nodes', '--no-headers')).match(/ Ready /g)?.length ?? 0;

/** A way to the real engine that can be cut: what Docker looks like when it goes away. */
class EngineDoor {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly path: string;

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
    server.on('connection', (near) => {
      const far = connect({ path: '/var/run/docker.sock', allowHalfOpen: true });
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.pipe(to);
        from.on('error', () => to.destroy()).on('close', () => to.destroy());
      }
    });
  }

  static async open(path: string): Promise<EngineDoor> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return new EngineDoor(path, server);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let door: EngineDoor;
const files = () => join(slipway.dataDir, 'files');
const file = (name: string) => join(files(), name);

beforeAll(async () => {
  mkdirSync(files());
  door = await EngineDoor.open(join(slipway.dataDir, 'docker.sock'));
  process.env.DOCKER_HOST = `unix://${door.path}`;
  await slipway.must('cluster', 'create', cluster, '--nodes', '1');
});
afterAll(async () => {
  process.env.DOCKER_HOST = 'unix:///var/run/docker.sock';
  await slipway.close();
  await door.close();
});

/** The busybox archive unpacked, changed and packed again. */
async function changedArchive(name: string, change: (folder: string) => void): Promise<string> {
  const folder = file(`${name}.d`);
  mkdirSync(folder);
  execFileSync('tar', ['-C', folder, '-xf', await busyboxArchive()]);
  change(folder);
  execFileSync('tar', ['-C', folder, '-cf', file(name), '.']);
  return file(name);
}

describe('images that cannot be loaded', () => {
  test('are each one sentence and status 1, and the node goes on', async () => {
    const whole = readFileSync(await busyboxArchive());
    writeFileSync(file('text.tar'), 'no tar at all '.repeat(100));
    writeFileSync(file('empty.tar'), '');
    writeFileSync(file('cut.tar'), whole.subarray(0, whole.length / 2));
    await changedArchive('bare.tar', (folder) => execFileSync('rm', [join(folder, 'manifest.json')]));
    await changedArchive('foreign.tar', (folder) => {
      const [manifest] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
      const config = join(folder, manifest.Config);
      writeFileSync(
        config,
        readFileSync(config, 'utf8').replace(/"architecture":"\w+"/, '"architecture":"s390x"'),
      );
    });
    // Looks right, and is found out by containerd alone, which has named the image by then.
    await changedArchive('false.tar', (folder) => {
      const [manifest] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
      writeFileSync(
        join(folder, 'manifest.json'),
        JSON.stringify([{ ...manifest, RepoTags: ['test.local/false:1'] }]),
      );
      const config = join(folder, manifest.Config);
      const zeros = `sha256:${'0'.repeat(64)}`;
      writeFileSync(
        config,
        readFileSync(config, 'utf8').replace(/"diff_ids":\["[^"]+"/, `"diff_ids":["${zeros}"`),
      );
    });
    expect(await load(file('false.tar'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('wrong diff id'),
    });
    expect(await imagesOn(1)).not.toContain('test.local/false:1');
    const expected: Record<string, string> = {
      'text.tar': 'is not a tar file.',
      'empty.tar': 'is empty.',
      'cut.tar': 'is cut off or damaged.',
      'bare.tar': 'holds no images: it has neither a manifest.json nor an OCI index.json.',
      'foreign.tar': `holds ${busyboxImage} for s390x, and the nodes are`,
    };
    for (const [name, sentence] of Object.entries(expected)) {
      const { status, stderr } = await load(file(name));
      expect([name, status, stderr]).toEqual([name, 1, expect.stringContaining(`${file(name)} ${sentence}`)]);
    }
    expect((await load(`${files()}/`)).stderr).toContain(`${files()} is a folder.`);
    expect((await load(file('no.tar'))).stderr).toContain(`There is no file ${file('no.tar')}.`);
    expect((await load('no-such/image:1')).stderr).toContain(
      'There is no image no-such/image:1 in the local Docker engine.',
    );
    expect((await load('Not An Image')).stderr).toContain('"Not An Image" is no image name.');
    expect(await nodesReady()).toBe(1);
  });

  test('hinder none that can: `docker save`, gzipped, and an OCI layout', async () => {
    execFileSync('sh', ['-c', `gzip -c '${await busyboxArchive()}' > '${file('busybox.tgz')}'`]);
    expect(await load(file('busybox.tgz'))).toMatchObject({ status: 0 });
    expect(await imagesOn(1)).toContain(busyboxImage);
    // By way of a file: what a command writes to the output of `docker exec` last is lost at times.
    const exported = '/root/oci.tar';
    for (const args of [
      ['exec', container(1), 'ctr', '-n', 'k8s.io', 'images', 'export', exported, busyboxImage],
      ['cp', `${container(1)}:${exported}`, file('oci.tar')],
    ])
      expect(await run('docker', args)).toMatchObject({ status: 0 });
    execFileSync('sh', [
      '-c',
      `cd ${files()} && mkdir oci && tar -xf oci.tar -C oci && rm -f oci/manifest.json && tar -C oci -cf oci.tar .`,
    ]);
    await run('docker', ['exec', container(1), 'ctr', '-n', 'k8s.io', 'images', 'rm', busyboxImage]);
    expect(await load(file('oci.tar'))).toMatchObject({ status: 0 });
    expect(await imagesOn(1)).toContain(busyboxImage);
  });
});

describe('nodes', () => {
  test('a new one has the images that were loaded before', async () => {
    await slipway.must('node', 'add', '--cluster', cluster);
    expect(await imagesOn(2)).toContain(busyboxImage);
  });

  test('are refused with a sentence: unknown cluster or node, a container of that name', async () => {
    expect((await slipway.cli('node', 'add', '--cluster', 'nope')).stderr).toBe(
      'slipway: There is no cluster "nope". See "slipway cluster list".\n',
    );
    expect((await slipway.cli('node', 'add', '--cluster', cluster, '--count', '0')).stderr).toContain(
      '1 to 10',
    );
    expect((await removeNode('web 1')).stderr).toContain(`Cluster "${cluster}" has no node "web 1".`);
    const image = (await run('docker', ['inspect', '-f', '{{.Config.Image}}', container(1)])).stdout.trim();
    await run('docker', ['create', '--name', container(3), image]);
    try {
      const taken = await slipway.cli('node', 'add', '--cluster', cluster);
      expect(taken).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(`A container named ${container(3)} exists already. Remove it with`),
      });
    } finally {
      await run('docker', ['rm', '-fv', container(3)]);
    }
    expect(await slipway.must('node', 'list', '--cluster', cluster)).not.toContain('node-3');
    expect((await run('docker', ['volume', 'ls', '-q', '--filter', `name=${container(3)}`])).stdout).toBe('');
  });

  test('one with pods is drained: replicas move, a bare pod is named as lost', async () => {
    const pod = {
      containers: [{ name: 'main', image: busyboxImage, command: ['sleep', '1000'] }],
      terminationGracePeriodSeconds: 1,
    };
    const labels = { app: 'moves' };
    await slipway.apply(
      cluster,
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'moves' },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: pod },
        },
      }),
    );
    const bare = { ...pod, nodeName: `${cluster}-node-2` };
    await slipway.apply(
      cluster,
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bare' }, spec: bare }),
    );
    await get('rollout', 'status', 'deployment/moves', '--timeout=60s');
    await get('wait', 'pod/bare', '--for=condition=Ready', '--timeout=60s');
    await slipway.must('node', 'remove', `${cluster}-node-2`, '--cluster', cluster);
    await get('rollout', 'status', 'deployment/moves', '--timeout=60s');
    expect(await get('get', 'pods', '-o', 'jsonpath={.items[*].spec.nodeName}')).toBe(
      `${cluster}-node-1 ${cluster}-node-1`,
    );
    expect((await run('docker', ['ps', '-aq', '--filter', `name=${container(2)}`])).stdout).toBe('');
  });

  test('with a dead resolver outside: names of the cluster go on, others fail soon and then at once', async () => {
    const lookup = (name: string) =>
      get('exec', 'deployment/moves', '--', 'sh', '-c', `nslookup ${name} || true`);
    const resolver = (text: string) =>
      run('docker', ['exec', container(1), 'sh', '-c', `echo nameserver ${text} > /etc/resolv.conf`]);
    await resolver('192.0.2.1'); // of RFC 5737: nobody is there
    try {
      expect(await lookup('outside.example.com')).toContain('SERVFAIL');
      await lookup('again.example.com');
      const crowd = 'for i in 1 2 3 4 5 6 7 8 9; do nslookup h$i.example.com & done; wait';
      await get('exec', 'deployment/moves', '--', 'sh', '-c', crowd);
      expect(await lookup('kubernetes.default.svc.cluster.local')).toMatch(/Address.*10\.96\.0\.1/);
      const sockets = (await run('docker', ['exec', container(1), 'cat', '/proc/net/udp'])).stdout;
      expect(sockets.match(/ 010200C0:0035 /g) ?? []).toEqual([]);
    } finally {
      await resolver('127.0.0.11');
    }
  });

  test('with Docker away nothing is begun, and the node stays in use', async () => {
    await door.close();
    const { status, stderr } = await removeNode(`${cluster}-node-1`);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/Docker engine/)]);
    expect(await get('get', 'node', `${cluster}-node-1`, '-o', 'jsonpath={.spec.unschedulable}')).toBe('');
    const adding = await slipway.cli('node', 'add', '--cluster', cluster);
    expect([adding.status, adding.stderr]).toEqual([1, expect.stringMatching(/Docker engine/)]);
    door = await EngineDoor.open(door.path);
    expect(await slipway.must('node', 'list', '--cluster', cluster)).not.toContain('node-2');
  });

  test('Docker that goes away while a node is added fails that, and the next attempt works', async () => {
    const adding = slipway.cli('node', 'add', '--cluster', cluster);
    await until(
      'its container is there',
      async () =>
        (await run('docker', ['ps', '-aq', '--filter', `name=${container(2)}`], { env: { DOCKER_HOST: '' } }))
          .stdout !== '',
    );
    await door.close();
    const first = await adding;
    door = await EngineDoor.open(door.path);
    if (first.status !== 0) await slipway.must('node', 'add', '--cluster', cluster);
    await until('two nodes are ready', async () => (await nodesReady()) === 2);
    await slipway.must('node', 'remove', `${cluster}-node-2`, '--cluster', cluster);
  });
});

test('a node whose container and /var were lost gets the loaded images again, or names them', async () => {
  const lose = async () => {
    await slipway.must('cluster', 'stop', cluster);
    await run('docker', ['rm', '-fv', container(1)]);
    await run('docker', ['volume', 'rm', container(1)]);
    return slipway.cli('cluster', 'start', cluster);
  };
  expect(await lose()).toMatchObject({ status: 0, stderr: expect.stringContaining('1 brought back') });
  expect(await imagesOn(1)).toContain(busyboxImage);
  await get('rollout', 'status', 'deployment/moves', '--timeout=90s');
  execFileSync('rm', [file('oci.tar')]);
  const second = await lose();
  expect(second.status).toBe(0);
  expect(second.stderr).toContain(`missing; run: slipway image load ${file('oci.tar')} --cluster ${cluster}`);
});
