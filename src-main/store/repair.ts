import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { syncFolder } from '../platform/atomic-file.ts';
import { StoredEntry } from './entry.ts';
import { readFolder, type StoreFile } from './folder.ts';
import { Damage, readLines } from './line-reader.ts';
import { lockFolder } from './lock.ts';
import { LogFile, openAppend } from './log-file.ts';
import { decodeSnapshotEntry } from './record.ts';
import { loadFolder, readSegment } from './recovery.ts';
import { writeSnapshot } from './snapshot.ts';
import { State } from './state.ts';

/** What a repair found and did. */
export interface RepairReport {
  /** One sentence per damage, naming file and line; empty when nothing was wrong (and nothing was touched). */
  readonly damage: readonly string[];
  /** Where the files as they were have gone; undefined when nothing was touched. */
  readonly backupDir: string | undefined;
  readonly entries: number;
  /** The last revision that was kept. */
  readonly keptRevision: number;
  /** Where the store goes on: see {@link revisionGap}. */
  readonly revision: number;
}

/**
 * Revisions skipped by a repair. Clients may have seen revisions that are lost now; skipping far ahead makes
 * their watches answer "compacted", so they list again, instead of silently missing what reuses a number.
 * (etcd does the same: `etcdutl snapshot restore --bump-revision --mark-compacted`.)
 */
export const revisionGap = 1_000_000;

const noHistory = { maxBytes: 0, maxEvents: 0 };

/**
 * Makes a damaged store in `dir` usable again: backs up all its files into a folder `damaged-<time>` inside,
 * keeps all changes before the damage and drops what follows it. Of a damaged snapshot every whole line is
 * kept. Touches nothing when there is no damage. Throws AlreadyRunning while a process has the store open.
 */
export async function repairFileStore(dir: string, now = Date.now()): Promise<RepairReport> {
  const lock = await lockFolder(dir);
  try {
    const found = await loadOrDamage(dir);
    if (found instanceof State) {
      const { revision, size } = found;
      return { damage: [], backupDir: undefined, entries: size, keptRevision: revision, revision };
    }
    const backupDir = await backUp(dir, now);
    const { state, damages } = await salvage(dir);
    const damage = [...new Set([found, ...damages].map(sentence))];
    const keptRevision = state.revision;
    const revision = keptRevision + revisionGap;
    await replaceFiles(dir, { revision, entries: state.all() });
    return { damage, backupDir, entries: state.size, keptRevision, revision };
  } finally {
    await lock.release();
  }
}

async function loadOrDamage(dir: string): Promise<State | Damage> {
  try {
    return (await loadFolder(dir, noHistory)).state;
  } catch (error) {
    if (error instanceof Damage) return error;
    throw error;
  }
}

/** Second names for the files as they are (copies where the file system has no hard links), durable. */
async function backUp(dir: string, now: number): Promise<string> {
  const name = `damaged-${new Date(now).toISOString().replaceAll(':', '-')}`;
  const backupDir = join(dir, name);
  await mkdir(backupDir, { mode: 0o700 });
  const { snapshots, segments } = await readFolder(dir);
  for (const { path } of [...snapshots, ...segments]) {
    const copy = join(backupDir, basename(path));
    await link(path, copy).catch(() => copyFile(path, copy));
  }
  await syncFolder(backupDir);
  await syncFolder(dir);
  return backupDir;
}

/**
 * The new files appear before the old ones go: wherever this is interrupted, the folder holds a damaged store
 * whose repair has the same result, or a repaired one. The old files are never written to: the backup shares
 * their bytes.
 */
async function replaceFiles(dir: string, state: { revision: number; entries: StoredEntry[] }): Promise<void> {
  const { snapshots, segments } = await readFolder(dir);
  await writeSnapshot(dir, state);
  const logFile = await LogFile.create(dir, state.revision, openAppend);
  await logFile.close();
  for (const { path } of [...snapshots, ...segments]) await rm(path, { force: true });
  await syncFolder(dir);
}

/** What can be kept. Without a snapshot where one belongs, that is what was changed after it. */
async function salvage(dir: string): Promise<{ state: State; damages: Damage[] }> {
  const { snapshots, segments } = await readFolder(dir);
  const damages: Damage[] = [];
  const snapshot = snapshots.at(-1);
  const entries = snapshot ? await salvageSnapshot(snapshot, damages) : [];
  const base = snapshot?.revision ?? segments[0]?.revision ?? 0;
  const state = new State({ revision: base, entries, budget: noHistory });
  try {
    await salvageSegments(
      segments.filter((segment) => segment.revision >= base),
      state,
    );
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    damages.push(error);
  }
  return { state, damages };
}

async function salvageSnapshot(file: StoreFile, damages: Damage[]): Promise<StoredEntry[]> {
  const entries = new Map<string, StoredEntry>();
  await readLines(file.path, {
    onLine(body, line) {
      if (line === 1) return;
      const entry = new StoredEntry(decodeSnapshotEntry(body));
      entries.set(entry.key, entry);
    },
    onDamage: (damage) => damages.push(damage),
  });
  return [...entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function salvageSegments(segments: readonly StoreFile[], state: State): Promise<void> {
  for (const segment of segments) {
    const { torn } = await readSegment(segment, state);
    if (torn && segment !== segments.at(-1)) {
      throw new Damage(segment.path, torn.line, torn.offset, 'the last line is cut short');
    }
  }
}

function sentence(damage: Damage): string {
  return `${damage.path}, line ${damage.line}: ${damage.message}`;
}
