#!/usr/bin/env node
/**
 * Opens the app: in Electron where its binary is there, otherwise the same window in an installed browser,
 * otherwise its address is printed. SLIPWAY_SHELL=electron|browser|none decides by hand.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
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
let isOpen = false;
let status;
// A second start only names the app that runs: its window stays, and this process with it.
server.on('close', (code) => {
  status = code ?? 1;
  if (!isOpen) process.exit(status);
});

if (browser) {
  let text = '';
  server.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    text += chunk;
    const url = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+(?=\s)/.exec(text)?.[0];
    if (url) {
      text = '';
      openWindow(url);
    }
  });
}

/** A window of its own, without address bar; a profile of its own, so that the user's browser stays as it is. */
function openWindow(url) {
  const flags = [
    `--app=${url}`,
    `--user-data-dir=${profileDir()}`,
    '--class=Slipway',
    '--no-first-run',
    '--no-default-browser-check',
  ];
  if (process.getuid?.() === 0) flags.push('--no-sandbox', '--test-type');
  const window = spawn(browser, flags, { stdio: 'ignore' });
  isOpen = true;
  window.on('error', (error) => {
    isOpen = false;
    say(`could not open ${browser}: ${error.message}. Open ${url} yourself.`);
    if (status !== undefined) process.exit(status);
  });
  window.on('exit', () => {
    if (status !== undefined) process.exit(status);
    isOpen = false;
    server.kill('SIGTERM');
  });
}

/**
 * One for each data folder: a browser that finds another one on its profile hands its window over and ends, which
 * would end the app behind it.
 */
function profileDir() {
  const flag = args.find((argument) => argument.startsWith('--data-dir='))?.slice('--data-dir='.length);
  const dataDir = flag ?? args[args.indexOf('--data-dir') + 1 || args.length] ?? process.env.SLIPWAY_DATA_DIR;
  const suffix = dataDir
    ? `-${createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 12)}`
    : '';
  const cache = process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? '.', '.cache');
  return join(cache, `slipway/browser${suffix}`);
}
