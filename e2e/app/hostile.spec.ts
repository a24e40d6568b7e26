import { expect, type Page, test } from '@playwright/test';
import { App, editor, rows } from './app.ts';
import { customKind } from './custom-kind.ts';

/** What others write into a cluster is text in the window: it is shown as it is, does nothing, and fits the page. */
const cluster = 'hostile';
const app = new App();
const picture = '<img src=x onerror="window.obeyed=1">';
const markup = `${picture}<script>window.obeyed=1</script>`;
const long = 'x'.repeat(20_000);
const group = 'traps.example.com';

test.describe.configure({ mode: 'serial' });
test.use({ viewport: { width: 1024, height: 700 } });
test.beforeAll(async () => {
  await app.start();
  await app.slipway.must('cluster', 'create', cluster, '--driver', 'hollow', '--nodes', '1');
  await app.slipway.apply(
    cluster,
    [configMap, event].map((object) => JSON.stringify(object)).join('\n---\n'),
  );
});
test.afterAll(() => app.close());
test.afterEach(({ page }) => expectHarmless(page));

const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'trap', annotations: { 'example.com/note': markup, 'example.com/long': long } },
  data: { markup, long, escapes: '\u001b[2J\u202Eevil\u0000', 'a.b.c_d-e': '' },
};
const event = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'trap', namespace: 'default' },
  involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', name: 'trap', namespace: 'default' },
  type: 'Warning',
  reason: markup.slice(0, 100),
  message: `${markup}\n\u001b[31m${'word '.repeat(190)}`,
  firstTimestamp: '2026-01-01T00:00:00Z',
  lastTimestamp: '2026-01-01T00:00:00Z',
  count: 2_147_483_647,
  source: { component: markup },
};

const definition = customKind({
  group,
  kind: 'Trap',
  plural: 'traps',
  field: ['bait', 'string'],
  column: '<b>Bait</b>',
  description: markup,
});

/** Nothing ran, nothing was loaded as a picture, and the page is no wider than the window. */
async function expectHarmless(page: Page): Promise<void> {
  const found = await page.evaluate(() => ({
    obeyed: 'obeyed' in window,
    pictures: document.querySelectorAll('img[src=x]').length,
    overhang: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }));
  expect(found).toEqual({ obeyed: false, pictures: 0, overhang: 0 });
}

test('data and annotations of an object', async ({ page }) => {
  await app.open(page, `#/c/${cluster}/r/core/configmaps/default/trap`);
  await expect(page.getByRole('main')).toContainText(markup);
  await expectHarmless(page);
  await page.getByRole('tab', { name: 'YAML' }).click();
  await expect(editor(page, /YAML/)).toContainText('onerror');
});

test('events, in the list and with their object', async ({ page }) => {
  await app.open(page, `#/c/${cluster}/r/core/events?q=onerror`);
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('<img src=x');
  await app.open(page, `#/c/${cluster}/r/core/configmaps/default/trap`);
  await expect(page.getByRole('region', { name: 'Events' })).toContainText('<img src=x onerror');
});

test('columns, names and descriptions that somebody else defines', async ({ page }) => {
  await app.slipway.apply(cluster, JSON.stringify(definition));
  await app.slipway.get(cluster, 'wait', '--for=condition=Established', `crd/traps.${group}`);
  const trap = { apiVersion: `${group}/v1`, kind: 'Trap', metadata: { name: 'one' }, spec: { bait: markup } };
  await app.slipway.apply(cluster, JSON.stringify(trap));
  await app.open(page, `#/c/${cluster}/r/${group}/traps`);
  await expect(page.getByRole('columnheader', { name: '<b>Bait</b>' })).toBeVisible();
  await expect(rows(page)).toContainText(markup);
});

test('a refusal that repeats what was sent', async ({ page }) => {
  await app.open(page, `#/c/${cluster}/apply`);
  const refused = { ...configMap, metadata: { name: `${picture}${long.slice(0, 300)}` } };
  await editor(page, 'Manifests').fill(JSON.stringify(refused));
  await page.getByRole('button', { name: 'Review' }).click();
  const alert = page.getByRole('main').getByRole('alert');
  await expect(alert).toContainText('a lowercase RFC 1123 subdomain');
  await expect(alert).toContainText('<img src=x');
});

test('an address that names what is not there', async ({ page }) => {
  for (const address of [
    `#/c/${encodeURIComponent(markup)}`,
    `#/c/${cluster}/r/core/pods/default/${encodeURIComponent(markup)}`,
    `#/c/${cluster}/r/core/${encodeURIComponent('../../secrets')}`,
    `#/c/${cluster}/r/core/pods?q=${encodeURIComponent(markup)}&labels=${encodeURIComponent('((((')}&sort=__proto__`,
    '#/nowhere/%00/%E0%A4%A',
  ]) {
    await app.open(page, address);
    await expect(page.getByRole('navigation', { name: 'Main' }), address).toBeVisible();
    await expect(page.getByRole('main'), address).not.toBeEmpty();
    await expectHarmless(page);
  }
});
