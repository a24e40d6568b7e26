import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { findBrowser } from '../lib/browser.mjs';
import { root } from '../lib/shell.mjs';
import { median, ms } from './cluster.mjs';

const rounds = 5;

/** From the command to a window one can click in. */
export async function measure() {
  const times = [];
  for (let round = 0; round < rounds; round += 1) times.push(await once());
  return [
    {
      what: 'window usable',
      measured: ms(median(times)),
      target: '2 s',
      how: `npm start, built, in Chromium (headless): command to "Create cluster", median of ${rounds}`,
    },
  ];
}

async function once() {
  const dataDir = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  const started = performance.now();
  const app = spawn('npm', ['start', '--silent', '--', '--data-dir', dataDir], {
    cwd: root,
    env: { ...process.env, SLIPWAY_SHELL: 'none' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  try {
    const url = await new Promise((resolve) => {
      let text = '';
      app.stdout.on('data', (chunk) => {
        text += chunk;
        const match = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(text);
        if (match) resolve(match[0]);
      });
    });
    const browser = await chromium.launch({
      executablePath: findBrowser(),
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    const page = await browser.newPage();
    await page.goto(url);
    await page
      .getByRole('button', { name: /create cluster/i })
      .or(page.getByRole('link', { name: /create cluster/i }))
      .first()
      .waitFor();
    const time = performance.now() - started;
    await browser.close();
    return time;
  } finally {
    process.kill(-app.pid, 'SIGTERM');
    rmSync(dataDir, { recursive: true, force: true });
  }
}
