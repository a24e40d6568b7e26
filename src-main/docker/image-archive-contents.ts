import { fullImageName } from './image-name.ts';

/** What a tar of images holds: names of all entries, and the text of those that look like JSON. */
export interface ArchiveContents {
  readonly entries: ReadonlySet<string>;
  readonly texts: ReadonlyMap<string, string>;
}

/** Why images cannot be taken from a file: `The image file X <what>.` */
export interface ArchiveFault {
  readonly what: string;
  readonly remedy?: string;
  readonly detail?: string;
}

interface Image {
  readonly names: readonly string[];
  /** Go's names, e.g. `amd64`; several for an image made for several processors. */
  readonly architectures: readonly string[];
}

/**
 * The images of a `docker save` archive (manifest.json) or an OCI layout (index.json), or what is wrong with them:
 * every part that is named must be there, every image must be for this processor and have a name. Pure.
 */
export function findImages(
  contents: ArchiveContents,
  architecture: string,
): { names: readonly string[] } | { fault: ArchiveFault } {
  const read = (name: string) => parse(contents.texts.get(name));
  const missing = (names: readonly string[]) => names.find((name) => !contents.entries.has(name));
  const manifest = read('manifest.json');
  const index = read('index.json');
  if (!Array.isArray(manifest) && !isRecord(index)) {
    return { fault: { what: 'holds no images: it has neither a manifest.json nor an OCI index.json' } };
  }
  const docker = Array.isArray(manifest) ? manifest.filter(isRecord) : [];
  const lost = missing(docker.flatMap(({ Config, Layers }) => [...texts([Config]), ...texts(Layers)]));
  if (lost !== undefined) return { fault: { what: `is incomplete: ${lost} is missing in it` } };
  const images: Image[] = docker.map(({ Config, RepoTags }) => ({
    names: texts(RepoTags),
    architectures: texts([recordOf(read(String(Config))).architecture]),
  }));
  if (docker.length === 0) {
    for (const descriptor of listOf(recordOf(index).manifests)) {
      const architectures: string[] = [];
      const lostBlob = walk(descriptor, { read, missing, architectures });
      if (lostBlob !== undefined) return { fault: { what: `is incomplete: ${lostBlob} is missing in it` } };
      images.push({ names: namesOf(descriptor), architectures });
    }
  }
  return judge(images, architecture);
}

function judge(
  images: readonly Image[],
  architecture: string,
): { names: readonly string[] } | { fault: ArchiveFault } {
  const names = images.flatMap((image) => image.names.map(fullImageName));
  const foreign = images.find(
    ({ architectures }) => architectures.length > 0 && !architectures.includes(architecture),
  );
  if (foreign) {
    return {
      fault: {
        what: `holds ${foreign.names[0] ?? 'an image'} for ${foreign.architectures.join(', ')}, and the nodes are ${architecture}`,
        remedy: `Build it with \`docker build --platform linux/${architecture}\` and save it again.`,
      },
    };
  }
  if (names.length === 0) {
    return {
      fault: {
        what: 'holds no image with a name',
        remedy: 'Save it by its name and not by its id: `docker save -o FILE NAME:TAG`.',
      },
    };
  }
  return { names };
}

interface Walk {
  read(name: string): unknown;
  missing(names: readonly string[]): string | undefined;
  readonly architectures: string[];
}

/** Follows a descriptor through indexes to configurations; answers the first blob that is not there. */
function walk(descriptor: Record<string, unknown>, context: Walk): string | undefined {
  const { read, missing, architectures } = context;
  const blob = blobOf(descriptor);
  const lost = missing([blob]);
  const platform = recordOf(descriptor.platform);
  const named = texts([platform.architecture]).filter((name) => name !== 'unknown'); // attestations
  // An image for several processors is often kept for one of them alone.
  if (lost !== undefined) return named.length > 0 ? undefined : lost;
  const content = recordOf(read(blob));
  for (const child of listOf(content.manifests)) {
    const lostChild = walk(child, context);
    if (lostChild !== undefined) return lostChild;
  }
  if (content.config === undefined) return undefined;
  const config = blobOf(recordOf(content.config));
  const parts = missing([config, ...listOf(content.layers).map(blobOf)]);
  if (parts !== undefined) return parts;
  const own = texts([recordOf(read(config)).architecture]).filter((name) => name !== 'unknown');
  architectures.push(...(own.length > 0 ? own : named));
  return undefined;
}

const blobOf = ({ digest }: Record<string, unknown>): string => `blobs/${String(digest).replace(':', '/')}`;

/** containerd's own annotation, else the one of the OCI when it holds more than a tag. */
function namesOf({ annotations }: Record<string, unknown>): string[] {
  const { 'io.containerd.image.name': full, 'org.opencontainers.image.ref.name': reference } =
    recordOf(annotations);
  return texts([full, reference])
    .filter((name) => /[/:]/.test(name))
    .slice(0, 1);
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined; // as good as not there
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const recordOf = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
const listOf = (value: unknown) => (Array.isArray(value) ? value.filter(isRecord) : []);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item !== '') : [];
