import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, run, say } from './shell.mjs';

const stamp = join(root, 'node_modules/.slipway-packages');

/**
 * Installs the npm packages, at the locked versions, when they are missing or package-lock.json has changed since.
 * Not `npm ci`: it refuses a lock file without the optional packages of every platform, and a registry need not
 * carry those. `--no-save` leaves the lock file as it is.
 */
export async function ensurePackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing npm packages (once)');
  const status = await run(
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      // Native add-ons of optional packages are not used; Electron fetches its binary on first use, not here.
      env: { ...process.env, npm_config_ignore_scripts: 'true' },
      stdio: ['ignore', process.stderr, 'inherit'],
    },
  );
  if (status !== 0) fail('npm install failed, see above. With the network back, run the same command again.');
  writeFileSync(stamp, wanted);
}
