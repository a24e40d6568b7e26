import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useCluster } from '../../data/context.tsx';
import { type LogOptions, type LogSource, runLog } from '../../data/log-stream.ts';
import { createWritable } from '../../data/readable.ts';
import {
  LineSplitter,
  LogBuffer,
  type LogLine,
  type NewLine,
  readableText,
  splitTimestamp,
} from './log-buffer.ts';

export interface LogState {
  readonly lines: readonly LogLine[];
  readonly dropped: number;
  /** Names of sources, by index. */
  readonly sources: readonly string[];
  /** What is being waited for, by source index. */
  readonly waiting: ReadonlyMap<number, string>;
  /** Refusals, by source index. */
  readonly errors: ReadonlyMap<number, unknown>;
}

const capacity = 100_000;
const flushMs = 80;
const empty: LogState = { lines: [], dropped: 0, sources: [], waiting: new Map(), errors: new Map() };

/** Reads all sources at once into one bounded buffer. Sources that come later join; ones that go stay readable. */
export function useLogs(
  sources: readonly LogSource[],
  options: LogOptions,
): { state: LogState; clear: () => void } {
  const { client } = useCluster();
  const { follow, previous, tailLines, sinceSeconds } = options;
  const session = useMemo(() => {
    return createSession(client, { follow, previous, tailLines, sinceSeconds });
  }, [client, follow, previous, tailLines, sinceSeconds]);
  const [key, setKey] = useState('');
  const wanted = sources.map(nameOf).join('|');
  const latest = useRef(sources);
  useEffect(() => {
    latest.current = sources;
    setKey(wanted);
  });
  useEffect(() => () => session.close(), [session]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the sources
  useEffect(() => session.want(latest.current), [session, key]);
  const state = useSyncExternalStore(session.state.subscribe, session.state.get);
  return { state, clear: session.clear };
}

function nameOf({ pod, container }: LogSource): string {
  return `${pod}/${container}`;
}

type Session = ReturnType<typeof createSession>;

export type { Session };

function createSession(client: Parameters<typeof runLog>[0], options: LogOptions) {
  const state = createWritable<LogState>(empty);
  const buffer = new LogBuffer(capacity);
  const running = new Map<string, AbortController>();
  const names: string[] = [];
  const waiting = new Map<number, string>();
  const errors = new Map<number, unknown>();
  let pending: NewLine[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    timer = undefined;
    buffer.add(pending);
    pending = [];
    state.set({
      lines: buffer.lines,
      dropped: buffer.dropped,
      sources: [...names],
      waiting: new Map(waiting),
      errors: new Map(errors),
    });
  };
  const changed = () => {
    timer ??= setTimeout(flush, flushMs);
  };

  function start(source: LogSource): void {
    const name = nameOf(source);
    const known = names.indexOf(name);
    const index = known >= 0 ? known : names.push(name) - 1;
    const abort = new AbortController();
    running.set(name, abort);
    let splitter = new LineSplitter();
    let lastTime = '';
    /** After a break the server repeats the last second. */
    let readBefore = '';
    /** A remark is due before the next new line; a container that is only asked again says nothing new. */
    let reopened = false;
    const take = (raw: string) => {
      const { time, text } = splitTimestamp(raw);
      if (time !== '' && time <= readBefore) return;
      if (reopened)
        pending.push({
          source: index,
          time: lastTime,
          text: 'reading on after a restart or a break',
          remark: true,
        });
      reopened = false;
      if (time !== '') lastTime = time;
      pending.push({ source: index, time, text: readableText(text) });
    };
    const listener = {
      lastTime: () => lastTime,
      onChunk: (chunk: Uint8Array) => {
        for (const line of splitter.push(chunk)) take(line);
        changed();
      },
      onWait: (reason: string) => {
        waiting.set(index, reason);
        changed();
      },
      onOpen: (again: boolean) => {
        waiting.delete(index);
        if (again) {
          splitter = new LineSplitter();
          readBefore = lastTime;
          reopened = true;
        }
        changed();
      },
    };
    runLog(client, source, { ...options, listener, signal: abort.signal })
      .then(() => {
        for (const line of splitter.flush()) take(line);
      })
      .catch((error: unknown) => errors.set(index, error))
      .finally(() => {
        waiting.delete(index);
        changed();
      });
  }

  return {
    state,
    want(sources: readonly LogSource[]) {
      const names = new Set(sources.map(nameOf));
      for (const [name, abort] of running) {
        if (names.has(name)) continue;
        abort.abort();
        running.delete(name);
      }
      for (const source of sources) if (!running.has(nameOf(source))) start(source);
    },
    clear() {
      buffer.clear();
      pending = [];
      flush();
    },
    close() {
      clearTimeout(timer);
      for (const abort of running.values()) abort.abort();
      running.clear();
    },
  };
}
