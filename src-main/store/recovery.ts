import { AppError } from '@shared/lib/app-error.ts';
import { type Change, StoredEntry } from './entry.ts';
import { readFolder, type StoreFile } from './folder.ts';
import type { HistoryBudget } from './history.ts';
import { Damage, readLines, type TornTail } from './line-reader.ts';
import {
  decodeHeader,
  decodeRecord,
  decodeSnapshotEntry,
  type LoggedChange,
  type SegmentHeader,
  type SnapshotHeader,
} from './record.ts';
import { State } from './state.ts';

/** The end of an interrupted write, cut off at start. It was never acknowledged. */
export interface Recovered {
  readonly file: string;
  readonly line: number;
  readonly offset: number;
  readonly droppedBytes: number;
}

export interface Loaded {
  readonly state: State;
  /** The segment to go on with; undefined in a folder that holds no store yet. */
  readonly last: { readonly file: StoreFile; readonly goodBytes: number } | undefined;
  readonly recovered: Recovered | undefined;
  /** Segments and snapshots that a newer snapshot has replaced. */
  readonly superseded: readonly StoreFile[];
}

/** Makes the JSON of a value's text on disk; see {@link Sealer}. */
export type OpenText = (key: string, text: string) => string;

const asItIs: OpenText = (_key, text) => text;

/**
 * Rebuilds the state from the newest snapshot and the segments behind it. Every line is verified and every
 * revision must follow the one before; the only thing forgiven is a torn last line of the last segment.
 * Throws {@link Damage} for anything else, and whatever `open` throws. Changes nothing on disk.
 */
export async function loadFolder(
  dir: string,
  budget: HistoryBudget,
  open: OpenText = asItIs,
): Promise<Loaded> {
  const { snapshots, segments } = await readFolder(dir);
  const snapshot = snapshots.at(-1);
  const base = snapshot?.revision ?? 0;
  const entries = snapshot ? await readSnapshot(snapshot, open) : [];
  const state = new State({ revision: base, entries, budget });

  const needed = segments.filter((segment) => segment.revision >= base);
  const superseded = [...snapshots.slice(0, -1), ...segments.filter((segment) => segment.revision < base)];
  checkPresence({ dir, base, snapshot, segments: needed, superseded });

  let end: { endOffset: number; torn: TornTail | undefined } | undefined;
  for (const segment of needed) {
    end = await readSegment(segment, state, open);
    if (end.torn && segment !== needed.at(-1)) {
      throw new Damage(segment.path, end.torn.line, end.torn.offset, 'the last line is cut short');
    }
  }
  const file = needed.at(-1);
  const torn = end?.torn;
  return {
    state,
    last: file && end ? { file, goodBytes: end.endOffset } : undefined,
    recovered:
      file && torn
        ? { file: file.path, line: torn.line, offset: torn.offset, droppedBytes: torn.bytes }
        : undefined,
    superseded,
  };
}

/** A whole file that is missing leaves no damaged line behind; the names of the others tell. */
function checkPresence(found: {
  dir: string;
  base: number;
  snapshot: StoreFile | undefined;
  segments: readonly StoreFile[];
  superseded: readonly StoreFile[];
}): void {
  const first = found.segments[0];
  if (!first && (found.snapshot || found.superseded.length > 0)) {
    throw new Damage(found.snapshot?.path ?? found.dir, 1, 0, 'the log behind the snapshot is missing');
  }
  if (first && first.revision !== found.base) {
    throw new Damage(
      first.path,
      1,
      0,
      `the changes between revisions ${found.base} and ${first.revision} are missing`,
    );
  }
}

/** The entries of a snapshot, in key order. */
async function readSnapshot(file: StoreFile, open: OpenText): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = [];
  let header: SnapshotHeader | undefined;
  const { endOffset, torn } = await readLines(file.path, {
    onLine(body, line) {
      if (line > 1) {
        const entry = decodeSnapshotEntry(body);
        entries.push(new StoredEntry({ ...entry, json: open(entry.key, entry.json) }));
        return;
      }
      header = decodeHeader<SnapshotHeader>(body, 'slipway-store-snapshot');
      if (header?.revision !== file.revision)
        throw new Damage(file.path, 1, 0, 'not the header of this snapshot');
    },
  });
  if (torn || entries.length !== header?.count) {
    throw new Damage(file.path, entries.length + 2, endOffset, 'the snapshot is not complete');
  }
  return entries;
}

/** Replays a segment, which must go on where `state` stands. Throws {@link Damage}; what came before it is applied. */
export async function readSegment(file: StoreFile, state: State, open: OpenText = asItIs) {
  if (file.revision !== state.revision) {
    throw new Damage(
      file.path,
      1,
      0,
      `the changes between revisions ${state.revision} and ${file.revision} are missing`,
    );
  }
  const end = await readLines(file.path, {
    onLine(body, line, offset) {
      if (line === 1) {
        const header = decodeHeader<SegmentHeader>(body, 'slipway-store-log');
        if (header?.after !== file.revision)
          throw new Damage(file.path, 1, 0, 'not the header of this segment');
      } else {
        replay(body, { state, open, path: file.path, line, offset });
      }
    },
  });
  if (end.endOffset === 0) throw new Damage(file.path, 1, 0, 'the header of the segment is missing');
  return end;
}

function replay(
  body: Buffer,
  at: { state: State; open: OpenText; path: string; line: number; offset: number },
): void {
  const { state, open } = at;
  const record = decodeRecord(body);
  if (record.type === 'compaction') {
    state.compact(record.compacted);
    return;
  }
  if (record.revision !== state.revision + 1) {
    const what = `revision ${record.revision} follows ${state.revision}; lines are missing or out of place`;
    throw new Damage(at.path, at.line, at.offset, what);
  }
  state.apply(record.revision, toChanges(record.changes, { modRevision: record.revision, state, open }));
}

/** Logged changes as entries; an entry keeps the revision at which its key came into being. */
function toChanges(
  logged: readonly LoggedChange[],
  at: { modRevision: number; state: State; open: OpenText },
): Change[] {
  const { modRevision, state, open } = at;
  const changes: Change[] = [];
  for (const { key, json: text, expiresAt } of logged) {
    const previous = state.latest(key);
    if (text !== undefined) {
      const json = open(key, text);
      const createRevision = previous?.createRevision ?? modRevision;
      changes.push({ key, entry: new StoredEntry({ key, json, createRevision, modRevision, expiresAt }) });
    } else if (previous) {
      changes.push({ key, entry: undefined });
    }
  }
  return changes;
}

/** What the user is told about {@link Damage}. */
export function stateCorrupt(damage: Damage, clusterName: string): AppError {
  return new AppError(
    {
      code: 'StateCorrupt',
      message: `the cluster's state is damaged: ${damage.path}, line ${damage.line}: ${damage.message}`,
      remedy: `Run "slipway cluster repair ${clusterName}": it backs the damaged files up and keeps everything before the damage.`,
    },
    { cause: damage },
  );
}
