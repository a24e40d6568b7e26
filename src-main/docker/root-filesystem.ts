import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { AppError } from '@shared/lib/app-error.ts';
import { diskFull } from '../platform/disk-space.ts';
import { exec } from '../platform/exec.ts';
import { removeTree } from '../platform/remove-tree.ts';
import { isNoSpace } from './engine.ts';
import { debianSuite } from './node-image-context.ts';

const defaultMirror = 'http://deb.debian.org/debian';

/** What makes a root file system. */
export interface RootFilesystemRequest {
  readonly packages: readonly string[];
  /** File with dpkg options, one a line: what is left out of the packages. */
  readonly dpkgOptionsFile: string;
  readonly architecture: string;
  /** Where the tar is to lie. It appears there complete or not at all. */
  readonly tarFile: string;
  readonly report: (note: string) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Installs Debian with the given packages into a tar file by mmdebstrap, from the mirror and through the proxies
 * that this machine's own apt uses. mmdebstrap is installed by apt when it is missing and this is root. Other tar
 * files in the same folder, of older package lists, are removed. Rejects with `AppError` ImageBuildFailed or DiskFull.
 */
export async function makeRootFilesystem(request: RootFilesystemRequest): Promise<void> {
  const { tarFile, signal } = request;
  await ensureMmdebstrap(signal);
  await mkdir(dirname(tarFile), { recursive: true });
  const partial = `${tarFile}.${process.pid}.tar`;
  try {
    const args = await mmdebstrapArguments(request, partial);
    await inTemporaryFolder((folder) => mmdebstrap(args, folder, request));
    await rename(partial, tarFile);
  } finally {
    await rm(partial, { force: true });
  }
  for (const name of await readdir(dirname(tarFile))) {
    const path = join(dirname(tarFile), name);
    if (name.startsWith('node-base-') && path !== tarFile) await rm(path, { force: true });
  }
}

async function ensureMmdebstrap(signal: AbortSignal | undefined): Promise<void> {
  if (existsSync('/usr/bin/mmdebstrap')) return;
  const remedy =
    'Run `sudo apt-get install mmdebstrap`, or connect to a network where docker.io can be reached.';
  const message =
    'The node image cannot be built: no image registry can be reached, and mmdebstrap is not installed.';
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0)
    throw new AppError({ code: 'ImageBuildFailed', message, remedy });
  const apt = (...args: string[]) =>
    exec('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args], signal && { signal });
  const install = () =>
    apt('install', '-y', '--no-install-recommends', 'mmdebstrap', 'debian-archive-keyring');
  try {
    await install().catch(async () => {
      await apt('update');
      await install();
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new AppError(
      {
        code: 'ImageBuildFailed',
        message,
        remedy,
        detail: cause instanceof AppError ? (cause.detail ?? cause.message) : String(cause),
      },
      { cause },
    );
  }
}

async function mmdebstrapArguments(request: RootFilesystemRequest, output: string): Promise<string[]> {
  const { mirror, securityMirror } = await hostMirrors();
  const sources = [
    `deb ${mirror} ${debianSuite} main`,
    `deb ${mirror} ${debianSuite}-updates main`,
    ...(securityMirror ? [`deb ${securityMirror} ${debianSuite}-security main`] : []),
  ];
  const options = (await hostAptOptions()).map((line) => `--aptopt=${line}`);
  return [
    '--variant=essential',
    `--architectures=${request.architecture}`,
    `--include=${request.packages.join(',')}`,
    `--dpkgopt=${request.dpkgOptionsFile}`,
    '--aptopt=Acquire::Retries "3"',
    ...options,
    debianSuite,
    output,
    ...sources,
  ];
}

/** The Debian mirrors this machine's apt uses; Debian's own where it uses none (Ubuntu). */
async function hostMirrors(): Promise<{ mirror: string; securityMirror: string | undefined }> {
  // Before lists were downloaded apt does not know whose a repository is: then its address has to tell.
  const known = (await aptRepositories()).filter(({ origin }) => origin === 'Debian');
  const guessed = async () =>
    (await aptRepositories('--no-release-info')).filter(({ uri }) => /\/debian(-security)?$/.test(uri));
  const debian = known.length > 0 ? known : await guessed();
  const uriOf = (isSecurity: boolean) =>
    debian.find(({ release }) => release.endsWith('-security') === isSecurity)?.uri;
  return { mirror: uriOf(false) ?? defaultMirror, securityMirror: uriOf(true) };
}

async function aptRepositories(
  ...options: string[]
): Promise<{ origin: string; uri: string; release: string }[]> {
  const args = ['indextargets', ...options, '--format', '$(ORIGIN)|$(REPO_URI)|$(RELEASE)'];
  const { stdout } = await exec('apt-get', args).catch(() => ({ stdout: '' }));
  return stdout.split('\n').flatMap((line) => {
    const [origin = '', uri, release = ''] = line.split('|');
    return uri ? [{ origin, uri: uri.replace(/\/$/, ''), release }] : [];
  });
}

/** The host apt's settings on how to reach mirrors (proxies, credentials, clocks that run wrong). */
async function hostAptOptions(): Promise<string[]> {
  const { stdout } = await exec('apt-config', ['dump']).catch(() => ({ stdout: '' }));
  return stdout
    .split('\n')
    .filter((line) =>
      /^Acquire::(https?::.*(Proxy|Verify-Peer|Verify-Host|CaInfo)|Check-Valid-Until|Check-Date)/i.test(line),
    )
    .filter((line) => !line.includes('""'))
    .map((line) => line.replace(/;\s*$/, ''));
}

/** mmdebstrap leaves folders behind when it fails; one of our own takes them along, unless something is mounted there. */
async function inTemporaryFolder(work: (folder: string) => Promise<void>): Promise<void> {
  // Not /tmp: often a small tmpfs, and without device nodes.
  const root = await realpath(process.env.TMPDIR ?? '/var/tmp');
  const folder = await mkdtemp(join(root, 'slipway-mmdebstrap-'));
  await chmod(folder, 0o755); // apt downloads as another user
  try {
    await work(folder);
  } finally {
    const mounts = await readFile('/proc/mounts', 'utf8');
    if (!mounts.includes(`${folder}/`)) await removeTree(root, folder);
  }
}

function mmdebstrap(
  args: readonly string[],
  folder: string,
  { report, signal }: RootFilesystemRequest,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, TMPDIR: folder, LC_ALL: 'C.UTF-8' };
    const child = spawn('mmdebstrap', args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env });
    const lines: string[] = [];
    // To the whole group: the main process alone would wait for apt to finish before it cleans up and ends.
    const onAbort = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM');
    signal?.addEventListener('abort', onAbort, { once: true });
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      if (lines.length > 200) lines.shift();
      if (line.startsWith('I: ')) report(line.slice(3));
    });
    child.on('error', reject);
    child.on('close', (code) => {
      signal?.removeEventListener('abort', onAbort);
      if (signal?.aborted) return reject(signal.reason);
      if (code === 0) return resolve();
      reject(mmdebstrapFailure(folder, lines));
    });
  });
}

/** Two packed copies and one unpacked, of 300 MB each. */
const neededBytes = 2 ** 30;

function mmdebstrapFailure(folder: string, lines: readonly string[]): AppError {
  const detail = lines.slice(-40).join('\n');
  if (isNoSpace(detail)) {
    const happened = 'The node image cannot be built';
    return diskFull(folder, { happened, neededBytes, elsewhere: 'TMPDIR', detail });
  }
  const reason = lines.find((line) => line.startsWith('E: '))?.slice(3) ?? 'mmdebstrap failed';
  return new AppError({
    code: 'ImageBuildFailed',
    message: `The node image cannot be built: ${reason}`,
    remedy: 'Check with `apt-get update` that the Debian archive can be reached, then try again.',
    detail,
  });
}
