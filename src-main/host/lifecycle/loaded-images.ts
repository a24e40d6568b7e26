import { readFileSync } from 'node:fs';
import type { DockerEngine } from '../../docker/engine.ts';
import { copyBetweenNodes, imageNames, loadImages } from '../../docker/image-load.ts';
import type { ClusterOwner } from '../../docker/labels.ts';
import { writeFileAtomic } from '../../platform/atomic-file.ts';
import { clusterPaths } from '../data-dir.ts';
import { toErrorBody } from '../error-body.ts';
import type { StepReporter } from '../operations/operations.ts';

/** An image that people loaded into a cluster: what they named then, and what it is called on the nodes. */
export interface LoadedImage {
  /** Name in the local Docker engine, or absolute path of a tar file. */
  readonly image: string;
  readonly names: readonly string[];
}

/**
 * Images loaded into a cluster, from `images.json` in its folder. Only where they came from is kept, never the images:
 * those would double what the nodes hold. A damaged file is as good as none.
 */
export function readLoadedImages(clusterDir: string): readonly LoadedImage[] {
  try {
    const value: unknown = JSON.parse(readFileSync(clusterPaths.images(clusterDir), 'utf8'));
    return Array.isArray(value) ? value.filter(isLoadedImage) : [];
  } catch {
    return [];
  }
}

/** Remembers images; of the same name the last one counts. */
export async function rememberImages(clusterDir: string, images: readonly LoadedImage[]): Promise<void> {
  const named = new Set(images.flatMap(({ names }) => names));
  const others = readLoadedImages(clusterDir).filter(({ names }) => !names.some((name) => named.has(name)));
  const text = JSON.stringify([...others, ...images], null, 2);
  await writeFileAtomic(clusterPaths.images(clusterDir), `${text}\n`);
}

/** Which nodes lack which images, and which node has them. Pure. */
export function planRestore(
  images: readonly LoadedImage[],
  present: ReadonlyMap<string, ReadonlySet<string>>,
): readonly { image: LoadedImage; to: readonly string[]; from: string | undefined }[] {
  const has = (container: string, { names }: LoadedImage) =>
    names.every((name) => present.get(container)?.has(name));
  const containers = [...present.keys()];
  return images.flatMap((image) => {
    const to = containers.filter((container) => !has(container, image));
    return to.length === 0
      ? []
      : [{ image, to, from: containers.find((container) => has(container, image)) }];
  });
}

/**
 * Brings images to nodes that lack them, new ones and those whose /var was lost: from another node, else from where
 * they were loaded. What is nowhere to be had is named with the command that helps; that is no failure.
 */
export async function restoreImages(
  engine: DockerEngine,
  request: { owner: ClusterOwner; images: readonly LoadedImage[]; containers: readonly string[] },
  { reporter, signal }: { reporter: StepReporter; signal: AbortSignal },
): Promise<void> {
  const { owner, images, containers } = request;
  const present = await Promise.all(
    containers.map(async (container) => [container, await imageNames(engine, container, signal)] as const),
  );
  const plan = planRestore(images, new Map(present));
  const lost: string[] = [];
  for (const { image, to, from } of plan) {
    try {
      if (from !== undefined) await copyBetweenNodes(engine, { names: image.names, from, to, signal });
      else await loadImages(engine, { ...owner, images: [image.image], into: to, signal });
      reporter.log(`${image.names.join(', ')}: from ${from ?? image.image}`);
    } catch (error) {
      signal.throwIfAborted();
      const { message, remedy = '' } = toErrorBody(error);
      reporter.log(`${image.names.join(', ')}: ${message} ${remedy}`);
      lost.push(image.image);
    }
  }
  if (plan.length === 0) reporter.skip('all present');
  else if (lost.length === 0) reporter.note(`${plan.length} brought back`);
  else reporter.note(`missing; run: slipway image load ${lost.join(' ')} --cluster ${owner.cluster}`);
}

function isLoadedImage(value: unknown): value is LoadedImage {
  if (typeof value !== 'object' || value === null) return false;
  const { image, names } = value as Record<string, unknown>;
  return typeof image === 'string' && Array.isArray(names) && names.every((name) => typeof name === 'string');
}
