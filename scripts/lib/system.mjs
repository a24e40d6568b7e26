import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { findBrowser } from './browser.mjs';
import { electronBinary } from './electron-binary.mjs';
import { cachedKubectl, fetchKubectl, findKubectl } from './kubectl.mjs';
import { fail, run, say, succeeds } from './shell.mjs';

/**
 * What a machine may lack. `missing` looks, without changing anything; `packages` are Debian's; `install` does
 * what apt alone does not; `hint` tells people elsewhere what to do; `without` says what goes on without it.
 */
export const needs = {
  docker: {
    title: 'Docker Engine',
    missing: async () => !(await (await import('../docker.mjs')).dockerAnswers()),
    packages: () =>
      existsSync('/usr/bin/dockerd') || existsSync('/usr/sbin/dockerd') ? [] : ['docker.io', 'iptables'],
    install: async () => {
      const outcome = await (await import('../docker.mjs')).ensureDocker({ yes: true, log: say });
      if (outcome.state !== 'running') throw new Error(`${outcome.message} Run: ${outcome.remedy}`);
    },
    hint: 'install Docker Engine or Docker Desktop and start it: https://docs.docker.com/engine/install/',
    without: 'clusters of simulated (hollow) nodes only',
  },
  nodeImage: {
    title: 'tools that build the node image',
    missing: async () =>
      process.platform === 'linux' &&
      !existsSync('/usr/bin/mmdebstrap') &&
      !succeeds('mmdebstrap', ['--version']) &&
      existsSync('/usr/bin/apt-get'),
    packages: () => ['mmdebstrap'],
    hint: 'nothing to do where Docker can pull images',
    without: 'the node image must then be built from a registry',
  },
  browser: {
    title: 'a browser for the window (Electron has no binary here)',
    missing: async () => findBrowser() === undefined && electronBinary().file === undefined,
    packages: () => ['chromium', 'fonts-dejavu-core'],
    hint: 'install Chromium, Chrome, Edge or Brave',
    without: 'the address of the window is printed instead',
  },
  chromium: {
    title: 'Chromium, which the window is tested in',
    missing: async () => findBrowser() === undefined,
    packages: () => ['chromium', 'fonts-dejavu-core'],
    hint: 'install Chromium or Chrome',
    without: 'the window cannot be tested',
  },
  kubectl: {
    title: 'a current kubectl',
    missing: async () =>
      process.env.CI === 'true' || existsSync('/usr/bin/apt-get')
        ? !cachedKubectl('sid')
        : findKubectl() === undefined,
    packages: () => [],
    install: async () => fetchKubectl('sid'),
    hint: 'install kubectl: https://kubernetes.io/docs/tasks/tools/',
    without: 'the window and the slipway command work all the same',
  },
};

/** Looks at what is missing and, when allowed, installs it. Fails only for what is required. */
export async function ensureSystem(wanted, { yes, required }) {
  const missing = [];
  for (const need of wanted) if (await need.missing()) missing.push(need);
  if (missing.length === 0) return;

  const packages = [...new Set(missing.flatMap((need) => need.packages()))];
  const canInstall =
    process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  for (const need of missing) say(`missing: ${need.title}`);
  if (canInstall && (yes || (await confirmed(packages)))) {
    if (packages.length > 0) await aptInstall(packages);
    for (const need of missing) await installed(need, required);
    return;
  }
  for (const need of missing)
    say(`  ${need.title}: ${need.hint}${required ? '' : `; without it: ${need.without}`}`);
  if (canInstall && packages.length > 0)
    say(
      `  or let Slipway do it: apt-get install -y --no-install-recommends ${packages.join(' ')} (run again with -- --yes)`,
    );
  if (required) fail('cannot go on without the above.');
}

async function installed(need, required) {
  try {
    await need.install?.();
  } catch (error) {
    if (required) fail(`${need.title}: ${error.message}`);
    say(`${need.title}: ${error.message}; going on without: ${need.without}`);
  }
}

async function confirmed(packages) {
  if (!process.stdin.isTTY) return false;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const list = packages.length > 0 ? ` (apt-get install ${packages.join(' ')})` : '';
  const answer = await prompt.question(`slipway: install it now${list}? [Y/n] `);
  prompt.close();
  return answer.trim() === '' || /^y(es)?$/i.test(answer.trim());
}

async function aptInstall(packages) {
  say(`installing ${packages.join(' ')}`);
  const quiet = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  if (!succeeds('apt-cache', ['show', packages[0]])) await run('apt-get', ['update', '-qq'], quiet);
  const install = () =>
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet);
  // A package list older than the mirror names files that are gone: refresh it once, then it must work.
  if ((await install()) === 0) return;
  await run('apt-get', ['update', '-qq'], quiet);
  if ((await install()) !== 0) {
    const words = spawnSync('apt-get', ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];
    fail(`apt-get install ${packages.join(' ')} failed (${words}); see above.`);
  }
}
