import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where fetched tools live; shared by all checkouts of one user. */
export const toolsDir = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'slipway/tools');

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Suites with what the tests want, newest last. */
const knownSuites = ['bookworm', 'trixie', 'sid'];

/** The suite this machine runs, where its packages are known to do; else one that does for most. */
export function ownSuite() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const codename = /^VERSION_CODENAME=(\w+)/m.exec(release)?.[1] ?? '';
  return knownSuites.includes(codename) ? codename : 'trixie';
}

/**
 * Unpacks packages of a Debian suite and keeps one folder of their contents as `target`. The system's package lists
 * and packages stay as they are: apt runs on lists of its own, checked against Debian's keyring, and needs no root.
 * `packages` are names, or a function from the names that installing `wanted` on an empty machine would bring.
 * Throws with apt's words.
 */
export function fetchPackages({ suite, packages, folder, target }) {
  if (!existsSync(keyring))
    throw new Error('this is no Debian: there is no keyring to check its packages with');
  const work = mkdtempSync(join(tmpdir(), 'slipway-fetch-'));
  try {
    const apt = preparedApt(work, suite);
    execute('apt-get', [...apt, 'update', '-qq'], work);
    const names =
      typeof packages === 'function' ? packages((name) => dependencies(apt, name, work)) : packages;
    execute('apt-get', [...apt, 'download', '-qq', ...names], work);
    for (const deb of readdirSync(work).filter((name) => name.endsWith('.deb')))
      execute('dpkg-deb', ['-x', join(work, deb), join(work, 'x')], work);
    for (const old of [target, `${target}.part`]) rmSync(old, { recursive: true, force: true });
    mkdirSync(dirname(target), { recursive: true });
    execute('cp', ['-r', join(work, 'x', folder), `${target}.part`], work);
    renameSync(`${target}.part`, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Options that make apt work in a folder, as if nothing were installed: a package of another origin must not decide. */
function preparedApt(work, suite) {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'x'])
    mkdirSync(join(work, folder), { recursive: true });
  const options = `signed-by=${keyring} check-valid-until=no`;
  writeFileSync(join(work, 'sources.list'), `deb [${options}] ${debianMirror()} ${suite} main\n`);
  writeFileSync(join(work, 'status'), '');
  return [
    `Dir::Etc::sourcelist=${work}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${work}/lists`,
    `Dir::State::status=${work}/status`,
    `Dir::Cache=${work}/cache`,
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
  ].flatMap((option) => ['-o', option]);
}

function dependencies(apt, name, work) {
  const plan = execute('apt-get', [...apt, 'install', '-s', '--no-install-recommends', name], work);
  return [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]);
}

/** The Debian mirror this machine already uses, so that a fenced-off network works. */
function debianMirror() {
  const files = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];
  for (const file of files.filter(existsSync)) {
    const match = /^(?:URIs:|deb\s+(?:\[[^\]]*\]\s+)?)\s*(https?:\/\/\S+\/debian)\/?\s*/m.exec(
      readFileSync(file, 'utf8'),
    );
    if (match?.[1]) return match[1];
  }
  return 'http://deb.debian.org/debian';
}

function execute(file, args, cwd) {
  const result = spawnSync(file, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (result.status !== 0)
    throw new Error(
      `${file} ${args.at(-2)} ${args.at(-1)}: ${(result.stderr || result.error?.message || '').trim()}`,
    );
  return result.stdout;
}
