import type { JsonObject } from '@shared/lib/types.ts';
import type { Entry, StoreEvent } from '../../store/store.ts';
import { type ApiObject, stampResourceVersion } from '../objects.ts';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One state of an object with its serialized form. */
export interface Snapshot {
  readonly value: JsonObject;
  readonly json: string;
}

/**
 * One change of one object. What watchers need of it (the state a deletion shows, encoded frames) is made on
 * first use and shared by all of them.
 */
export class Change {
  readonly revision: number;
  readonly current: Entry | undefined;
  readonly previous: Entry | undefined;
  #lastState: Snapshot | undefined;
  #frames: Map<string, Uint8Array> | undefined;

  constructor(change: Pick<Change, 'revision' | 'current' | 'previous'>) {
    this.revision = change.revision;
    this.current = change.current;
    this.previous = change.previous;
  }

  static of(event: StoreEvent): Change {
    const current = event.type === 'put' ? event.entry : undefined;
    return new Change({ revision: event.revision, current, previous: event.previous });
  }

  /** What a watcher sees: the present state, or for a deletion the last state at the revision of its end. */
  state(type: ChangeType): Snapshot {
    if (type !== 'DELETED' && this.current) return this.current;
    if (!this.#lastState) {
      const value = stampResourceVersion(this.previous?.value ?? {}, this.revision);
      this.#lastState = { value, json: JSON.stringify(value) };
    }
    return this.#lastState;
  }

  /** The encoded event in the given format; `encode` runs once per type and format for all watchers. */
  frame(type: ChangeType, format: string, encode: (state: Snapshot) => Uint8Array): Uint8Array {
    this.#frames ??= new Map();
    const key = `${type} ${format}`;
    let frame = this.#frames.get(key);
    if (!frame) {
      frame = encode(this.state(type));
      this.#frames.set(key, frame);
    }
    return frame;
  }

  /** Lets the encodings go: everybody who watched when it happened has been told. */
  forgetFrames(): void {
    this.#frames = undefined;
  }
}

/** What a subscriber wants to hear of. */
export interface Selection {
  /** '' for all namespaces. */
  readonly namespace: string;
  /** Fields that must have exactly this value; the most selective one serves as index. */
  readonly fields: ReadonlyMap<string, string>;
  /** The whole condition, fields and labels included. */
  matches(object: ApiObject): boolean;
}

export interface Delivery {
  readonly type: ChangeType;
  readonly change: Change;
}

/** Who gets what a subscription finds. */
export interface Receiver {
  deliver(deliveries: readonly Delivery[]): void;
  fail(error: unknown): void;
}

/** What a change is to a subscriber whom the object concerned before, or concerns now; undefined: nothing. */
export function changeType(matched: boolean, matches: boolean): ChangeType | undefined {
  if (matches) return matched ? 'MODIFIED' : 'ADDED';
  return matched ? 'DELETED' : undefined;
}
