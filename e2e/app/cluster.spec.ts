import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { root } from '../../scripts/lib/shell.mjs';
import { busyboxArchive } from '../harness/images.ts';
import { run } from '../harness/slipway.ts';
import { App, editor, rows } from './app.ts';
import { shoot } from './screenshots.ts';

/** From an empty window to a cluster of two real nodes with a small shop in it, and back. Each test goes on where the last one ended. */
const cluster = 'harbour';
const app = new App();
const shop = readFileSync(join(root, 'e2e/fixtures/shop.yaml'), 'utf8');

test.describe.configure({ mode: 'serial' });
test.beforeAll(() => app.start());
test.afterAll(() => app.close());

const openObject = (page: Page, path: string, tab?: string) =>
  app.open(page, `#/c/${cluster}/r/${path}${tab ? `?tab=${tab}` : ''}`);
const replicasOf = (name: string) =>
  app.slipway.get(cluster, 'get', 'deployment', name, '-o', 'jsonpath={.spec.replicas}');

test('the empty window leads through the wizard to a cluster of two Ready nodes', async ({ page }) => {
  await app.open(page);
  await expect(page.getByRole('heading', { name: 'Your first cluster is one click away' })).toBeVisible();
  await shoot(page, 'home-empty');
  await page.getByRole('main').getByRole('button', { name: 'Create cluster' }).click();

  const wizard = page.getByRole('dialog', { name: 'Create cluster' });
  const create = wizard.getByRole('button', { name: 'Create cluster' });
  await expect(wizard.getByRole('radio', { name: /Real/ })).toBeChecked();
  await wizard.getByRole('textbox', { name: 'Name' }).fill('Harbour');
  await expect(wizard.getByText('Lower case only: harbour')).toBeVisible();
  await expect(create).toBeDisabled();
  await wizard.getByRole('textbox', { name: 'Name' }).fill(cluster);
  await wizard.getByRole('button', { name: 'One node less' }).click();
  await expect(wizard.getByRole('textbox', { name: 'Number of nodes' })).toHaveValue('2');
  await shoot(page, 'wizard');
  await create.click();

  const steps = page.getByRole('dialog').getByRole('listitem');
  await expect(steps.filter({ has: page.getByRole('img', { name: 'Done' }) }).first()).toBeVisible();
  await shoot(page, 'steps');
  const open = page.getByRole('button', { name: `Open ${cluster}` });
  await expect(open).toBeVisible({ timeout: 120_000 });
  await expect(steps.filter({ has: page.getByRole('img', { name: 'Failed' }) })).toHaveCount(0);
  await open.click();
  await expect(page.getByRole('link', { name: /Nodes.*2 of 2 ready/ })).toBeVisible();
});

test('an image is loaded onto every node', async ({ page }) => {
  await app.open(page, `#/c/${cluster}`);
  await page.getByRole('button', { name: 'More for this cluster' }).click();
  await page.getByRole('menuitem', { name: 'Load images…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Images' }).fill(await busyboxArchive());
  await dialog.getByRole('button', { name: 'Load', exact: true }).click();
  await expect(page.getByRole('heading', { name: `1 image loaded into ${cluster}` })).toBeVisible({
    timeout: 60_000,
  });
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toHaveCount(0);
});

test('pasted manifests are reviewed, then applied, and their pods run', async ({ page }) => {
  await app.open(page, `#/c/${cluster}`);
  await page.getByRole('main').getByRole('button', { name: 'Apply YAML' }).click();
  await editor(page, 'Manifests').fill(shop);
  const objects = page.getByRole('list', { name: 'Objects' }).getByRole('button');
  await expect(objects).toHaveCount(5);
  await page.getByRole('button', { name: 'Review' }).click();
  await expect(objects.filter({ hasText: 'new' })).toHaveCount(5);
  await page.getByRole('button', { name: 'Apply 5 objects' }).click();
  await expect(objects.filter({ hasText: 'created' })).toHaveCount(5);
  await page.getByRole('button', { name: 'Done' }).click();

  await page
    .getByRole('link', { name: /^Pods \d/ })
    .first()
    .click();
  await page.getByRole('searchbox', { name: 'Filter' }).fill('storefront');
  await expect(rows(page).filter({ hasText: 'Running' })).toHaveCount(3, { timeout: 60_000 });
});

test('a failing pod is called out on the overview, with its events', async ({ page }) => {
  await app.open(page, `#/c/${cluster}`);
  const attention = page.getByRole('region', { name: 'Needs attention' });
  await expect(attention.getByText('CrashLoopBackOff')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('CPU in use').first()).toBeVisible();
  await expect(page.getByRole('meter', { name: `Memory on ${cluster}-node-1: in use` })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Recent events' })).toContainText(
    'Back-off restarting failed container',
  );
  await shoot(page, 'overview');
  await attention
    .getByRole('link', { name: /^mailer-/ })
    .first()
    .click();
  await page.getByRole('tab', { name: 'Events' }).click();
  await expect(page.getByRole('tabpanel')).toContainText('BackOff');
});

