import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { findKubectl } from '../../scripts/lib/kubectl.mjs';
import { run } from '../harness/slipway.ts';
import { App, editor, rows } from './app.ts';
import { shoot } from './screenshots.ts';

/** What one does with a cluster all day, over three simulated nodes: write, drop, review, restart, read, copy. */
const cluster = 'workday';
const app = new App();

test.describe.configure({ mode: 'serial' });
test.use({ permissions: ['clipboard-read', 'clipboard-write'] });
test.beforeAll(async () => {
  await app.start();
  await app.slipway.must('cluster', 'create', cluster, '--driver', 'hollow', '--nodes', '3');
});
test.afterAll(() => app.close());

const config = (name: string, data: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: { app: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: main
          image: example.com/app:1
`;
const openObject = (page: Page, path: string, search = '') =>
  app.open(page, `#/c/${cluster}/r/${path}${search}`);

test('fields are completed from the schema, with what they mean', async ({ page }) => {
  await app.open(page, `#/c/${cluster}/apply`);
  const text = editor(page, 'Manifests');
  // Once this is known to be wrong, the schemas have arrived.
  await text.fill('apiVersion: apps/v1\nkind: Deployment\nspec:\n  nothing: 1\n');
  await expect(page.locator('.cm-lint-marker-error')).toBeVisible();
  await text.fill('apiVersion: apps/v1\nkind: Deployment\nspec:\n  ');
  await page.keyboard.press('Control+End');
  await page.keyboard.type('repl');
  const option = page.getByRole('listbox').getByRole('option', { name: /^replicas/ });
  await expect(option).toBeVisible();
  await expect(page.locator('.cm-completionInfo')).toContainText('Number of desired pods');
  await shoot(page, 'completion');
  await option.click();
  await expect(text).toContainText('replicas:');
});

test('files that are dropped or opened join the text', async ({ page }) => {
  await app.open(page, `#/c/${cluster}/apply`);
  await editor(page, 'Manifests').fill(deployment);
  const transfer = await page.evaluateHandle(
    (files) => {
      const data = new DataTransfer();
      for (const [name, content] of files) data.items.add(new File([content], name));
      return data;
    },
    [
      ['one.yaml', config('one', { a: '1' })],
      ['two.yaml', config('two', { b: '2' })],
    ] as [string, string][],
  );
  const target = editor(page, 'Manifests');
  const hint = page.getByText('Drop to add to the manifests');
  await target.dispatchEvent('dragover', { dataTransfer: transfer });
  await expect(hint).toBeVisible();
  await target.dispatchEvent('dragleave', { dataTransfer: transfer });
  await expect(hint).toHaveCount(0);
  await target.dispatchEvent('dragover', { dataTransfer: transfer });
  await target.dispatchEvent('drop', { dataTransfer: transfer });
  await expect(hint).toHaveCount(0);
  const objects = page.getByRole('list', { name: 'Objects' }).getByRole('button');
  await expect(objects).toHaveText([/Deployment web/, /ConfigMap one/, /ConfigMap two/]);

  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open file' }).click();
  const file = join(app.slipway.dataDir, 'three.yaml');
  writeFileSync(file, config('three', { c: '3' }));
  await (await choosing).setFiles(file);
  await expect(objects).toHaveCount(4);

  await page.getByRole('button', { name: 'Review' }).click();
  await expect(objects.filter({ hasText: 'new' })).toHaveCount(4);
  // A review changes nothing.
  expect(await app.slipway.get(cluster, 'get', 'deployment,configmap', '-o', 'name')).not.toMatch(
    /web|one|two|three/,
  );
  await page.getByRole('button', { name: 'Apply 4 objects' }).click();
  await expect(objects.filter({ hasText: 'created' })).toHaveCount(4);
  expect(await app.slipway.get(cluster, 'get', 'configmap', 'two', '-o', 'jsonpath={.data.b}')).toBe('2');
});

test('the page of a pod names its owners, conditions and events', async ({ page }) => {
  await app.slipway.get(cluster, 'rollout', 'status', 'deployment/web', '--timeout=60s');
  await openObject(page, 'core/pods', '?q=web');
  await rows(page).first().getByRole('link').click();
  const owners = page.getByRole('region', { name: 'Owned by' });
  await expect(owners.getByRole('listitem')).toHaveText([/ReplicaSet\s*web-/, /Deployment\s*web$/]);
  const ready = page.getByRole('region', { name: 'Conditions' }).getByRole('row', { name: /^Ready True/ });
  await expect(ready).toBeVisible();
  await expect(page.getByRole('region', { name: 'Events' })).toContainText(
    'Successfully assigned default/web-',
  );
  await shoot(page, 'pod');
  await owners.getByRole('link', { name: 'web', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'web', exact: true })).toBeVisible();
});

test('a restart replaces every pod', async ({ page }) => {
  const names = async () =>
    (await app.slipway.get(cluster, 'get', 'pods', '-l', 'app=web', '-o', 'name')).split('\n');
  const before = await names();
  await openObject(page, 'apps/deployments/default/web');
  await page.getByRole('button', { name: 'Restart' }).click();
  await expect(page.getByText('Deployment web in default is restarting')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Rollout' })).toContainText('2 of 2 ready, 2 up to date');
  await app.slipway.get(cluster, 'rollout', 'status', 'deployment/web', '--timeout=60s');
  await expect(async () => {
    const now = await names();
    expect(now).toHaveLength(2);
    expect(now.filter((name) => before.includes(name))).toEqual([]);
  }).toPass({ timeout: 60_000 });
});

test('a log is wrapped or not, and is downloaded', async ({ page }) => {
  await openObject(page, 'apps/deployments/default/web', '?tab=logs');
  const log = page.getByRole('log', { name: 'Log' });
  await expect(log).toContainText('simulated');
  await expect(log.locator('.log-text').first()).toHaveCSS('white-space', 'pre-wrap');
  await page.getByRole('button', { name: 'Wrap long lines' }).click();
  await expect(log.locator('.log-text').first()).toHaveCSS('white-space', 'pre');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('web.log');
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\n');
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/^\[web-\S+\] Container main .*simulated/);
});

test('the kubeconfig that is copied is one that kubectl takes', async ({ page }) => {
  const file = join(app.slipway.dataDir, 'copied.kubeconfig');
  const nodes = async () => {
    writeFileSync(file, await page.evaluate(() => navigator.clipboard.readText()));
    return run(findKubectl() ?? '', ['--kubeconfig', file, 'get', 'nodes', '-o', 'name']);
  };
  await app.open(page);
  const card = page.getByRole('article', { name: `Cluster ${cluster}` });
  await card.getByRole('button', { name: 'Copy kubeconfig' }).click();
  await expect(card.getByRole('button', { name: 'Copied' })).toBeVisible();
  expect((await nodes()).stdout.trim().split('\n')).toHaveLength(3);
  await shoot(page, 'home');

  await page.evaluate(() => navigator.clipboard.writeText('something else'));
  await app.open(page, `#/c/${cluster}`);
  await page.getByRole('button', { name: 'More for this cluster' }).click();
  await page.getByRole('menuitem', { name: 'Copy kubeconfig' }).click();
  await expect(page.getByText(`The kubeconfig of ${cluster} is on the clipboard`)).toBeVisible();
  expect((await nodes()).status).toBe(0);
});

test('a cluster is stopped from its overview and started from where it was', async ({ page }) => {
  await app.open(page, `#/c/${cluster}`);
  await page.getByRole('button', { name: 'More for this cluster' }).click();
  await page.getByRole('menuitem', { name: 'Stop cluster' }).click();
  await expect(page.getByRole('heading', { name: `${cluster} is stopped` })).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: `Start ${cluster}` }).click();
  await expect(page.getByRole('link', { name: /Nodes.*3 of 3 ready/ })).toBeVisible({ timeout: 60_000 });
});
