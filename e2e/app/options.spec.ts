import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Locator, type Page, test } from '@playwright/test';
import type { ClusterConfig } from '../../src-shared/rpc/cluster-config.ts';
import { busyboxArchive, busyboxImage } from '../harness/images.ts';
import { run } from '../harness/slipway.ts';
import { App } from './app.ts';
import { shoot } from './screenshots.ts';

/** What the wizard offers beyond a name, held against the cluster it makes; and images from tar files. */
const cluster = 'mixed';
const app = new App();

test.describe.configure({ mode: 'serial' });
test.beforeAll(() => app.start());
test.afterAll(() => app.close());

const readJson = (...path: string[]): unknown =>
  JSON.parse(readFileSync(join(app.slipway.dataDir, ...path), 'utf8'));

test('a creation that fails shows the step, what to do, and keeps what was typed', async ({ page }) => {
  const blocked = `slipway-${cluster}-node-1`;
  await run('docker', [
    'create',
    '--name',
    blocked,
    '--label',
    'slipway.test=in-the-way',
    busyboxImage,
    'true',
  ]);
  try {
    await app.open(page, '#/?create=true');
    const wizard = page.getByRole('dialog');
    await wizard.getByRole('textbox', { name: 'Name' }).fill(cluster);
    await wizard.getByRole('textbox', { name: 'Number of nodes' }).fill('1');
    await wizard.getByRole('button', { name: 'Create cluster' }).click();
    await expect(page.getByRole('heading', { name: `${cluster} could not be created` })).toBeVisible();
    const failed = wizard.getByRole('listitem').filter({ has: page.getByRole('img', { name: 'Failed' }) });
    await expect(failed).toContainText(/\d\.\d s/);
    await expect(wizard.getByRole('alert')).toContainText(`A container named ${blocked} exists already.`);
    await expect(wizard.getByRole('alert')).toContainText(`docker rm -fv ${blocked}`);
    await shoot(page, 'create-failed');
    await wizard.getByRole('button', { name: 'Change and try again' }).click();
    await expect(wizard.getByRole('textbox', { name: 'Name' })).toHaveValue(cluster);
  } finally {
    await run('docker', ['rm', '-f', blocked]);
  }
});

test('sizes, simulated nodes and autostart are checked while one types', async ({ page }) => {
  await app.open(page);
  await page.getByRole('main').getByRole('button', { name: 'Create cluster' }).click();
  const wizard = page.getByRole('dialog', { name: 'Create cluster' });
  const create = wizard.getByRole('button', { name: 'Create cluster' });
  await expect(wizard.getByRole('radio', { name: /Real/ })).toBeChecked();
  await wizard.getByRole('textbox', { name: 'Name' }).fill(cluster);
  await wizard.getByRole('textbox', { name: 'Number of nodes' }).fill('1');
  await wizard.getByRole('textbox', { name: 'Cores per node' }).fill('900');
  await expect(wizard.getByText(/From 0.1 to \d+ cores, or empty for no limit/)).toBeVisible();
  await expect(create).toBeDisabled();
  await wizard.getByRole('textbox', { name: 'Cores per node' }).fill('0.5');
  await wizard.getByRole('textbox', { name: 'Memory per node, GiB' }).fill('1');

  await wizard.getByRole('button', { name: 'Advanced' }).click();
  const simulated = wizard.getByRole('textbox', { name: 'Simulated nodes beside the real ones' });
  await simulated.fill('9999');
  await expect(wizard.getByText('A whole number from 0 to 5,000.')).toBeVisible();
  await expect(create).toBeDisabled();
  await simulated.fill('2');
  await wizard.getByRole('checkbox', { name: 'Start this cluster whenever Slipway starts' }).check();
  await shoot(page, 'wizard-advanced');
  await create.click();
  const open = page.getByRole('button', { name: `Open ${cluster}` });
  await expect(open).toBeVisible({ timeout: 120_000 });
  await open.click();
  await expect(page.getByRole('link', { name: /Nodes.*3 of 3 ready/ })).toBeVisible();
});

test('the cluster is what the wizard was asked for', async () => {
  const config = readJson('clusters', cluster, 'cluster.json') as ClusterConfig;
  expect([config.driver, config.nodes.map(({ name }) => name), config.hollowNodes, config.size]).toEqual([
    'docker',
    [`${cluster}-node-1`],
    2,
    { cpus: 0.5, memoryBytes: 1024 ** 3 },
  ]);
  expect(readJson('settings.json')).toMatchObject({ autostart: [cluster] });

  const { stdout } = await run('docker', [
    'inspect',
    '--format',
    '{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}}',
    config.nodes[0]?.container ?? '',
  ]);
  expect(stdout.trim()).toBe(`${0.5e9} ${1024 ** 3}`);

  const nodes = JSON.parse(await app.slipway.get(cluster, 'get', 'nodes', '-o', 'json')) as NodeList;
  const real = nodes.items.filter(({ metadata }) => metadata.labels['slipway.dev/hollow'] === undefined);
  const hollow = nodes.items.filter((node) => !real.includes(node));
  expect([real.length, hollow.length]).toEqual([1, 2]);
  expect(real[0]?.status.capacity).toMatchObject({ cpu: '500m', memory: '1Gi' });
  for (const node of hollow)
    expect(node.spec.taints).toContainEqual(expect.objectContaining({ effect: 'NoSchedule' }));
});

