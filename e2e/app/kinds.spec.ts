import { expect, test } from '@playwright/test';
import { App, listCount, rows } from './app.ts';
import { customKind } from './custom-kind.ts';

/** Every kind the cluster serves has a list in the window that says what kubectl says. */
const cluster = 'every-kind';
const app = new App();

test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  await app.start();
  await app.slipway.must('cluster', 'create', cluster, '--driver', 'hollow', '--nodes', '2');
});
test.afterAll(() => app.close());

const kubectl = (...args: string[]) => app.slipway.get(cluster, ...args);
const address = (group: string, plural: string) => `#/c/${cluster}/r/${group || 'core'}/${plural}`;

/** What can be listed and watched, by kubectl's table. The second group of Events shows the same objects. */
async function listedKinds() {
  const table = await kubectl('api-resources', '--verbs=list,watch', '--no-headers');
  return table.split('\n').flatMap((line) => {
    const cells = line.split(/\s+/);
    const [plural = ''] = cells;
    const [apiVersion = '', , kind = ''] = cells.slice(-3);
    const group = apiVersion.includes('/') ? apiVersion.replace(/\/.*/, '') : '';
    return group === 'events.k8s.io'
      ? []
      : [{ plural, group, name: `${plural}.${group}`, id: `${apiVersion} ${kind}` }];
  });
}

test('every kind that can be listed and watched has a list with as many objects as kubectl counts', async ({
  page,
}) => {
  const kinds = await listedKinds();
  expect(kinds.length).toBeGreaterThan(50);
  const objects = await kubectl(
    'get',
    kinds.map(({ name }) => name).join(),
    '--all-namespaces',
    '-o',
    'jsonpath={range .items[*]}{.apiVersion} {.kind}{"\\n"}{end}',
  );
  const ids = objects.split('\n');
  await app.open(page, `#/c/${cluster}`);
  for (const { plural, group, name, id } of kinds) {
    await page.evaluate((hash) => location.assign(hash), address(group, plural));
    await expect(page.locator(`.crumbs a[href$="${address(group, plural)}"]`), name).toBeVisible();
    await expect(listCount(page), name).toHaveText(String(ids.filter((other) => other === id).length));
  }
});

test('a kind that is defined while the window is open comes by itself, and goes again', async ({ page }) => {
  const group = 'sails.example.com';
  await app.open(page, `#/c/${cluster}`);
  const custom = page.getByRole('region', { name: 'Custom resources' });
  await expect(page.getByRole('link', { name: 'Overview' })).toBeVisible();
  await expect(custom).toHaveCount(0);
  const definition = customKind({
    group,
    kind: 'Spinnaker',
    plural: 'spinnakers',
    field: ['area', 'integer'],
    column: 'Area',
  });
  await app.slipway.apply(cluster, JSON.stringify(definition));
  await custom.getByRole('link', { name: /^Spinnakers/ }).click();
  await expect(listCount(page)).toHaveText('0');

  const objects = ['red', 'blue'].map((name) => ({
    apiVersion: `${group}/v1`,
    kind: 'Spinnaker',
    metadata: { name },
    spec: { area: name === 'red' ? 120 : 95 },
  }));
  await kubectl('wait', '--for=condition=Established', `crd/spinnakers.${group}`);
  await app.slipway.apply(cluster, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  await expect(page.getByRole('columnheader', { name: 'Area' })).toBeVisible();
  await expect(rows(page).filter({ hasText: 'red' })).toContainText('120');
  await kubectl('patch', `spinnakers.${group}`, 'red', '--type=merge', '-p', '{"spec":{"area":130}}');
  await expect(rows(page).filter({ hasText: 'red' })).toContainText('130');
  await kubectl('delete', `spinnakers.${group}`, 'blue');
  await expect(rows(page)).toHaveCount(1);

  await kubectl('delete', 'crd', `spinnakers.${group}`);
  await expect(custom).toHaveCount(0);
});
