#!/usr/bin/env node
/**
 * Opens the app: in Electron where its binary is there, otherwise the same window in an installed browser,
 * otherwise its address is printed. SLIPWAY_SHELL=electron|browser|none decides by hand.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findBrowser } from './lib/browser.mjs';
import { electronBinary, fetchElectronBinary, hasDisplay } from './lib/electron-binary.mjs';
import { root, run, say } from './lib/shell.mjs';

const args = process.argv.slice(2);
const wish = process.env.SLIPWAY_SHELL ?? 'auto';

if (wish === 'auto' || wish === 'electron') {
  const electron = hasDisplay() ? await fetchElectronBinary() : electronBinary();
  if (electron.file && hasDisplay()) {
    const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    process.exit(await run(electron.file, [...flags, root, ...args]));
  }
  const why = electron.missing ?? 'there is no display';
  if (wish === 'electron') {
    say(`cannot open Electron: ${why}.`);
    process.exit(2);
  }
  say(`opening in a browser instead of Electron: ${why}.`);
}

const browser = wish === 'none' || !hasDisplay() ? undefined : findBrowser();
const server = spawn(
  process.execPath,
  ['--enable-source-maps', join(root, 'out/main/cli.js'), 'serve', ...args],
  {
    stdio: ['inherit', browser ? 'pipe' : 'inherit', 'inherit'],
  },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal));
server.on('exit', (code) => process.exit(code ?? 1));

if (browser) {
  let text = '';
  server.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    text += chunk;
    const url = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(text)?.[0];
    if (url) {
      text = '';
      openWindow(url);
    }
  });
}

/** A window of its own, without address bar; a profile of its own, so that the user's browser stays as it is. */
function openWindow(url) {
  const profile = join(
    process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? '.', '.cache'),
    'slipway/browser',
  );
  const flags = [
    `--app=${url}`,
    `--user-data-dir=${profile}`,
    '--class=Slipway',
    '--no-first-run',
    '--no-default-browser-check',
  ];
  if (process.getuid?.() === 0) flags.push('--no-sandbox', '--test-type');
  const window = spawn(browser, flags, { stdio: 'ignore' });
  window.on('error', (error) => say(`could not open ${browser}: ${error.message}. Open ${url} yourself.`));
  window.on('exit', () => server.kill('SIGTERM'));
}
