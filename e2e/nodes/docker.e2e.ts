import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInContainer } from '../../src-main/docker/container-exec.ts';
import { connectDocker, type DockerEngine } from '../../src-main/docker/engine.ts';
import { loadImages } from '../../src-main/docker/image-load.ts';
import { ownedBy } from '../../src-main/docker/labels.ts';
import {
  ensureClusterNetwork,
  type NodeNetwork,
  removeClusterNetwork,
} from '../../src-main/docker/network.ts';
import {
  createNode,
  type NodeSpec,
  removeClusterContainers,
  removeNode,
  startNode,
  stopNode,
} from '../../src-main/docker/node-container.ts';
import { ensureNodeImage } from '../../src-main/docker/node-image.ts';
import { listNodeContainers, nodeLogs, waitForNode } from '../../src-main/docker/node-state.ts';
import type { StepUpdate } from '../../src-main/docker/steps.ts';
import { busyboxArchive, busyboxImage } from '../harness/images.ts';

const cluster = 'e2e-docker';
const avoid = ['10.244.0.0/16', '10.96.0.0/16'];
let engine: DockerEngine;
let network: NodeNetwork;
let image: string;

beforeAll(async () => {
  engine = await connectDocker();
  await removeClusterContainers(engine, { cluster });
  await removeClusterNetwork(engine, { cluster });
  image = (await ensureNodeImage(engine)).tag;
  network = await ensureClusterNetwork(engine, { cluster, avoid });
});
afterAll(async () => {
  await removeClusterContainers(engine, { cluster });
  await removeClusterNetwork(engine, { cluster });
});

const spec = (number: number, more: Partial<NodeSpec> = {}): NodeSpec => ({
  cluster,
  name: `${cluster}-node-${number}`,
  container: `slipway-${cluster}-node-${number}`,
  image,
  dockerNetwork: network.dockerNetwork,
  ip: network.nodeSubnet.replace(/0\/24$/, String(10 + number)),
  kubeletHostPort: 0,
  size: {},
  files: [],
  ...more,
});
const run = async (container: string, ...command: string[]) =>
  (await runInContainer(engine, { container, command })).stdout.trim();
const volumes = async () =>
  (await engine.docker.listVolumes({ filters: ownedBy(cluster) })).Volumes?.map(({ Name }) => Name) ?? [];

describe('the node image', () => {
  test('is there already: nothing is built, and the steps say so', async () => {
    const updates: StepUpdate[] = [];
    expect(await ensureNodeImage(engine, { onStep: (update) => updates.push(update) })).toEqual({
      tag: image,
    });
    expect(updates.map(({ id, state }) => [id, state])).toEqual([
      ['node-image-base', 'skipped'],
      ['node-image', 'skipped'],
    ]);
  });
});

describe('the cluster’s network', () => {
  test('is made once, and another cluster’s lies elsewhere', async () => {
    expect(await ensureClusterNetwork(engine, { cluster, avoid })).toEqual(network);
    const other = await ensureClusterNetwork(engine, { cluster: `${cluster}-2`, avoid });
    expect(other.nodeSubnet).not.toBe(network.nodeSubnet);
    await removeClusterNetwork(engine, { cluster: `${cluster}-2` });
  });

  test('is refused a subnet that is in use, with a sentence', async () => {
    const taken = { cluster: `${cluster}-3`, avoid: [], subnet: network.nodeSubnet };
    await expect(ensureClusterNetwork(engine, taken)).rejects.toMatchObject({
      code: 'DockerFailed',
      message: expect.stringContaining(network.nodeSubnet),
    });
  });
});

