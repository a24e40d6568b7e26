import { describe, expect, it } from 'vitest';
import { StoredEntry, type StoredEvent } from './entry.ts';
import { WatchHub } from './watch-hub.ts';

function put(revision: number): StoredEvent {
  const fields = { key: '/a', json: '{}', createRevision: 1, modRevision: revision, expiresAt: undefined };
  return { type: 'put', revision, entry: new StoredEntry(fields), previous: undefined };
}

function hubWithWatch(after: number, past: StoredEvent[]) {
  const calls: number[][] = [];
  const hub = new WatchHub((error) => {
    throw error;
  });
  const listener = (events: readonly { revision: number }[]) =>
    calls.push(events.map((event) => event.revision));
  const watch = hub.add({ prefix: '/', after, listener, past });
  return { hub, watch, calls };
}

describe('WatchHub', () => {
  it('keeps what happens before the past was delivered, and delivers it behind the past', async () => {
    const { hub, calls } = hubWithWatch(0, [put(1), put(2)]);
    hub.publish([put(3)]);
    expect(calls).toEqual([]);
    await Promise.resolve();
    hub.publish([put(4), put(5)]);
    expect(calls).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('passes over what lies at or before the revision a watch begins behind', async () => {
    const { hub, calls } = hubWithWatch(7, []);
    await Promise.resolve();
    hub.publish([put(6), put(7)]);
    hub.publish([put(8)]);
    expect(calls).toEqual([[8]]);
  });

  it('delivers nothing any more once a watch is disposed, not even the past', async () => {
    const { hub, watch, calls } = hubWithWatch(0, [put(1)]);
    watch.dispose();
    watch.dispose();
    await Promise.resolve();
    hub.publish([put(2)]);
    expect(calls).toEqual([]);
    expect(hub.size).toBe(0);
  });
});
