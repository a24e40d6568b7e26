import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { root } from '../../scripts/lib/shell.mjs';

const folder = join(root, 'out/test/screenshots');
const themes = ['dark', 'light'] as const;
const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
] as const;

/** Pictures of the page as it stands, in both themes and sizes: `out/test/screenshots/<view>-<theme>-<size>.png`. */
export async function shoot(page: Page, view: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const before = page.viewportSize();
  const theme = await page.evaluate(() => document.documentElement.dataset.theme);
  for (const size of sizes) {
    await page.setViewportSize(size);
    for (const name of themes) {
      await paint(page, name);
      await page.screenshot({
        path: join(folder, `${view}-${name}-${size.width}x${size.height}.png`),
        animations: 'disabled',
        caret: 'hide',
      });
    }
  }
  if (before) await page.setViewportSize(before);
  await paint(page, theme ?? 'dark');
}

/** Sets the theme without touching the settings, and waits for two drawings: resized parts settle in the second. */
async function paint(page: Page, theme: string): Promise<void> {
  await page.evaluate(async (name) => {
    document.documentElement.dataset.theme = name;
    for (let frames = 0; frames < 2; frames += 1)
      await new Promise((resolve) => requestAnimationFrame(resolve));
  }, theme);
}
