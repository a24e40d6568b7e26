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
import { join } from 'node:path';

/** Where fetched tools live; shared by all checkouts of one user. */
export const toolsDir = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'slipway/tools');

/** Debian suites that carry a current kubectl, and the folder each one's binary is kept in. */
export const kubectlSuites = { sid: 'kubectl-sid', trixie: 'kubectl-trixie' };

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The cached kubectl of a Debian suite, or undefined. */
export function cachedKubectl(suite = 'sid') {
  const file = join(toolsDir, kubectlSuites[suite], 'kubectl');
  return existsSync(file) ? file : undefined;
}

/** A kubectl to offer people: the cached one, else the one on PATH; undefined when there is none. */
export function findKubectl() {
  const cached = cachedKubectl('sid');
  if (cached) return cached;
  return spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0
    ? 'kubectl'
    : undefined;
}

/**
 * Fetches the kubectl package of a newer Debian suite into the cache. The system's package lists and packages
 * stay as they are: apt runs on lists of its own, checked against Debian's keyring, and needs no root. Returns the
 * binary's path. Throws with apt's words.
 */
export function fetchKubectl(suite) {
  const present = cachedKubectl(suite);
  if (present) return present;
  if (!existsSync(keyring))
    throw new Error('this is no Debian; install it from https://kubernetes.io/docs/tasks/tools/');
  const work = mkdtempSync(join(tmpdir(), 'slipway-kubectl-'));
  try {
    for (const folder of ['lists/partial', 'cache/archives/partial', 'x'])
      mkdirSync(join(work, folder), { recursive: true });
    const options = `signed-by=${keyring} check-valid-until=no`;
    writeFileSync(join(work, 'sources.list'), `deb [${options}] ${debianMirror()} ${suite} main\n`);
    const apt = [
      `Dir::Etc::sourcelist=${work}/sources.list`,
      'Dir::Etc::sourceparts=/dev/null',
      `Dir::State::lists=${work}/lists`,
      `Dir::State::status=${work}/status`,
      `Dir::Cache=${work}/cache`,
      'APT::Sandbox::User=root',
      'Acquire::Languages=none',
    ].flatMap((option) => ['-o', option]);
    writeFileSync(join(work, 'status'), ''); // as if nothing were installed: a kubectl of another origin must not decide
    execute('apt-get', [...apt, 'update', '-qq'], work);
    execute('apt-get', [...apt, 'download', '-qq', 'kubectl'], work);
    const deb = readdirSync(work).find((name) => name.endsWith('.deb'));
    execute('dpkg-deb', ['-x', join(work, deb), join(work, 'x')], work);
    const target = join(toolsDir, kubectlSuites[suite]);
    for (const old of [target, `${target}.part`]) rmSync(old, { recursive: true, force: true });
    mkdirSync(toolsDir, { recursive: true });
    execute('cp', ['-r', join(work, 'x/usr/bin'), `${target}.part`], work);
    renameSync(`${target}.part`, target);
    return join(target, 'kubectl');
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The Debian mirror this machine already uses, so that a fenced-off network works. */
export function debianMirror() {
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
  const result = spawnSync(file, args, { cwd, encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(
      `${file} ${args.at(-2)} ${args.at(-1)}: ${(result.stderr || result.error?.message || '').trim()}`,
    );
}
