import { createReadStream, existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import {
  type DockerEngine,
  diskFull,
  dockerFailure,
  engineMessage,
  engineStatus,
  isNoSpace,
} from './engine.ts';
import { type EngineProgress, followEngine } from './engine-stream.ts';
import {
  type BuildContext,
  debianSuite,
  nodeImageDirectory,
  packContext,
  readBuildContext,
} from './node-image-context.ts';
import { makeRootFilesystem } from './root-filesystem.ts';
import { type OnStep, runStep } from './steps.ts';

const imageLabel = 'slipway.dev/node-image';
const debianImage = `debian:${debianSuite}-slim`;
/** A registry that has said nothing for this long counts as out of reach. */
const registryTimeoutMs = 20_000;
const keepOldImagesMs = 7 * 24 * 3600 * 1000;

export interface NodeImageOptions {
  /** Step ids: `node-image-base`, `node-image`. */
  readonly onStep?: OnStep;
  readonly signal?: AbortSignal;
  /** Where a base made on this machine is kept; default: the user's cache folder. */
  readonly cacheDir?: string;
  /** Folder of the build context; default: the one of this installation. */
  readonly directory?: string;
  /** Default: pull Debian's image, and make the base on this machine when no registry can be reached. */
  readonly base?: 'pull' | 'local';
}

/**
 * Makes sure that the engine has the node image of this version of the app and names it. Named by the hash of
 * everything that goes in, so that an unchanged image is never built twice and a changed one always is.
 *
 * Rejects with `AppError` ImageBuildFailed (last lines in `detail`), DiskFull, or with the signal's reason.
 */
export async function ensureNodeImage(
  engine: DockerEngine,
  options: NodeImageOptions = {},
): Promise<{ tag: string }> {
  const { onStep, signal } = options;
  const directory = options.directory ?? nodeImageDirectory();
  const context = await readBuildContext(directory, engine.architecture);
  const tag = `slipway/node:${context.hash}`;
  if (await hasImage(engine, tag)) {
    for (const step of [baseStep, imageStep]) onStep?.({ ...step, state: 'skipped', note: 'present' });
    return { tag };
  }
  signal?.throwIfAborted();
  const base = await runStep({ ...baseStep, onStep }, (report) =>
    ensureBase({ engine, context, directory, report, options }),
  );
  await runStep({ ...imageStep, onStep }, async (report) => {
    await buildImage({ engine, context, base, tag, report, signal });
    await removeOldImages(engine, tag);
  });
  return { tag };
}

const baseStep = { id: 'node-image-base', title: 'Prepare Debian for the node image' };
const imageStep = { id: 'node-image', title: 'Build the node image' };

interface BaseRequest {
  readonly engine: DockerEngine;
  readonly context: BuildContext;
  readonly directory: string;
  readonly report: (note: string) => void;
  readonly options: NodeImageOptions;
}

/** Resolves to the image to build on. */
async function ensureBase(request: BaseRequest): Promise<string> {
  const { engine, context, options } = request;
  const localTag = `slipway/node-base:${context.baseHash}`;
  if (options.base !== 'pull' && (await hasImage(engine, localTag))) return localTag;
  if (options.base !== 'local') {
    const refusal = await pullDebian(request);
    if (refusal === undefined) return debianImage;
    request.report(`No registry in reach (${refusal})`);
    if (options.base === 'pull' || process.platform !== 'linux') {
      throw new AppError({
        code: 'ImageBuildFailed',
        message: `The node image cannot be built: ${debianImage} could not be pulled.`,
        remedy: `Check with \`docker pull ${debianImage}\` that Docker can reach its registry, then try again.`,
        detail: refusal,
      });
    }
  }
  await importLocalBase(request, localTag);
  return localTag;
}

/** Resolves to undefined when Debian's image is there, else to why it is not. */
async function pullDebian({ engine, report, options }: BaseRequest): Promise<string | undefined> {
  if (await hasImage(engine, debianImage)) return undefined;
  const silence = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, silence.signal]) : silence.signal;
  const giveUp = () => silence.abort(new Error(`no answer within ${registryTimeoutMs / 1000} s`));
  let timer = setTimeout(giveUp, registryTimeoutMs);
  try {
    report(`Pulling ${debianImage}`);
    const answer = await engine.docker.pull(debianImage, { abortSignal: signal });
    await followEngine(answer, signal, (progress) => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, registryTimeoutMs);
      const note = progressText(progress);
      if (note) report(note);
    });
    return undefined;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (isNoSpace(engineMessage(error))) throw diskFull(engineMessage(error), error);
    return silence.signal.aborted ? String(silence.signal.reason.message) : engineMessage(error);
  } finally {
    clearTimeout(timer);
  }
}

