import { isAbsolute } from 'node:path';
import { PassThrough, type Readable, Transform } from 'node:stream';
import { AppError } from '@shared/lib/app-error.ts';
import { runInContainer } from './container-exec.ts';
import { type DockerEngine, diskFull, dockerFailure, engineStatus, isNoSpace } from './engine.ts';
import { openImageArchive } from './image-archive.ts';
import { fullImageName } from './image-name.ts';
import type { ClusterOwner } from './labels.ts';
import { listNodeContainers } from './node-state.ts';
import { type OnStep, runStep } from './steps.ts';

export interface LoadImagesRequest extends ClusterOwner {
  /** Names known to the local engine, or absolute paths of tar files (`docker save` or OCI layout). */
  readonly images: readonly string[];
  /** Containers of the nodes to load into; default: all of the cluster. */
  readonly into?: readonly string[];
  /** One step per image, with id `image-load:<image>`; `skipped` when every node had it. */
  readonly onStep?: OnStep;
  readonly signal?: AbortSignal;
}

const ctr = ['ctr', '-n', 'k8s.io', 'images'];

/**
 * Puts images into the containerd of every node of a cluster: each is read once and written to all nodes side by
 * side, and left out where a node has the very same already. Rejects with `AppError` (NotFound, InvalidArgument,
 * Busy, DiskFull, DockerFailed) or the signal's reason; images loaded before then stay. Resolves to their names.
 */
export async function loadImages(
  engine: DockerEngine,
  request: LoadImagesRequest,
): Promise<readonly { readonly image: string; readonly names: readonly string[] }[]> {
  const { images, onStep, signal } = request;
  const nodes = request.into ?? (await runningNodes(engine, request));
  const sources = await Promise.all(images.map((image) => findSource(engine, image)));
  for (const source of sources) {
    await runStep(
      { id: `image-load:${source.image}`, title: `Load ${source.image}`, onStep },
      async (report) => {
        const lacking = await nodesLacking(engine, { source, nodes, signal });
        if (lacking.length === 0) return 'skipped';
        await copyToNodes(engine, { source, nodes: lacking, report, signal });
        return undefined;
      },
    );
  }
  return sources.map(({ image, names }) => ({ image, names }));
}

/** Full names of the images that a running node has. */
export async function imageNames(
  engine: DockerEngine,
  container: string,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { stdout } = await runInContainer(engine, { container, command: [...ctr, 'ls', '-q'], signal });
  return new Set(stdout.split('\n').map((line) => line.trim()));
}

/** Copies images that one node has to others. Rejects with AppError DiskFull or DockerFailed, or the signal's reason. */
export async function copyBetweenNodes(
  engine: DockerEngine,
  copy: { names: readonly string[]; from: string; to: readonly string[]; signal?: AbortSignal },
): Promise<void> {
  const { names, from, to, signal } = copy;
  const output = new PassThrough();
  const exported = runInContainer(engine, {
    container: from,
    command: [...ctr, 'export', '-', ...names],
    output,
    signal,
  });
  const source: Source = {
    image: names.join(', '),
    id: undefined,
    names,
    sizeBytes: Number.POSITIVE_INFINITY, // not known before
    open: async () => output,
  };
  const copied = copyToNodes(engine, { source, nodes: to, report: () => undefined, signal });
  const [exporting, importing] = await Promise.allSettled([exported, copied]);
  if (importing.status === 'rejected') throw importing.reason;
  if (exporting.status === 'rejected') throw exporting.reason;
  const { exitCode, stderr } = exporting.value;
  if (exitCode !== 0) throw importFailure(source.image, from, stderr);
}

/** Where an image is read from. */
interface Source {
  readonly image: string;
  /** The engine's id; undefined for a file. */
  readonly id: string | undefined;
  readonly sizeBytes: number;
  /** In full, as containerd will know it. */
  readonly names: readonly string[];
  open(): Promise<Readable>;
}

async function findSource(engine: DockerEngine, image: string): Promise<Source> {
  if (isAbsolute(image)) {
    const { names, sizeBytes, open } = await openImageArchive(image, engine.architecture);
    return { image, id: undefined, names, sizeBytes, open: async () => open() };
  }
  if (!/^\w[\w.:/@-]*$/.test(image)) throw noImageName(image);
  try {
    const found = engine.docker.getImage(image);
    const { Id, Size, Architecture } = await found.inspect();
    if (Architecture && Architecture !== engine.architecture)
      throw foreignImage(image, { Architecture, engine });
    const open = async () => (await found.get()) as Readable;
    return { image, id: Id, names: [fullImageName(image)], sizeBytes: Size, open };
  } catch (error) {
    if (engineStatus(error) === 400) throw noImageName(image);
    if (engineStatus(error) !== 404) throw dockerFailure(`looking for image ${image}`, error);
    throw new AppError(
      {
        code: 'NotFound',
        message: `There is no image ${image} in the local Docker engine.`,
        remedy: `Build it with \`docker build -t ${image} .\`, fetch it with \`docker pull ${image}\`, or give the path of a tar file.`,
      },
      { cause: error },
    );
  }
}