describe('a node', () => {
  test('runs containerd, has its files, its address and its limits, and keeps /var over a stop', async () => {
    const files = [{ path: '/etc/slipway/kubelet.key', content: 'secret', mode: 0o600 }];
    const node = spec(1, { files, size: { cpus: 1.5, memoryBytes: 512 * 1024 * 1024 } });
    await createNode(engine, node);
    await waitForNode(engine, node.container);
    expect(await run(node.container, 'ctr', 'version')).toContain('Server:');
    expect(await run(node.container, 'stat', '-c', '%a %s', '/etc/slipway/kubelet.key')).toBe('600 6');
    expect(await run(node.container, 'hostname', '-i')).toBe(node.ip);
    expect((await engine.docker.getContainer(node.container).inspect()).HostConfig).toMatchObject({
      Memory: 512 * 1024 * 1024,
      NanoCpus: 1.5e9,
    });

    await run(node.container, 'touch', '/var/lib/kept');
    await stopNode(engine, node.container);
    await stopNode(engine, node.container);
    expect(await listNodeContainers(engine, { cluster })).toMatchObject([
      { node: node.name, state: 'exited' },
    ]);
    await expect(waitForNode(engine, node.container)).rejects.toMatchObject({
      code: 'NodeLost',
      message: expect.stringContaining('status 0'),
    });
    await startNode(engine, { ...node, files: [{ path: '/etc/slipway/kubelet.key', content: 'renewed' }] });
    await waitForNode(engine, node.container);
    expect(await run(node.container, 'ls', '/var/lib/kept')).toBe('/var/lib/kept');
    expect(await run(node.container, 'cat', '/etc/slipway/kubelet.key')).toBe('renewed');
    expect(await nodeLogs(engine, node.container)).toContain('slipway-node: stopping');
  });

  test('leaves nothing behind when it cannot be created, and says why', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const kubeletHostPort = typeof address === 'object' && address ? address.port : 0;
    try {
      await expect(createNode(engine, spec(2, { kubeletHostPort }))).rejects.toMatchObject({
        code: 'PortTaken',
        message: expect.stringContaining(String(kubeletHostPort)),
      });
    } finally {
      taken.close();
    }
    await expect(createNode(engine, spec(1))).rejects.toMatchObject({ code: 'AlreadyExists' });
    await expect(createNode(engine, spec(3, { image: 'slipway/node:none' }))).rejects.toMatchObject({
      code: 'DockerFailed',
    });
    const stop = new AbortController();
    const creating = createNode(engine, spec(4), stop.signal);
    setTimeout(() => stop.abort(new Error('changed my mind')), 50);
    await expect(creating).rejects.toThrow('changed my mind');
    expect((await listNodeContainers(engine, { cluster })).map(({ node }) => node)).toEqual([
      `${cluster}-node-1`,
    ]);
    expect(await volumes()).toEqual([`slipway-${cluster}-node-1`]);
  });

  test('that was removed by hand is reported as lost', async () => {
    await expect(startNode(engine, spec(9))).rejects.toMatchObject({ code: 'NodeLost' });
    await expect(waitForNode(engine, spec(9).container)).rejects.toMatchObject({ code: 'NodeLost' });
    await stopNode(engine, spec(9).container);
    await removeNode(engine, { cluster }, spec(9).name);
  });
});

describe('loading images', () => {
  const stepsOf = async (...images: string[]) => {
    const updates: StepUpdate[] = [];
    await loadImages(engine, { cluster, images, onStep: (update) => updates.push(update) });
    return updates.filter(({ state }) => state !== 'running').map(({ state }) => state);
  };

  test('reaches every node, and is left out where the image is present', async () => {
    await createNode(engine, spec(2));
    await waitForNode(engine, spec(2).container);
    const archive = await busyboxArchive();
    expect(await stepsOf(archive)).toEqual(['done']);
    for (const number of [1, 2]) {
      expect(
        await run(
          spec(number).container,
          'ctr',
          '-n',
          'k8s.io',
          'images',
          'ls',
          '-q',
          `name==${busyboxImage}`,
        ),
      ).toBe(busyboxImage);
    }
    await removeImage(busyboxImage);
    const answer: NodeJS.ReadableStream = await engine.docker.loadImage(archive);
    for await (const _ of answer);
    expect(await stepsOf(busyboxImage)).toEqual(['skipped']);
    await run(spec(1).container, 'ctr', '-n', 'k8s.io', 'images', 'rm', busyboxImage);
    expect(await stepsOf(busyboxImage)).toEqual(['done']);
  });

  test('says what is wrong with an image it cannot load', async () => {
    const load = (...images: string[]) => loadImages(engine, { cluster, images });
    await expect(load('no-such-image:1')).rejects.toMatchObject({
      code: 'NotFound',
      remedy: expect.stringContaining('docker pull no-such-image:1'),
    });
    await expect(load('/no/such/file.tar')).rejects.toMatchObject({ code: 'NotFound' });
    await expect(load(import.meta.filename)).rejects.toMatchObject({ code: 'InvalidArgument' });
    await expect(
      loadImages(engine, { cluster: 'no-such-cluster', images: [busyboxImage] }),
    ).rejects.toMatchObject({ code: 'NotFound' });
    await stopNode(engine, spec(2).container);
    await expect(load(busyboxImage)).rejects.toMatchObject({
      code: 'Busy',
      message: `Node ${spec(2).name} is not running.`,
    });
  });
});

test('removing a cluster leaves no container and no volume', async () => {
  await removeClusterContainers(engine, { cluster });
  expect(await listNodeContainers(engine, { cluster })).toEqual([]);
  expect(await volumes()).toEqual([]);
});

async function removeImage(name: string): Promise<void> {
  await engine.docker
    .getImage(name)
    .remove({ force: true })
    .catch(() => undefined);
}
