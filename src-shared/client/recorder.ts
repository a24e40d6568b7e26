import type { KubeObject } from '../api/meta.ts';
import { ApiError, isReason } from '../api/status.ts';
import { eventKind } from '../kinds/core/event/kind.ts';
import type { Event } from '../kinds/wire.ts';
import { Backoff } from '../lib/backoff.ts';
import { type Clock, sleep } from '../lib/clock.ts';
import type { DeepReadonly } from '../lib/types.ts';
import type { Client } from './client.ts';
import type { EventRecorder } from './event-recorder.ts';

export interface EventRecorderOptions {
  readonly client: Client;
  /** `source.component`, e.g. `kubelet`. */
  readonly component: string;
  /** `source.host`: the node's name, for events of kubelets. */
  readonly host?: string | undefined;
  readonly clock: Clock;
  readonly log?: ((message: string, fields?: Record<string, unknown>) => void) | undefined;
}

/** A recorder with the loop that writes what it collects. */
export interface RunningEventRecorder extends EventRecorder {
  /** Writes events until `signal` aborts, then makes one attempt at what is left and resolves. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

interface Series {
  readonly event: Event;
  lastMs: number;
  /** Known to the server, so that further occurrences are patches. */
  created: boolean;
}

const windowMs = 10 * 60_000;
/** More distinct messages than this for one object and reason within the window become one event. */
const maxSimilar = 10;
const combinedPrefix = '(combined from similar events): ';
/** Token bucket per object: this many events at once, then one per refill. */
const burst = 25;
const refillMs = 5 * 60_000;
const sweepMs = 60_000;
const maxPending = 1000;
const maxTries = 8;

/** Builds a recorder; events wait until `run` is called. */
export function createEventRecorder(options: EventRecorderOptions): RunningEventRecorder {
  return new Recorder(options);
}

/** Limits and texts are those of client-go's event correlator, which users of kubectl know. */
class Recorder implements RunningEventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #similar = new Map<string, { readonly messages: Set<string>; lastMs: number }>();
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();
  readonly #pending = new Set<Series>();
  #wake: () => void = () => undefined;
  #sequence = 0;
  #sweptMs = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  event(
    object: DeepReadonly<KubeObject>,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    fieldPath?: string,
  ): void {
    const nowMs = this.#options.clock.now();
    this.#forgetOld(nowMs);
    const { uid = '', name = '', namespace = '' } = object.metadata ?? {};
    const about = [object.kind, namespace, name, uid, fieldPath].join('\n');
    const group = [about, type, reason].join('\n');
    const text = this.#combine(group, message, nowMs);
    if (!this.#takeToken(about, nowMs)) return;

    const combined = text !== message;
    const key = combined ? group : `${group}\n${message}`;
    const recent = this.#series.get(key);
    const fresh = recent !== undefined && nowMs - recent.lastMs <= windowMs;
    const series = fresh ? recent : this.#start(key, object, { type, reason, fieldPath }, nowMs);
    series.event.count = (series.event.count ?? 0) + 1;
    series.event.message = text;
    series.event.lastTimestamp = timestamp(nowMs);
    series.lastMs = nowMs;
    if (this.#pending.size < maxPending || this.#pending.has(series)) this.#pending.add(series);
    this.#wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort);
    while (!signal.aborted) {
      const [series] = this.#pending;
      if (series) await this.#write(series, signal);
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
    signal.removeEventListener('abort', onAbort);
    for (const series of this.#pending) await this.#write(series, signal);
  }

  #start(
    key: string,
    object: DeepReadonly<KubeObject>,
    what: { type: string; reason: string; fieldPath: string | undefined },
    nowMs: number,
  ): Series {
    const { component, host } = this.#options;
    const { name = '', namespace, uid, resourceVersion } = object.metadata ?? {};
    this.#sequence += 1;
    const nanoseconds = BigInt(Math.floor(nowMs)) * 1_000_000n + BigInt(this.#sequence % 1_000_000);
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${nanoseconds.toString(16)}`, namespace: namespace || 'default' },
      involvedObject: {
        ...(object.kind !== undefined && { kind: object.kind }),
        ...(namespace && { namespace }),
        name,
        ...(uid !== undefined && { uid }),
        ...(object.apiVersion !== undefined && { apiVersion: object.apiVersion }),
        ...(resourceVersion !== undefined && { resourceVersion }),
        ...(what.fieldPath !== undefined && { fieldPath: what.fieldPath }),
      },
      reason: what.reason,
      source: { component, ...(host !== undefined && { host }) },
      firstTimestamp: timestamp(nowMs),
      lastTimestamp: timestamp(nowMs),
      count: 0,
      type: what.type,
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
    const series = { event, lastMs: nowMs, created: false };
    this.#series.set(key, series);
    return series;
  }

  /** The message itself, or the combined one when this object and reason come with ever new messages. */
  #combine(group: string, message: string, nowMs: number): string {
    const known = this.#similar.get(group) ?? { messages: new Set<string>(), lastMs: nowMs };
    if (nowMs - known.lastMs > windowMs) known.messages.clear();
    known.lastMs = nowMs;
    this.#similar.set(group, known);
    if (known.messages.has(message)) return message;
    if (known.messages.size >= maxSimilar) return combinedPrefix + message;
    known.messages.add(message);
    return message;
  }

  #takeToken(about: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(about) ?? { tokens: burst, atMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.atMs) / refillMs);
    bucket.atMs = nowMs;
    this.#buckets.set(about, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  #forgetOld(nowMs: number): void {
    if (nowMs - this.#sweptMs < sweepMs) return;
    this.#sweptMs = nowMs;
    for (const map of [this.#series, this.#similar]) {
      for (const [key, { lastMs }] of map) {
        if (nowMs - lastMs > windowMs) map.delete(key);
      }
    }
    for (const [key, { tokens, atMs }] of this.#buckets) {
      if (tokens + (nowMs - atMs) / refillMs >= burst) this.#buckets.delete(key);
    }
  }

  async #write(series: Series, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const backoff = new Backoff({ initialMs: 200, maxMs: 10_000, jitter: 0.5 });
    for (let attempt = 1; ; attempt += 1) {
      this.#pending.delete(series);
      try {
        await this.#send(series);
        return;
      } catch (error) {
        // A refusal stays one (namespace going away, no right); anything else may pass.
        const hopeless = error instanceof ApiError && error.code < 500 && error.code !== 429;
        if (hopeless || signal.aborted || attempt === maxTries) {
          log?.('event dropped', { reason: series.event.reason, error: String(error) });
          return;
        }
        await sleep(clock, backoff.next(), signal).catch(() => undefined);
      }
    }
  }

  async #send(series: Series): Promise<void> {
    const { client } = this.#options;
    const { metadata, count, message, lastTimestamp } = series.event;
    if (series.created) {
      try {
        const ref = { namespace: metadata?.namespace, name: metadata?.name ?? '' };
        const body = { count, message, lastTimestamp };
        await client.patch(eventKind, ref, { type: 'merge', body });
        return;
      } catch (error) {
        // It expired meanwhile: write it anew.
        if (!isReason(error, 'NotFound')) throw error;
      }
    }
    await client.create(eventKind, { ...series.event });
    series.created = true;
  }
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
