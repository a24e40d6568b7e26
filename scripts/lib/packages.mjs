import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from './alone.mjs';
import { fail, root, run, say } from './shell.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const modules = join(root, 'node_modules');
const stamp = join(modules, '.slipway-packages');
/** There while npm writes: what an npm that was killed left behind is not to be trusted, not even by npm. */
const unfinished = join(modules, '.slipway-installing');

/**
 * Installs the npm packages, at the locked versions, when they are missing or package-lock.json has changed since,
 * or when the folder comes from another kind of machine. Not `npm ci`: it refuses a lock file without the optional
 * packages of every platform, and a registry need not carry those. `--no-save` leaves the lock file as it is.
 */
export async function ensurePackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${process.platform} ${process.arch}`)
    .digest('hex');
  if (isInstalled(wanted)) return;
  await alone(modules, async (onSpawn) => {
    if (isInstalled(wanted)) return;
    await install(onSpawn);
    writeFileSync(stamp, wanted);
    rmSync(unfinished);
  });
}

const isInstalled = (wanted) =>
  !existsSync(unfinished) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;

async function install(onSpawn) {
  if (existsSync(unfinished)) {
    say('the last installation of npm packages was cut off: starting over');
    rmSync(modules, { recursive: true, force: true, maxRetries: 3 });
  }
  mkdirSync(modules, { recursive: true });
  writeFileSync(unfinished, '');
  const unreachable = registryFailure();
  if (unreachable)
    say(`the npm registry does not answer (${unreachable}): taking the packages from npm's cache`);
  else say('installing npm packages (once, about a minute)');
  const status = await run(
    npm,
    [
      'install',
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...(unreachable ? ['--offline'] : []),
    ],
    {
      // Native add-ons of optional packages are not used; Electron fetches its binary on first use, not here.
      env: { ...process.env, npm_config_ignore_scripts: 'true' },
      stdio: ['ignore', process.stderr, 'inherit'],
      onSpawn,
    },
  );
  if (status === 0) return;
  fail(
    unreachable
      ? `the npm registry cannot be reached (${unreachable}). Check the network, a proxy and \`npm ping\`, then run the same command again.`
      : 'npm could not install the packages, see above. Then run the same command again: it starts over by itself.',
  );
}

/** Why no connection to the registry comes about, by npm's own settings; asked first, as npm itself tries for minutes. */
function registryFailure() {
  const ping = spawnSync(npm, ['ping', '--fetch-retries=0', '--fetch-timeout=15000'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (ping.status === 0) return undefined;
  const code =
    /\b(?:ENOTFOUND|EAI_AGAIN|ECONN\w+|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|\w*CERT\w*)\b/;
  return code.exec(ping.stderr ?? '')?.[0];
}