test('a pod that tolerates it runs on a simulated node, any other on the real one', async () => {
  const pod = (name: string, spec: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'main', image: 'example.com/app:1' }], ...spec },
  });
  const pods = [
    pod('pretends', {
      tolerations: [{ operator: 'Exists' }],
      nodeSelector: { 'slipway.dev/hollow': 'true' },
    }),
    pod('plain', {}),
  ];
  await app.slipway.apply(cluster, pods.map((item) => JSON.stringify(item)).join('\n---\n'));
  await app.slipway.get(cluster, 'wait', 'pod/pretends', '--for=jsonpath={.status.phase}=Running');
  await app.slipway.get(cluster, 'wait', 'pod/plain', '--for=condition=PodScheduled');
  const nodeOf = (name: string) =>
    app.slipway.get(cluster, 'get', 'pod', name, '-o', 'jsonpath={.spec.nodeName}');
  expect(await nodeOf('plain')).toBe(`${cluster}-node-1`);
  expect(await nodeOf('pretends')).not.toBe(`${cluster}-node-1`);
  await app.slipway.get(cluster, 'delete', 'pod', 'plain', 'pretends', '--wait=false');
});

test('a path that is no image is refused with a sentence, and can be mended in place', async ({ page }) => {
  const archive = await busyboxArchive();
  const cut = join(app.slipway.dataDir, 'cut.tar');
  copyFileSync(archive, cut);
  truncateSync(cut, 300_000);
  const notes = join(app.slipway.dataDir, 'notes.tar');
  writeFileSync(notes, 'These are notes, no image.\n'.repeat(100));
  const absent = join(app.slipway.dataDir, 'absent.tar');

  const dialog = await openLoadImages(page);
  const images = dialog.getByRole('textbox', { name: 'Images' });
  const load = dialog.getByRole('button', { name: 'Load', exact: true });
  await images.fill('./absent.tar');
  await expect(dialog.getByText('Give the whole path of ./absent.tar, from the root on.')).toBeVisible();
  await expect(load).toBeDisabled();

  for (const [path, sentence] of [
    [absent, `There is no file ${absent}.`],
    [notes, /notes\.tar/],
    [cut, /cut\.tar/],
  ] as const) {
    await images.fill(path);
    await load.click();
    await expect(page.getByRole('heading', { name: 'The images could not be loaded' })).toBeVisible({
      timeout: 60_000,
    });
    await expect(dialog.getByRole('alert')).toContainText(sentence);
    if (path === cut) await shoot(page, 'image-refused');
    await dialog.getByRole('button', { name: 'Change and try again' }).click();
    await expect(images).toHaveValue(path);
  }
});

test('an image is loaded by the path of its tar file, and pods run it', async ({ page }) => {
  const dialog = await openLoadImages(page);
  await dialog.getByRole('textbox', { name: 'Images' }).fill(await busyboxArchive());
  await dialog.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('heading', { name: `1 image loaded into ${cluster}` })).toBeVisible({
    timeout: 60_000,
  });
  await app.slipway.apply(
    cluster,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'from-file' },
      spec: {
        containers: [
          {
            name: 'main',
            image: busyboxImage,
            imagePullPolicy: 'Never',
            command: ['sh', '-c', 'echo loaded; sleep 1000'],
          },
        ],
      },
    }),
  );
  await app.slipway.get(cluster, 'wait', 'pod/from-file', '--for=condition=Ready', '--timeout=60s');
  expect(await app.slipway.get(cluster, 'logs', 'from-file')).toBe('loaded');
});

test('a cluster that starts with Slipway is there after a new start', async ({ page }) => {
  await app.slipway.must('cluster', 'stop', cluster);
  await app.kill();
  await app.start();
  await app.open(page);
  const card = page.getByRole('article', { name: `Cluster ${cluster}` });
  await card.getByRole('button', { name: 'Open' }).click({ timeout: 90_000 });
  await expect(page.getByRole('link', { name: /Nodes.*3 of 3 ready/ })).toBeVisible({ timeout: 60_000 });
});

async function openLoadImages(page: Page): Promise<Locator> {
  await app.open(page, `#/c/${cluster}`);
  await page.getByRole('button', { name: 'More for this cluster' }).click();
  await page.getByRole('menuitem', { name: 'Load images…' }).click();
  return page.getByRole('dialog');
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
    readonly spec: { readonly taints?: readonly { key: string; effect: string }[] };
    readonly status: { readonly capacity: Readonly<Record<string, string>> };
  }[];
}
