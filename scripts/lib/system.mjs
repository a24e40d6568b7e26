import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { findBrowser } from './browser.mjs';
import { toolsDir } from './debian.mjs';
import { electronBinary, hasDisplay } from './electron-binary.mjs';
import { cachedKubectl, fetchKubectl, findKubectl, kubectlSuites } from './kubectl.mjs';
import { fail, run, say, succeeds } from './shell.mjs';
import { cachedPrometheus, cachedPythonClient, fetchTestClients } from './test-clients.mjs';

const isRoot = process.getuid?.() === 0;
const hasApt = existsSync('/usr/bin/apt-get');
// Who is not root makes a root file system in a user namespace, which takes newuidmap.
const mmdebstrapFiles = ['/usr/bin/mmdebstrap', ...(isRoot ? [] : ['/usr/bin/newuidmap'])];
const mmdebstrapPackages = isRoot ? ['mmdebstrap'] : ['mmdebstrap', 'uidmap'];
const hasDockerd = () => ['/usr/bin/dockerd', '/usr/sbin/dockerd', '/usr/local/bin/dockerd'].some(existsSync);
const docker = () => import('../docker.mjs');

/**
 * What a machine may lack. `missing` looks, without changing anything; `packages` are Debian's; `install` does
 * what apt alone does not, `forUser` when that takes no root; `remedy` tells what to do where apt is not the way;
 * `without` says what goes on without it.
 */
export const needs = {
  docker: {
    title: 'a running Docker engine',
    missing: async () => !(await (await docker()).dockerAnswers()),
    packages: () => (hasDockerd() ? [] : ['docker.io', 'iptables']),
    install: async () => {
      const outcome = await (await docker()).ensureDocker({ yes: true, log: say });
      if (outcome.state !== 'running') throw new Error(`${outcome.message} Run: ${outcome.remedy}`);
    },
    remedy: async () => (await (await docker()).dockerState()).remedy,
    without: 'clusters of simulated (hollow) nodes only',
  },
  nodeImage: {
    title: 'mmdebstrap, which makes the node image where no image registry can be reached',
    missing: async () =>
      process.platform === 'linux' && hasApt && !mmdebstrapFiles.every((file) => existsSync(file)),
    packages: () => mmdebstrapPackages,
    without: 'the node image must then be built from a registry',
  },
  browser: {
    title: 'a browser for the window (Electron has no binary here)',
    missing: async () => hasDisplay() && findBrowser() === undefined && electronBinary().file === undefined,
    packages: () => ['chromium', 'fonts-dejavu-core'],
    remedy: async () => 'install Chromium, Chrome, Edge or Brave',
    without: 'the address of the window is printed instead',
  },
  chromium: {
    title: 'Chromium, which the window is tested in',
    missing: async () => findBrowser() === undefined,
    packages: () => ['chromium', 'fonts-dejavu-core'],
    remedy: async () => 'install Chromium or Chrome',
    without: 'the window is not tested',
  },
  kubectl: kubectl(() => findKubectl() === undefined, 'the window and the slipway command work all the same'),
  testKubectl: kubectl(
    () => (hasApt ? !cachedKubectl('sid') : findKubectl() === undefined),
    'what kubectl sees is not tested',
  ),
  testClients: {
    title: "Debian's clients that are tested against: older kubectl, python3-kubernetes, Prometheus",
    missing: async () =>
      Object.keys(kubectlSuites).some((suite) => !cachedKubectl(suite)) ||
      !cachedPythonClient() ||
      !cachedPrometheus() ||
      !succeeds('python3', ['--version']),
    packages: () => (succeeds('python3', ['--version']) ? [] : ['python3']),
    install: async () => {
      for (const suite of Object.keys(kubectlSuites)) fetchKubectl(suite);
      fetchTestClients();
      say(`clients for tests are in ${toolsDir}`);
    },
    forUser: hasApt,
    remedy: async () =>
      hasApt
        ? 'run the same command again with -- --yes: they go to ~/.cache/slipway, no root needed'
        : 'they are fetched from Debian, and this is none',
    without: 'these clients are not tested',
  },
};

function kubectl(isMissing, without) {
  return {
    title: 'a current kubectl',
    missing: async () => isMissing(),
    packages: () => [],
    install: async () => linkKubectl(fetchKubectl('sid')),
    forUser: hasApt,
    remedy: async () =>
      hasApt
        ? 'run the same command again with -- --yes: it goes to ~/.cache/slipway, no root needed'
        : 'https://kubernetes.io/docs/tasks/tools/',
    without,
  };
}

