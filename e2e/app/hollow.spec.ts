import { expect, type Page, test } from '@playwright/test';
import { until } from '../harness/slipway.ts';
import { App, editor, listCount, rows } from './app.ts';
import { shoot } from './screenshots.ts';

/** The window over a cluster of 20 simulated nodes with 2,000 pods. */
const cluster = 'e2e-window';
const nodes = 20;
const namespaces = ['shop', 'billing', 'search', 'media'];
const perNamespace = 500;
const app = new App();

const deployment = (name: string, namespace: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace, labels: { app: name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'example.com/app:1',
            resources: { requests: { cpu: '10m', memory: '16Mi' } },
          },
        ],
      },
    },
  },
});

const namespaceObject = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  test.setTimeout(240_000);
  await app.start();
  const { slipway } = app;
  await slipway.must('cluster', 'create', cluster, '--driver', 'hollow', '--nodes', String(nodes));
  const items = namespaces.flatMap((namespace) => [
    namespaceObject(namespace),
    ...['front', 'back'].map((name) => deployment(`${namespace}-${name}`, namespace, perNamespace / 2)),
  ]);
  await slipway.apply(cluster, items.map((item) => JSON.stringify(item)).join('\n---\n'));
  for (const namespace of namespaces)
    await slipway.get(
      cluster,
      'wait',
      '-n',
      namespace,
      'deployment',
      '--all',
      '--for=condition=Available',
      '--timeout=180s',
    );
});
test.afterAll(() => app.close());

const openList = (page: Page, plural: string, search = '') =>
  app.open(page, `#/c/${cluster}/r/${plural}${search}`);

test('the overview counts nodes and pods', async ({ page }) => {
  await app.open(page, `#/c/${cluster}`);
  await expect(page.getByRole('link', { name: /Nodes.*20 of 20 ready/ })).toBeVisible();
  await expect(page.getByRole('link', { name: /Pods.*2,000 of 2,000 running/ })).toBeVisible();
  await shoot(page, 'overview-large');
});

test('a list of 2,000 pods scrolls to its end with few rows in the page', async ({ page }) => {
  await openList(page, 'core/pods');
  await expect(listCount(page)).toHaveText('2,000');
  const grid = page.getByRole('grid', { name: 'Pods' });
  await expect(grid).toHaveAttribute('aria-rowcount', '2000');
  await grid.focus();
  await page.keyboard.press('End');
  await expect(grid.locator('[role=row][aria-rowindex="2000"]')).toBeInViewport();
  expect(await rows(page).count()).toBeLessThan(80);
  await page.keyboard.press('Home');
  await expect(grid.locator('[role=row][aria-rowindex="1"]')).toBeInViewport();
  expect(await rows(page).count()).toBeLessThan(80);
  await shoot(page, 'pods');
});

test('filter, label selector and sorting', async ({ page }) => {
  await openList(page, 'core/pods');
  await expect(listCount(page)).toHaveText('2,000');
  await page.keyboard.press('/');
  await page.keyboard.type('shop-front');
  await expect(listCount(page)).toHaveText('250 of 2,000');
  await expect(rows(page).first()).toContainText('shop-front');
  await page.keyboard.press('Escape');
  await expect(listCount(page)).toHaveText('2,000');

  await page.getByRole('textbox', { name: 'Label selector' }).fill('app in (media-back,media-front)');
  await expect(listCount(page)).toHaveText('500 of 2,000');
  const name = page.getByRole('columnheader', { name: 'Name', exact: true });
  await expect(name).toHaveAttribute('aria-sort', 'ascending');
  await expect(rows(page).first()).toContainText('media-back');
  await name.click();
  await expect(name).toHaveAttribute('aria-sort', 'descending');
  await expect(rows(page).first()).toContainText('media-front');

  await page.getByRole('searchbox', { name: 'Filter' }).fill('no such pod');
  await expect(page.getByRole('heading', { name: 'No pods match' })).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await expect(listCount(page)).toHaveText('2,000');
});

test('the chosen namespace holds on every page of the cluster', async ({ page }) => {
  await openList(page, 'core/pods');
  await page.getByRole('button', { name: 'Namespaces: All namespaces' }).click();
  await page.getByRole('textbox', { name: 'Find a namespace' }).fill('bill');
  await page.getByRole('button', { name: 'billing', exact: true }).click();
  await expect(listCount(page)).toHaveText('500');
  await page.getByRole('link', { name: /^Deployments/ }).click();
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Namespaces: billing' }).click();
  await page.getByRole('button', { name: 'Add media' }).click();
  await expect(rows(page)).toHaveCount(4);
});