function foreignImage(
  image: string,
  { Architecture, engine }: { Architecture: string; engine: DockerEngine },
): AppError {
  return new AppError({
    code: 'InvalidArgument',
    message: `Image ${image} is for ${Architecture}, and the nodes are ${engine.architecture}.`,
    remedy: `Build or pull it with \`--platform linux/${engine.architecture}\`.`,
  });
}

function noImageName(image: string): AppError {
  return new AppError({
    code: 'InvalidArgument',
    message: `"${image}" is no image name.`,
    remedy: 'Write it like name:tag, or give the path of a tar file.',
  });
}

async function runningNodes(engine: DockerEngine, owner: ClusterOwner): Promise<string[]> {
  const { cluster } = owner;
  const nodes = await listNodeContainers(engine, owner);
  if (nodes.length === 0) {
    throw new AppError({
      code: 'NotFound',
      message: `Cluster ${cluster} has no Docker nodes to load images into.`,
      remedy: `Add one with \`slipway node add --cluster ${cluster}\`; simulated nodes need no images.`,
    });
  }
  const stopped = nodes.filter(({ state }) => state !== 'running');
  if (stopped.length > 0) {
    throw new AppError({
      code: 'Busy',
      message: `Node ${stopped.map(({ node }) => node).join(', ')} is not running.`,
      remedy: `Start the cluster with \`slipway cluster start ${cluster}\` and load the image again.`,
    });
  }
  return nodes.map(({ container }) => container);
}

async function nodesLacking(
  engine: DockerEngine,
  { source, nodes, signal }: { source: Source; nodes: readonly string[]; signal: AbortSignal | undefined },
): Promise<string[]> {
  const { id, names } = source;
  if (id === undefined) return [...nodes];
  const [name = ''] = names;
  const present = await Promise.all(
    nodes.map(async (container) => {
      const { stdout } = await runInContainer(engine, { container, command: [...ctr, 'ls'], signal });
      return hasSameImage(stdout, name, id);
    }),
  );
  return nodes.filter((_, index) => !present[index]);
}

/**
 * Whether `ctr images ls` shows `name` as the image with this id. An engine's id is the digest of the image's
 * configuration, under which containerd keeps a second reference, or (newer engines) the manifest's digest itself.
 */
export function hasSameImage(listing: string, name: string, id: string): boolean {
  const digests = new Map(
    listing.split('\n').map((line) => {
      const [reference = '', , digest = ''] = line.trim().split(/\s+/);
      return [reference, digest];
    }),
  );
  const digest = digests.get(name);
  return digest !== undefined && (digest === id || digests.get(id) === digest);
}

interface CopyRequest {
  readonly source: Source;
  readonly nodes: readonly string[];
  readonly report: (note: string) => void;
  readonly signal: AbortSignal | undefined;
}

async function copyToNodes(
  engine: DockerEngine,
  { source, nodes, report, signal }: CopyRequest,
): Promise<void> {
  const reader = await source.open();
  const inputs = nodes.map(() => new PassThrough());
  const counted = reader.pipe(counter(source.sizeBytes, report));
  // `pipe` waits for the slowest of several readers: the image is never held in memory.
  for (const input of inputs) counted.pipe(input);
  reader.once('error', (error: Error) => {
    for (const input of inputs) input.destroy(error);
  });
  try {
    const results = await Promise.allSettled(
      nodes.map(async (container, index) => {
        const input = inputs[index];
        const result = await runInContainer(engine, {
          container,
          command: [...ctr, 'import', '-'],
          ...(input && { stdin: input }),
          signal,
        });
        // A node that gave up early must not hold back the others.
        if (input) counted.unpipe(input);
        input?.resume();
        if (result.exitCode === 0) return;
        // containerd names an image before it unpacks it: what cannot be unpacked must not pass for present.
        await runInContainer(engine, { container, command: [...ctr, 'rm', ...source.names], signal });
        throw importFailure(source.image, container, result.stderr || result.stdout);
      }),
    );
    signal?.throwIfAborted();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  } finally {
    reader.destroy();
  }
}

function counter(totalBytes: number, report: (note: string) => void): Transform {
  let doneBytes = 0;
  let shownPercent = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      doneBytes += chunk.length;
      const percent = Math.min(100, Math.floor((doneBytes / totalBytes) * 100));
      if (percent >= shownPercent + 10) {
        shownPercent = percent;
        report(`${percent} % of ${Math.ceil(totalBytes / 1e6)} MB`);
      }
      callback(null, chunk);
    },
  });
}

function importFailure(image: string, container: string, detail: string): AppError {
  if (isNoSpace(detail)) return diskFull(detail);
  const reason = detail.trim().split('\n').at(-1) ?? '';
  return new AppError({
    code: isAbsolute(image) ? 'InvalidArgument' : 'DockerFailed',
    message: `Image ${image} could not be loaded into ${container}: ${reason.replace(/^ctr: /, '')}`,
    remedy: isAbsolute(image)
      ? 'Check that the file was written by `docker save` or is an OCI image layout in a tar.'
      : `Try again; \`docker logs ${container}\` shows what the node says.`,
    detail,
  });
}
