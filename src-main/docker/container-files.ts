import { Readable } from 'node:stream';
import { pack } from 'tar-stream';

/** A file to be put into a node. */
export interface NodeFile {
  /** Absolute path; its folder is made when missing. Not below /run, /tmp or /var: those are mounts. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Default 0o644; keys take 0o600. */
  readonly mode?: number;
}

/** A tar of the files, to be unpacked at `/`. */
export function packFiles(files: readonly NodeFile[]): NodeJS.ReadableStream {
  const archive = pack();
  for (const { path, content, mode = 0o644 } of files) {
    archive.entry({ name: path.replace(/^\//, ''), mode, mtime: new Date() }, Buffer.from(content));
  }
  archive.finalize();
  return Readable.from(archive);
}