test('changes made elsewhere appear by themselves', async ({ page }) => {
  const { slipway } = app;
  await openList(page, 'apps/deployments', '?ns=shop');
  await expect(rows(page)).toHaveCount(2);
  await slipway.apply(cluster, JSON.stringify(deployment('shop-extra', 'shop', 1)));
  const extra = rows(page).filter({ hasText: 'shop-extra' });
  await expect(extra).toContainText('1/1');
  await slipway.get(cluster, 'scale', '-n', 'shop', 'deployment/shop-extra', '--replicas=3');
  await expect(extra).toContainText('3/3');
  await slipway.get(cluster, 'delete', '-n', 'shop', 'deployment/shop-extra', '--wait=false');
  await expect(extra).toHaveCount(0);
});

test('the command palette finds objects, kinds and actions', async ({ page }) => {
  await app.open(page, `#/c/${cluster}`);
  await expect(page.getByRole('heading', { level: 1, name: cluster })).toBeVisible();
  await page.keyboard.press('Control+k');
  const search = page.getByRole('combobox', { name: 'Search' });
  await search.fill('billing-front');
  await expect(page.getByRole('option', { name: /^billing-front Deployment/ })).toBeVisible();
  await page.getByRole('option', { name: /^billing-front Deployment/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'billing-front' })).toBeVisible();

  await page.keyboard.press('Control+k');
  await search.fill('configmaps');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: /Config ?Maps/i })).toBeVisible();
});

test('the theme changes and stays', async ({ page }) => {
  await app.open(page);
  const html = page.locator('html');
  for (const theme of ['light', 'dark']) {
    await page.getByRole('button', { name: 'Theme' }).click();
    await page.getByRole('menuitem', { name: theme === 'light' ? 'Light' : 'Dark' }).click();
    await expect(html).toHaveAttribute('data-theme', theme);
    await page.reload();
    await expect(html).toHaveAttribute('data-theme', theme);
  }
});

test('Escape closes a dialog, and the focus is back where it was', async ({ page }) => {
  await app.open(page);
  const settings = page.getByRole('button', { name: 'Settings' });
  await settings.click();
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(settings).toBeFocused();
});

test('YAML that cannot be read is pointed at by line', async ({ page }) => {
  await app.open(page, `#/c/${cluster}/apply`);
  await editor(page, 'Manifests').fill(
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "open\ndata: {}\n',
  );
  const problem = page.getByRole('button', { name: /^Line \d+: / });
  await expect(problem).toBeVisible();
  await problem.click();
  await expect(editor(page, 'Manifests')).toBeFocused();

  await editor(page, 'Manifests').fill('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  nam: typo\ndata: {}\n');
  await expect(page.locator('.cm-lint-marker-error')).toBeVisible();
});

test('an object the server refuses shows every field at fault', async ({ page }) => {
  await app.open(page, `#/c/${cluster}/apply?ns=shop`);
  const broken = deployment('Bad_Name', 'shop', -1);
  broken.spec.template.spec.containers[0] = {
    name: 'UPPER',
    image: 'example.com/app:1',
    resources: { requests: { cpu: '10m', memory: '16Mi' } },
  };
  await editor(page, 'Manifests').fill(JSON.stringify(broken, null, 2));
  await page.getByRole('button', { name: 'Review' }).click();
  const alert = page.getByRole('main').getByRole('alert');
  await expect(alert).toContainText('metadata.name');
  await expect(alert).toContainText('spec.replicas');
  await expect(alert).toContainText('spec.template.spec.containers[0].name');
  await expect(page.getByRole('button', { name: 'Nothing to apply' })).toBeDisabled();
  await shoot(page, 'refused');
});

test('a killed control plane is announced, and the list is live again afterwards', async ({ page }) => {
  const { slipway } = app;
  await openList(page, 'apps/deployments', '?ns=search');
  await expect(rows(page)).toHaveCount(2);
  const pid = app.controlPlanePid(cluster);
  const filter = page.getByRole('searchbox', { name: 'Filter' });
  await filter.fill('search-');
  const banner = page.getByRole('alert').filter({ hasText: `The API of ${cluster} does not answer.` });
  const announced = banner.waitFor();
  process.kill(pid, 'SIGKILL');
  await announced;
  await expect(banner).toHaveCount(0, { timeout: 30_000 });
  await expect(filter).toHaveValue('search-');
  expect(app.controlPlanePid(cluster)).not.toBe(pid);
  await slipway.get(cluster, 'scale', '-n', 'search', 'deployment/search-back', '--replicas=240');
  await expect(rows(page).filter({ hasText: 'search-back' })).toContainText('240/240', { timeout: 30_000 });
});

test('without the app the window says so, and opens again with a new start', async ({ page }) => {
  await openList(page, 'core/nodes');
  await expect(rows(page)).toHaveCount(nodes);
  const { port } = app;
  await app.kill();
  const banner = page.getByRole('alert').filter({ hasText: 'Not connected to Slipway' });
  await expect(banner).toBeVisible();
  await until('the port is free again', async () => {
    await app.start(port);
    return true;
  });
  await openList(page, 'core/nodes');
  await expect(rows(page)).toHaveCount(nodes);
  await expect(banner).toHaveCount(0);
});
