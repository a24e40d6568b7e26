import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { AppError } from '@shared/lib/app-error.ts';
import { extract } from 'tar-stream';
import { errorCode } from '../platform/system-error.ts';
import { type ArchiveContents, type ArchiveFault, findImages } from './image-archive-contents.ts';

/** Descriptions (manifests, configurations) are small; layers are never kept. */
const maxTextBytes = 4 * 1024 * 1024;
const maxTextsBytes = 64 * 1024 * 1024;

/** A tar file that was read through and found to hold images for these nodes. */
export interface ImageArchive {
  /** In full, as containerd will know them. */
  readonly names: readonly string[];
  readonly sizeBytes: number;
  /** The tar, uncompressed. */
  open(): Readable;
}

/**
 * Reads an image file (`docker save` or an OCI layout, plain or gzipped) to its end before anything is given to a
 * node. AppError `NotFound` or `InvalidArgument`, one sentence on what is wrong with it: missing, a folder, empty, no
 * tar, cut off, no images in it, images for other processors or without a name.
 */
export async function openImageArchive(path: string, architecture: string): Promise<ImageArchive> {
  const sizeBytes = await sizeOf(path);
  const isGzip = await startsWithGzip(path);
  const contents = await readContents(path, isGzip);
  const found = findImages(contents, architecture);
  if ('fault' in found) throw refused(path, found.fault);
  return { names: found.names, sizeBytes, open: () => openTar(path, isGzip) };
}

function openTar(path: string, isGzip: boolean): Readable {
  const file = createReadStream(path);
  if (!isGzip) return file;
  const tar = createGunzip();
  file.once('error', (error) => tar.destroy(error));
  return file.pipe(tar);
}

async function sizeOf(path: string): Promise<number> {
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(path);
  } catch (cause) {
    const isMissing = errorCode(cause) === 'ENOENT';
    throw new AppError(
      {
        code: 'NotFound',
        message: isMissing ? `There is no file ${path}.` : `The image file ${path} cannot be read.`,
        remedy: 'Write one with `docker save -o FILE IMAGE`.',
        detail: String(cause),
      },
      { cause },
    );
  }
  if (found.isDirectory())
    throw refused(path, {
      what: 'is a folder',
      remedy: 'Pack an OCI layout with `tar -C FOLDER -cf FILE.tar .`, or give the tar file.',
    });
  if (!found.isFile()) throw refused(path, { what: 'is no file' });
  if (found.size === 0) throw refused(path, { what: 'is empty' });
  return found.size;
}

async function startsWithGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

async function readContents(path: string, isGzip: boolean): Promise<ArchiveContents> {
  const entries = new Set<string>();
  const texts = new Map<string, string>();
  const reader = extract();
  let textsBytes = 0;
  reader.on('entry', (header, body, next) => {
    const name = header.name.replace(/^\.\//, '');
    entries.add(name);
    const chunks: Buffer[] = [];
    const isText = (header.size ?? 0) <= maxTextBytes;
    body.on('data', (chunk: unknown) => {
      if (!Buffer.isBuffer(chunk) || !isText) return;
      if (chunks.length === 0 && chunk[0] !== 0x7b && chunk[0] !== 0x5b) return;
      chunks.push(chunk);
      textsBytes += chunk.length;
      if (textsBytes > maxTextsBytes) reader.destroy(new TooMuchText());
    });
    body.on('error', () => undefined); // of a file that is cut off: the pipeline below rejects
    body.on('end', () => {
      if (chunks.length > 0) texts.set(name, Buffer.concat(chunks).toString('utf8'));
      next();
    });
  });
  try {
    if (isGzip) await pipeline(createReadStream(path), createGunzip(), reader);
    else await pipeline(createReadStream(path), reader);
  } catch (cause) {
    const code = errorCode(cause);
    if (code === 'EACCES' || code === 'EIO') throw cause;
    if (cause instanceof TooMuchText)
      throw refused(path, { what: 'holds more descriptions than images have' });
    const isCut = entries.size > 0 || (isGzip && code === 'Z_BUF_ERROR');
    throw refused(path, {
      what: isCut ? 'is cut off or damaged' : 'is not a tar file',
      detail: cause instanceof Error ? cause.message : String(cause),
    });
  }
  return { entries, texts };
}

class TooMuchText extends Error {
  override readonly name = 'TooMuchText';
}

function refused(path: string, { what, remedy, detail }: ArchiveFault): AppError {
  return new AppError({
    code: 'InvalidArgument',
    message: `The image file ${path} ${what}.`,
    remedy: remedy ?? 'Write it anew with `docker save -o FILE IMAGE`.',
    ...(detail !== undefined && { detail }),
  });
}