/** Root gets it on PATH when there is no other; everybody is told where it is. */
function linkKubectl(file) {
  const link = '/usr/local/bin/kubectl';
  const isOnPath = !spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).error;
  if (isRoot && !isOnPath) symlinkSync(file, link);
  say(`kubectl is ${isRoot && !isOnPath ? `${link} -> ` : ''}${file}`);
}

/**
 * Looks at what is missing and, when allowed, installs it; otherwise prints what to run. Fails only for what is
 * required.
 */
export async function ensureSystem(wanted, { yes, required }) {
  const missing = await missingOf(wanted);
  if (missing.length === 0) return;
  for (const need of missing) say(`missing: ${need.title}`);

  const canInstall = (need) => (isRoot && process.platform === 'linux' && hasApt) || need.forUser;
  const installable = missing.filter(canInstall);
  const packages = packagesOf(installable);
  if (installable.length > 0 && (yes || (await confirmed(installable, packages)))) {
    if (packages.length > 0) await aptInstall(packages);
    for (const need of installable) await install(need, required);
  }

  const left = await missingOf(missing);
  if (left.length === 0) return;
  await printRemedies(left, { required, canInstall });
  if (required) fail('cannot go on without the above.');
}

/** Those of `wanted` that this machine lacks. */
export async function missingOf(wanted) {
  const missing = [];
  for (const need of wanted) if (await need.missing()) missing.push(need);
  return missing;
}

const packagesOf = (list) => [...new Set(list.flatMap((need) => need.packages()))];

async function printRemedies(left, { required, canInstall }) {
  const byApt = hasApt ? left.filter((need) => need.packages().length > 0) : [];
  for (const need of left) {
    const remedy = byApt.includes(need) ? undefined : await need.remedy?.();
    const without = required ? undefined : `without it: ${need.without}`;
    say(`  ${need.title}: ${[remedy, without].filter(Boolean).join('; ') || 'see below'}`);
  }
  if (isRoot && left.some(canInstall)) say('to let Slipway install it: the same command again with -- --yes');
  if (byApt.length === 0) return;
  const commands = [
    'apt-get update',
    `apt-get install -y --no-install-recommends ${packagesOf(byApt).join(' ')}`,
  ];
  const joinsGroup = !isRoot && byApt.includes(needs.docker);
  if (joinsGroup) commands.push(`/usr/sbin/usermod -aG docker ${userInfo().username}`);
  say(`to install it by hand: ${asRoot(commands.join(' && '))}`);
  if (joinsGroup) say('  and then log in again (or: newgrp docker), so that the group docker counts');
}

/** A command line that runs `command` as root: on a machine without sudo by su. */
function asRoot(command) {
  if (isRoot) return command;
  return existsSync('/usr/bin/sudo') ? `sudo sh -c '${command}'` : `su - -c '${command}'`;
}

async function install(need, required) {
  try {
    await need.install?.();
  } catch (error) {
    if (required) fail(`${need.title}: ${error.message}`);
    say(`${need.title}: ${error.message}; going on without: ${need.without}`);
  }
}

async function confirmed(installable, packages) {
  if (!process.stdin.isTTY) return false;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const list =
    packages.length > 0
      ? `apt-get install ${packages.join(' ')}`
      : installable.map((need) => need.title).join(', ');
  const answer = await prompt.question(`slipway: install it now (${list})? [Y/n] `);
  prompt.close();
  return answer.trim() === '' || /^y(es)?$/i.test(answer.trim());
}

async function aptInstall(packages) {
  say(`installing ${packages.join(' ')} (a minute or two)`);
  const environment = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  // Somebody else's apt (updates in the background) is waited for.
  const apt = (...args) => run('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], environment);
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  if (!succeeds('apt-cache', ['show', packages[0]])) await apt('update');
  if ((await install()) === 0) return;
  // An installation that was cut off is finished first. And a package list older than the mirror names files that
  // are gone: refresh it once, then it must work.
  await run('dpkg', ['--configure', '-a'], environment);
  await apt('update');
  await apt('install', '-y', '--fix-broken');
  if ((await install()) === 0) return;
  fail(`apt-get could not install ${packages.join(' ')}, see above. Then run the same command again.`);
}