test('applying again shows the difference first and changes nothing else', async ({ page }) => {
  await app.open(page, `#/c/${cluster}/apply`);
  await editor(page, 'Manifests').fill(
    shop.replace('currency: EUR', 'currency: SEK').replace('cpu: 100m', 'cpu: 150m'),
  );
  await page.getByRole('button', { name: 'Review' }).click();
  const objects = page.getByRole('list', { name: 'Objects' }).getByRole('button');
  await expect(objects.filter({ hasText: 'changes' })).toHaveCount(2);
  await expect(objects.filter({ hasText: 'unchanged' })).toHaveCount(3);
  await objects.filter({ hasText: 'storefront' }).first().click();
  await expect(page.getByRole('main')).toContainText('After applying');
  await expect(page.locator('.cm-changedLine').first()).toBeVisible();
  await shoot(page, 'review');
  await page.getByRole('button', { name: 'Apply 2 objects' }).click();
  await expect(objects.filter({ hasText: 'changed' }).filter({ hasNotText: 'unchanged' })).toHaveCount(2);
  await app.slipway.get(cluster, 'rollout', 'status', 'deployment/storefront', '--timeout=60s');
});

test('the page of a Deployment shows its rollout, pods and revisions', async ({ page }) => {
  await openObject(page, 'apps/deployments/default/storefront');
  await expect(page.getByRole('heading', { level: 1, name: 'storefront' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Rollout' })).toContainText('3 of 3 ready');
  await expect(
    page.getByRole('region', { name: 'Revisions' }).getByRole('button', { name: 'Roll back' }),
  ).toHaveCount(1);
  await expect(
    page.getByRole('region', { name: 'Pods' }).getByRole('link', { name: /^storefront-/ }),
  ).toHaveCount(3);
  await shoot(page, 'deployment');
  await page.getByRole('tab', { name: 'Events' }).click();
  await expect(page.getByRole('tabpanel')).toContainText('Scaled up replica set');
});

test('logs of all its pods together: live, searched, held', async ({ page }) => {
  await openObject(page, 'apps/deployments/default/storefront', 'logs');
  const log = page.getByRole('log', { name: 'Log' });
  await expect(page.getByRole('toolbar', { name: 'Sources' }).getByRole('button')).toHaveCount(3);
  await expect(log).toContainText('GET /cart/');
  const lineCount = page.getByText(/^[\d,]+ lines$/);
  const before = await lineCount.textContent();
  await expect(lineCount).not.toHaveText(before ?? '');
  await expect(log.getByText(/^ERROR payment/).first()).toBeVisible();
  await shoot(page, 'logs');
  await page.getByRole('button', { name: 'Times' }).click();
  await expect(log.locator('.log-time').first()).toHaveText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
  await page.getByRole('button', { name: 'Times' }).click();

  await page.getByRole('searchbox', { name: 'Search the log' }).fill('declined');
  await expect(page.getByText(/^\d+ of \d+$/)).toBeVisible();
  await expect(log.locator('mark').first()).toHaveText('declined');
  await page.getByRole('button', { name: 'Only matching lines' }).click();
  await expect(log).not.toContainText('GET /cart/');
  await page.getByRole('button', { name: 'Follow' }).click();
  await expect(page.getByText('Not following')).toBeVisible();
});

test('scale by the dialog', async ({ page }) => {
  await openObject(page, 'apps/deployments/default/storefront');
  await page.getByRole('button', { name: 'Scale' }).click();
  const dialog = page.getByRole('dialog', { name: 'Scale storefront' });
  await dialog.getByRole('textbox', { name: 'Replicas' }).fill('x');
  await expect(dialog.getByRole('button', { name: 'Scale', exact: true })).toBeDisabled();
  await dialog.getByRole('textbox', { name: 'Replicas' }).fill('4');
  await dialog.getByRole('button', { name: 'Scale to 4' }).click();
  await expect(page.getByRole('region', { name: 'Rollout' })).toContainText('4 of 4 ready', {
    timeout: 60_000,
  });
  expect(await replicasOf('storefront')).toBe('4');
});

test('an edit meets a change of somebody else and keeps both', async ({ page }) => {
  await openObject(page, 'apps/deployments/default/orders', 'yaml');
  const text = editor(page, 'Deployment orders as YAML');
  await expect(text).toContainText('kind: Deployment');
  const object = JSON.parse(await app.slipway.get(cluster, 'get', 'deployment', 'orders', '-o', 'json'));
  object.spec.replicas = 1;
  await text.fill(JSON.stringify(object, null, 2));
  await app.slipway.get(cluster, 'annotate', 'deployment', 'orders', 'example.com/by=somebody-else');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The object changed while you were editing')).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Live. Type to edit.')).toBeVisible();
  const saved = JSON.parse(await app.slipway.get(cluster, 'get', 'deployment', 'orders', '-o', 'json'));
  expect([saved.spec.replicas, saved.metadata.annotations['example.com/by']]).toEqual([1, 'somebody-else']);
});

test('a terminal in a pod', async ({ page }) => {
  await app.open(page, `#/c/${cluster}/r/core/pods?q=storefront`);
  await rows(page)
    .first()
    .getByRole('button', { name: /^Actions for storefront-/ })
    .click();
  await page.getByRole('menuitem', { name: 'Shell' }).click();
  await expect(page.getByText('connected', { exact: true })).toBeVisible();
  const screen = page.locator('.xterm-rows');
  await page.keyboard.type('echo sum $((40 + 2)) && ls /\n');
  await expect(screen).toContainText('sum 42');
  await shoot(page, 'terminal');
  await page.keyboard.type('exit 3\n');
  await expect(page.getByText('ended', { exact: true })).toBeVisible();
});

test('cordon and uncordon a node', async ({ page }) => {
  await openObject(page, `core/nodes/-/${cluster}-node-2`);
  await page.getByRole('button', { name: 'Cordon' }).click();
  await expect(page.getByText('The scheduler places no new pods here.')).toBeVisible();
  expect(await app.slipway.get(cluster, 'get', 'node', `${cluster}-node-2`)).toContain('SchedulingDisabled');
  await page.getByRole('button', { name: 'Uncordon' }).click();
  await expect(page.getByText('The scheduler places no new pods here.')).toHaveCount(0);
});

test('deleting a Deployment tells what goes with it', async ({ page }) => {
  await app.open(page, `#/c/${cluster}/r/apps/deployments`);
  const row = rows(page).filter({ hasText: 'storefront' });
  await row.getByRole('checkbox', { name: 'Select storefront' }).click();
  await page
    .getByRole('toolbar', { name: 'Selected objects' })
    .getByRole('button', { name: 'Delete…' })
    .click();
  const dialog = page.getByRole('dialog', { name: 'Delete Deployment storefront?' });
  await expect(dialog).toContainText('Replica sets (2)');
  await expect(dialog).toContainText('Pods (4)');
  await shoot(page, 'delete');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole('link', { name: /^Pods/ }).click();
  await expect(rows(page).filter({ hasText: 'storefront' })).toHaveCount(0, { timeout: 60_000 });
});

test('a node is added to the running cluster and removed again', async ({ page }) => {
  const node = `${cluster}-node-3`;
  await app.open(page, `#/c/${cluster}/r/core/nodes`);
  await page.getByRole('button', { name: 'Add nodes' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Add 1 node' }).click();
  await expect(page.getByRole('heading', { name: `${cluster} has 1 node more` })).toBeVisible({
    timeout: 60_000,
  });
  await dialog.getByRole('button', { name: 'Close' }).click();
  const row = rows(page).filter({ hasText: node });
  await expect(row).toContainText('Ready');
  await row.getByRole('button', { name: `Actions for ${node}` }).click();
  await page.getByRole('menuitem', { name: 'Remove node…' }).click();
  await dialog.getByRole('button', { name: 'Remove node' }).click();
  await expect(page.getByRole('heading', { name: `${node} is gone` })).toBeVisible({ timeout: 60_000 });
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(rows(page)).toHaveCount(2);
});

test('stop keeps the objects, start brings the same pods back', async ({ page }) => {
  const uid = () =>
    app.slipway.get(cluster, 'get', 'pods', '-l', 'app=orders', '-o', 'jsonpath={.items[*].metadata.uid}');
  const before = await uid();
  await app.open(page);
  const card = page.getByRole('article', { name: `Cluster ${cluster}` });
  await card.getByRole('button', { name: 'Stop' }).click();
  await card.getByRole('button', { name: 'Start' }).click({ timeout: 90_000 });
  await card.getByRole('button', { name: 'Open' }).click({ timeout: 90_000 });
  await page.getByRole('link', { name: /^Pods/ }).first().click();
  await expect(rows(page).filter({ hasText: 'orders' }).filter({ hasText: 'Running' })).toHaveCount(1, {
    timeout: 60_000,
  });
  expect(await uid()).toBe(before);
});

test('deleting the cluster asks for its name and leaves nothing behind', async ({ page }) => {
  await app.open(page);
  await page.getByRole('button', { name: `More for ${cluster}` }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  const dialog = page.getByRole('dialog', { name: `Delete cluster ${cluster}?` });
  const confirm = dialog.getByRole('button', { name: 'Delete cluster' });
  await expect(confirm).toBeDisabled();
  await dialog.getByRole('textbox', { name: `Type ${cluster} to confirm` }).fill(cluster);
  await confirm.click();
  await expect(page.getByRole('heading', { name: 'Your first cluster is one click away' })).toBeVisible({
    timeout: 60_000,
  });
  const label = `label=slipway.dev/cluster=${cluster}`;
  for (const list of [
    ['ps', '-aq'],
    ['volume', 'ls', '-q'],
    ['network', 'ls', '-q'],
  ])
    expect((await run('docker', [...list, '--filter', label])).stdout).toBe('');
});
