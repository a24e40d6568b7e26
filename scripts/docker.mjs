/**
 * Makes a Docker engine answer on this machine, with Node built-ins only (it runs before npm packages exist).
 * Run by hand: `node scripts/docker.mjs [--yes]`.
 */
import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { request } from 'node:http';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const overlayFsMagic = 0x794c7630;
const pidFile = '/var/run/docker.pid';
const containerdPidFile = '/var/run/docker/containerd/containerd.pid';
const daemonLog = '/var/log/slipway-dockerd.log';

/**
 * @typedef {{ state: 'running' } | { state: 'unavailable', message: string, remedy: string }} DockerOutcome
 */

/**
 * Whether an engine answers and, when none does, one sentence saying why and what to run. Changes nothing.
 *
 * @returns {Promise<DockerOutcome>}
 */
export async function dockerState() {
  if (await dockerAnswers()) return { state: 'running' };
  if (process.platform !== 'linux') return desktopRemedy();
  const socket = engineSockets().find((path) => existsSync(path));
  if (socket && (await ping(socket)) === 'EACCES') {
    const user = userInfo().username;
    const command = `/usr/sbin/usermod -aG docker ${user}`;
    return isDockerMember(user)
      ? unavailable(
          'This login shell began before the user came into the group docker.',
          'newgrp docker (or log in again)',
        )
      : unavailable(
          'This user may not use the Docker engine.',
          `${asRoot(command)}, then newgrp docker (or log in again)`,
        );
  }
  if (isInstalled())
    return unavailable(
      'The Docker engine is not running.',
      asRoot(hasSystemd() ? 'systemctl start docker' : 'service docker start'),
    );
  return unavailable(
    'Docker is not installed.',
    isDebianLike()
      ? asRoot('apt-get install -y docker.io iptables')
      : 'https://docs.docker.com/engine/install',
  );
}

/**
 * Resolves once an engine answers, or with one sentence saying why none does and what to run. On Debian and
 * Ubuntu as root it installs `docker.io` (asked for on a terminal unless `yes` or CI=true) and starts the daemon
 * detached: it outlives this process. Never rejects for an expected reason.
 *
 * @param {{ yes?: boolean, log?: (line: string) => void }} [options]
 * @returns {Promise<DockerOutcome>}
 */
export async function ensureDocker({ yes = false, log = console.log } = {}) {
  const before = await dockerState();
  if (before.state === 'running' || process.platform !== 'linux' || process.getuid?.() !== 0) return before;
  if (!isInstalled()) {
    if (!isDebianLike()) return before;
    if (!(await agreed(yes, 'Docker is not installed. Install the package docker.io by apt now?')))
      return before;
    log('Installing docker.io by apt …');
    const failure = await install(['docker.io', 'iptables']);
    if (failure)
      return unavailable(
        `Installing docker.io failed: ${failure}`,
        'apt-get update && apt-get install -y docker.io',
      );
  }
  log('Starting the Docker engine …');
  return startDaemon();
}

/** Whether an engine answers, at DOCKER_HOST or on one of the usual sockets. */
export async function dockerAnswers() {
  const host = process.env.DOCKER_HOST;
  if (host?.startsWith('tcp://')) {
    const url = new URL(host);
    return (await pingWith({ host: url.hostname, port: Number(url.port || 2375) })) === 'ok';
  }
  for (const socket of engineSockets()) if ((await ping(socket)) === 'ok') return true;
  return false;
}

function engineSockets() {
  const host = process.env.DOCKER_HOST;
  if (host?.startsWith('unix://')) return [host.slice('unix://'.length)];
  if (process.platform === 'win32') return ['//./pipe/docker_engine'];
  const home = homedir();
  return [
    '/var/run/docker.sock',
    join(process.env.XDG_RUNTIME_DIR ?? '/nonexistent', 'docker.sock'),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    join(home, '.colima/default/docker.sock'),
    join(home, '.orbstack/run/docker.sock'),
  ];
}

/** @param {string} socketPath */
const ping = (socketPath) => pingWith({ socketPath });

/** @param {import('node:http').RequestOptions} target @returns {Promise<string>} 'ok' or the error's code */
function pingWith(target) {
  return new Promise((resolve) => {
    const call = request({ ...target, path: '/_ping', timeout: 3000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 ? 'ok' : String(answer.statusCode));
    });
    call.on('timeout', () => call.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
    call.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    call.end();
  });
}

/** @param {string[]} packages @returns {Promise<string | undefined>} why it failed */
async function install(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (/** @type {string[]} */ ...args) => run('apt-get', args, { env, maxBuffer: 64 << 20 });
  const installArgs = ['install', '-y', '--no-install-recommends', ...packages];
  try {
    await apt(...installArgs).catch(async () => {
      await apt('update');
      await apt(...installArgs);
    });
    return undefined;
  } catch (error) {
    return lastLine(error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error));
  }
}

