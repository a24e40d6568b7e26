import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import { findBrowser } from '../scripts/lib/browser.mjs';

const browser = findBrowser();

/** The real window in a real browser, against the built app. Screenshots land in out/test/screenshots. */
export default defineConfig({
  testDir: './app',
  outputDir: '../out/test/playwright',
  workers: 1,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: '../out/test/window.json' }]],
  use: {
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    actionTimeout: 30_000,
    launchOptions: {
      ...(browser && existsSync(browser) && { executablePath: browser }),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
});