async function importLocalBase(
  { engine, context, directory, report, options }: BaseRequest,
  tag: string,
): Promise<void> {
  const { signal } = options;
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const tarFile = join(cacheDir, `node-base-${context.baseHash}-${engine.architecture}.tar`);
  if (existsSync(tarFile)) report(`Using ${tarFile}`);
  else {
    await mkdir(cacheDir, { recursive: true });
    await makeRootFilesystem({
      packages: packageNames(context),
      dpkgOptionsFile: join(directory, 'dpkg.cfg'),
      architecture: engine.architecture,
      tarFile,
      report,
      signal,
    });
  }
  signal?.throwIfAborted();
  report('Importing the root file system into Docker');
  try {
    const [repo, version] = tag.split(':');
    const answer: NodeJS.ReadableStream = await engine.docker.importImage(createReadStream(tarFile), {
      repo,
      tag: version,
      abortSignal: signal,
    });
    await followEngine(answer, signal, () => undefined);
  } catch (error) {
    signal?.throwIfAborted();
    throw buildFailure(error, []);
  }
}

function packageNames(context: BuildContext): string[] {
  const file = context.files.find(({ path }) => path === 'packages.txt');
  return (file?.content.toString() ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

interface BuildRequest {
  readonly engine: DockerEngine;
  readonly context: BuildContext;
  readonly base: string;
  readonly tag: string;
  readonly report: (note: string) => void;
  readonly signal: AbortSignal | undefined;
}

async function buildImage({ engine, context, base, tag, report, signal }: BuildRequest): Promise<void> {
  const output: string[] = [];
  try {
    const answer = await engine.docker.buildImage(packContext(context), {
      t: tag,
      buildargs: { BASE: base, ...proxyArguments() },
      labels: { [imageLabel]: context.hash },
      rm: true,
      forcerm: true,
      ...(signal && { abortSignal: signal }),
    });
    await followEngine(answer, signal, (progress) => {
      const line = progressText(progress);
      if (!line) return;
      output.push(line);
      report(line);
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw buildFailure(error, output);
  }
}

function buildFailure(error: unknown, output: readonly string[]): unknown {
  const reason = engineMessage(error);
  const detail = [...output.slice(-40), reason].join('\n');
  if (isNoSpace(detail)) return diskFull(detail, error);
  if (engineStatus(error) === undefined && output.length === 0)
    return dockerFailure('building the node image', error);
  return new AppError(
    {
      code: 'ImageBuildFailed',
      message: `The node image cannot be built: ${reason}`,
      remedy: 'See the output below; when packages could not be fetched, check the network and try again.',
      detail,
    },
    { cause: error },
  );
}

/** The classic builder hands proxies to RUN steps only when told. */
function proxyArguments(): Record<string, string> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function progressText(progress: EngineProgress): string {
  if (progress.stream !== undefined) return progress.stream.trim();
  if (progress.status === undefined) return '';
  const { current, total } = progress.progressDetail ?? {};
  const percent = current !== undefined && total ? ` ${Math.floor((current / total) * 100)} %` : '';
  return [progress.id, `${progress.status}${percent}`].filter(Boolean).join(' ');
}

/** Removes node images of other versions that are over a week old, as far as no container uses them. */
async function removeOldImages(engine: DockerEngine, tag: string): Promise<void> {
  const images = await engine.docker.listImages({ filters: { label: [imageLabel] } });
  const old = images
    .filter((image) => image.Created * 1000 < Date.now() - keepOldImagesMs)
    .flatMap((image) => image.RepoTags ?? [])
    .filter((name) => name.startsWith('slipway/node:') && name !== tag);
  for (const name of old) {
    await engine.docker
      .getImage(name)
      .remove()
      .catch((error: unknown) => {
        if (engineStatus(error) === undefined) throw error;
      });
  }
}

async function hasImage(engine: DockerEngine, name: string): Promise<boolean> {
  try {
    await engine.docker.getImage(name).inspect();
    return true;
  } catch (error) {
    if (engineStatus(error) === 404) return false;
    throw dockerFailure('looking for the node image', error);
  }
}

/** The user's cache folder for Slipway. */
export function defaultCacheDir(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'slipway');
}
