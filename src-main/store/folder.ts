import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A snapshot (`revision`: of its state) or a log segment (`revision`: the last one before its records). */
export interface StoreFile {
  readonly path: string;
  readonly name: string;
  readonly revision: number;
}

/** What a store's folder holds, each list by ascending revision. */
export interface StoreFolder {
  readonly snapshots: readonly StoreFile[];
  readonly segments: readonly StoreFile[];
  /** Files that were being written when a process ended; they never became part of the store. */
  readonly unfinished: readonly string[];
}

const fileName = /^(log|snapshot)-(\d{16})\.jsonl$/;
const unfinishedName = /^(log|snapshot)-\d{16}\.jsonl(\.\d+)?\.tmp$/;

export async function readFolder(dir: string): Promise<StoreFolder> {
  const snapshots: StoreFile[] = [];
  const segments: StoreFile[] = [];
  const unfinished: string[] = [];
  for (const name of (await readdir(dir)).sort()) {
    const match = fileName.exec(name);
    const path = join(dir, name);
    if (match) {
      const file = { path, name, revision: Number(match[2]) };
      (match[1] === 'log' ? segments : snapshots).push(file);
    } else if (unfinishedName.test(name)) {
      unfinished.push(path);
    }
  }
  return { snapshots, segments, unfinished };
}