/** @returns {Promise<DockerOutcome>} */
async function startDaemon() {
  if (hasSystemd()) {
    try {
      await run('systemctl', ['start', 'docker']);
    } catch (error) {
      return unavailable(
        `systemd could not start Docker: ${lastLine(String(error))}`,
        'journalctl -u docker -n 50',
      );
    }
    return (await waitForEngine(() => true))
      ? { state: 'running' }
      : unavailable('Docker did not answer within 60 seconds.', 'journalctl -u docker -n 50');
  }
  await removeStalePidFiles();
  mkdirSync('/var/log', { recursive: true });
  const output = openSync(daemonLog, 'a');
  const daemon = spawn('dockerd', daemonArguments(), { detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  let alive = true;
  daemon.on('error', () => {
    alive = false;
  });
  daemon.on('exit', () => {
    alive = false;
  });
  daemon.unref();
  if (await waitForEngine(() => alive)) return { state: 'running' };
  return unavailable(`The Docker engine could not be started: ${daemonReason()}`, `less ${daemonLog}`);
}

/**
 * A daemon that was killed leaves its pid file, and the next one refuses to start while a process of that number
 * is still there: one that is just ending, or a stranger.
 */
async function removeStalePidFiles() {
  const deadline = Date.now() + 5000;
  while (existsSync(pidFile)) {
    const name = processName(readFileSync(pidFile, 'utf8').trim());
    if (name !== 'dockerd') rmSync(pidFile, { force: true });
    else if (Date.now() > deadline)
      return; // a real daemon that does not answer: its own words will say why
    else await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // The daemon's own containerd: one that lives is taken over, one that was killed must not be waited for.
  if (
    existsSync(containerdPidFile) &&
    processName(readFileSync(containerdPidFile, 'utf8').trim()) !== 'containerd'
  ) {
    rmSync(containerdPidFile, { force: true });
  }
}

/** @param {string} pid @returns {string | undefined} undefined when it has ended, also when nobody has reaped it yet */
function processName(pid) {
  try {
    const [name, state] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/[()]/).slice(1);
    return state?.trim().startsWith('Z') ? undefined : name;
  } catch {
    return undefined;
  }
}

/**
 * overlay2 cannot sit on overlayfs (this machine is itself a container): vfs then, slow and correct. An
 * administrator's daemon.json is never overridden.
 */
function daemonArguments() {
  if (existsSync('/etc/docker/daemon.json')) return [];
  mkdirSync('/var/lib/docker', { recursive: true });
  return statfsSync('/var/lib/docker').type === overlayFsMagic ? ['--storage-driver=vfs'] : [];
}

/** @param {() => boolean} alive */
async function waitForEngine(alive) {
  const deadline = Date.now() + 60_000;
  while (alive() && Date.now() < deadline) {
    if (await dockerAnswers()) return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return dockerAnswers();
}

function daemonReason() {
  try {
    const lines = readFileSync(daemonLog, 'utf8').trimEnd().split('\n');
    return lines.findLast((line) => /failed|fatal|error/i.test(line)) ?? lines.at(-1) ?? 'no output';
  } catch {
    return `no log at ${daemonLog}`;
  }
}

/** @returns {DockerOutcome} */
function desktopRemedy() {
  const isMac = process.platform === 'darwin';
  const app = isMac ? '/Applications/Docker.app' : 'C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe';
  if (!existsSync(app))
    return unavailable('Docker is not installed.', 'https://docs.docker.com/get-started/get-docker');
  return unavailable('Docker Desktop is not running.', isMac ? 'open -a Docker' : `start "" "${app}"`);
}

/** @param {boolean} yes @param {string} question */
async function agreed(yes, question) {
  if (yes || process.env.CI === 'true') return true;
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^(y|yes|)$/i.test((await terminal.question(`${question} [Y/n] `)).trim());
  } finally {
    terminal.close();
  }
}

function isDebianLike() {
  if (!existsSync('/usr/bin/apt-get')) return false;
  return /^(ID|ID_LIKE)=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}

const isInstalled = () =>
  ['/usr/bin/dockerd', '/usr/sbin/dockerd', '/usr/local/bin/dockerd'].some((file) => existsSync(file));

/** Whether the group file names the user, be it too late for the processes that already run. */
function isDockerMember(/** @type {string} */ user) {
  const line = /^docker:.*$/m.exec(readFileSync('/etc/group', 'utf8'))?.[0] ?? '';
  return (line.split(':')[3] ?? '').split(',').includes(user);
}

/** A command line that runs `command` as root: on a machine without sudo by su. */
function asRoot(/** @type {string} */ command) {
  if (process.getuid?.() === 0) return command;
  return existsSync('/usr/bin/sudo') ? `sudo ${command}` : `su - -c '${command}'`;
}

const hasSystemd = () => existsSync('/run/systemd/system');
const lastLine = (/** @type {string} */ text) => text.trimEnd().split('\n').at(-1) ?? '';

/** @param {string} message @param {string} remedy @returns {DockerOutcome} */
const unavailable = (message, remedy) => ({ state: 'unavailable', message, remedy });

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const outcome = await ensureDocker({ yes: process.argv.includes('--yes') });
  if (outcome.state === 'running') console.log('Docker is running.');
  else {
    console.error(`${outcome.message} Run: ${outcome.remedy}`);
    process.exitCode = 1;
  }
}
