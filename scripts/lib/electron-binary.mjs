import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runNode, say } from './shell.mjs';

/**
 * Whether Electron's binary is there, found by looking at files only: asking the `electron` package itself
 * would start a download. Result: `{ file }` or `{ missing: reason }`.
 */
export function electronBinary() {
  if (process.env.ELECTRON_EXEC_PATH) return { file: process.env.ELECTRON_EXEC_PATH };
  const folder = join(root, 'node_modules/electron');
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(folder)) return { missing: 'the electron package is not installed' };
  if (!existsSync(pathFile))
    return {
      missing:
        'the Electron binary was not downloaded (npx install-electron fetches it where GitHub can be reached)',
    };
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist');
  const file = join(dist, readFileSync(pathFile, 'utf8').trim());
  return existsSync(file) ? { file } : { missing: `the Electron binary is missing at ${file}` };
}

/** True when a window can be shown. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

const retryAfterMs = 24 * 60 * 60 * 1000;

/**
 * The binary, fetched when it is missing: its npm package carries only a loader. A failed download (offline,
 * fenced-off network) is remembered for a day, so that it does not slow down every start.
 */
export async function fetchElectronBinary() {
  const present = electronBinary();
  if (present.file || !existsSync(join(root, 'node_modules/electron/install.js'))) return present;
  const failed = join(root, 'node_modules/.slipway-electron-failed');
  if (existsSync(failed) && Date.now() - statSync(failed).mtimeMs < retryAfterMs) return present;
  say('fetching Electron (once, about 120 MB)');
  const status = await runNode('node_modules/electron/install.js', [], {
    stdio: ['ignore', 'ignore', 'ignore'],
    timeout: 10 * 60 * 1000,
  });
  try {
    if (status !== 0) writeFileSync(failed, '');
  } catch {
    // A folder that cannot be written: the next start tries again.
  }
  return electronBinary();
}
