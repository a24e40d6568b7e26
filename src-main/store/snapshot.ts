import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../platform/atomic-file.ts';
import { encodeHeader, encodeSnapshotEntry, type Seal, type SnapshotEntry } from './record.ts';

/** Text made between two turns of the event loop: about a millisecond of work. */
const chunkLength = 256 * 1024;

export function snapshotName(revision: number): string {
  return `snapshot-${String(revision).padStart(16, '0')}.jsonl`;
}

/**
 * Writes the state at `revision` (entries in key order) into `dir`, in chunks between which others run. The
 * file appears whole and durable or not at all. Resolves false when `signal` stopped it.
 */
export async function writeSnapshot(
  dir: string,
  state: { revision: number; entries: readonly SnapshotEntry[] },
  options: { readonly signal?: AbortSignal; readonly seal?: Seal | undefined } = {},
): Promise<boolean> {
  const { signal, seal } = options;
  const path = join(dir, snapshotName(state.revision));
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      for (const chunk of chunksOf(state, seal)) {
        if (signal?.aborted) break;
        await file.writeFile(chunk);
      }
      if (!signal?.aborted) await file.sync();
    } finally {
      await file.close();
    }
    if (signal?.aborted) {
      await rm(temporary, { force: true });
      return false;
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dir);
  return true;
}

function* chunksOf(
  state: { revision: number; entries: readonly SnapshotEntry[] },
  seal: Seal | undefined,
): Generator<string, void> {
  const { revision, entries } = state;
  let text = encodeHeader({ format: 'slipway-store-snapshot', version: 1, revision, count: entries.length });
  for (const entry of entries) {
    text += encodeSnapshotEntry(entry, seal);
    if (text.length < chunkLength) continue;
    yield text;
    text = '';
  }
  if (text) yield text;
}
