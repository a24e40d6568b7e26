/**
 * Opens the app: in Electron where its binary is there, otherwise the same window in an installed browser,
 * otherwise its address is printed. SLIPWAY_SHELL=electron|browser|none decides by hand.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findBrowser } from './lib/browser.mjs';
import { electronBinary, fetchElectronBinary, hasDisplay } from './lib/electron-binary.mjs';
import { root, run, say } from './lib/shell.mjs';
import { openDoor } from './lib/waiting-door.mjs';

/** Runs until the window is closed or the app ends; resolves to the exit status. */
export async function launch(args) {
  const wish = process.env.SLIPWAY_SHELL ?? 'auto';
  const browser = wish === 'none' || !hasDisplay() ? undefined : findBrowser();
  if (wish === 'auto' || wish === 'electron') {
    const electron = hasDisplay() ? await fetchElectronBinary() : electronBinary();
    if (electron.file && hasDisplay()) {
      const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
      return run(electron.file, [...flags, root, ...args]);
    }
    const why = hasDisplay() ? electron.missing : 'there is no display';
    if (wish === 'electron') {
      say(`cannot open Electron: ${why}.`);
      return 2;
    }
    if (browser) say(`opening in a browser instead of Electron: ${why}.`);
    else say(`no window opens here: ${why}. Open the address below in a browser.`);
  }
  return browser ? inBrowser(browser, args) : serve(args, 'inherit').ended;
}

/** `slipway serve`. */
function serve(args, stdout) {
  const cli = join(root, 'out/main/cli.js');
  const child = spawn(process.execPath, ['--enable-source-maps', cli, 'serve', ...args], {
    stdio: ['inherit', stdout, 'inherit'],
  });
  const ended = new Promise((done) => child.on('close', (code) => done(code ?? 1)));
  passSignals(child);
  return { child, ended };
}

/** Whoever ends this process ends `child` too. */
function passSignals(child) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
}

/**
 * Server and browser start side by side: the browser's first request waits at a door that leads to the window as
 * soon as the server says where it is. The app ends with its window, and the window with the app.
 */
async function inBrowser(browser, args) {
  const server = serve(args, 'pipe');
  const address = Promise.race([printedAddress(server.child), server.ended.then(() => undefined)]);
  const door = await openDoor(address);
  const window = openWindow(browser, door.url, args);

  const url = await address;
  if (url === undefined) {
    window.child.kill();
    door.close();
    return server.ended;
  }
  const end = await window.ended;
  door.close();
  if (end === 'failed') say(`${browser} could not be opened. Open ${url} yourself.`);
  // A browser that was open already took the window over: there is no telling when it is closed.
  else if (end === 'closed') server.child.kill('SIGTERM');
  return server.ended;
}

/** The address of the window, once it is printed; everything printed goes on to this process's output. */
function printedAddress(child) {
  return new Promise((found) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      text = (text + chunk).slice(-4096);
      const url = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+(?=\s)/.exec(text)?.[0];
      if (url) found(url);
    });
  });
}

/**
 * A window of its own, without address bar; a profile of its own, so that the user's browser stays as it is.
 * `ended` resolves to `closed`, to `handed-over` when a browser on the same profile showed it, or to `failed`.
 */
function openWindow(browser, url, args) {
  const profile = profileDir(args);
  const flags = [
    `--app=${url}`,
    `--user-data-dir=${profile}`,
    ...(existsSync(profile) ? [] : ['--window-size=1440,900']), // later it is as large as it was left
    '--class=Slipway',
    '--no-first-run',
    '--no-default-browser-check',
  ];
  if (process.getuid?.() === 0) flags.push('--no-sandbox', '--test-type');
  const child = spawn(browser, flags, { stdio: ['ignore', 'pipe', 'ignore'] });
  let handedOver = false;
  child.stdout?.on('data', (chunk) => {
    handedOver ||= /existing browser session/i.test(String(chunk));
  });
  const ended = new Promise((done) => {
    child.on('error', () => done('failed'));
    child.on('close', (code) => done(handedOver ? 'handed-over' : code ? 'failed' : 'closed'));
  });
  passSignals(child);
  return { child, ended };
}

/** One for each data folder: else a browser with the window of another app would take this one's over. */
function profileDir(args) {
  const flag = args.find((argument) => argument.startsWith('--data-dir='))?.slice('--data-dir='.length);
  const dataDir = flag ?? args[args.indexOf('--data-dir') + 1 || args.length] ?? process.env.SLIPWAY_DATA_DIR;
  const suffix = dataDir
    ? `-${createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 12)}`
    : '';
  const cache = process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? '.', '.cache');
  return join(cache, `slipway/browser${suffix}`);
}
