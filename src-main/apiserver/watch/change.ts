import type { JsonObject } from '@shared/lib/types.ts';
import type { Entry, StoreEvent } from '../../store/store.ts';
import { type ApiObject, type DraftObject, objectOf, stampResourceVersion } from '../objects.ts';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One state of an object with its serialized form. */
export interface Snapshot {
  readonly value: JsonObject;
  readonly json: string;
}

/** Frames that went to somebody in one piece, and that piece. */
interface Joined {
  readonly frames: readonly Uint8Array[];
  readonly bytes: Uint8Array;
}

/**
 * One change of one object. What watchers need of it (the object, the state a deletion shows, encoded frames) is made
 * on first use, shared by all of them, and let go when all who watch have been told.
 */
export class Change {
  readonly revision: number;
  readonly current: Entry | undefined;
  readonly previous: Entry | undefined;
  #before: ApiObject | undefined;
  #now: ApiObject | undefined;
  #lastState: Snapshot | undefined;
  #frames: Map<string, Uint8Array> | undefined;
  #joined: Map<string, Joined> | undefined;

  constructor(change: Pick<Change, 'revision' | 'current' | 'previous'>) {
    this.revision = change.revision;
    this.current = change.current;
    this.previous = change.previous;
  }

  static of(event: StoreEvent): Change {
    const current = event.type === 'put' ? event.entry : undefined;
    return new Change({ revision: event.revision, current, previous: event.previous });
  }

  /** The object as it was, for those who choose by its fields. */
  get before(): ApiObject | undefined {
    if (this.previous) this.#before ??= objectOf<DraftObject>(this.previous);
    return this.#before;
  }

  /** The object as it is since; undefined: deleted. */
  get now(): ApiObject | undefined {
    if (this.current) this.#now ??= objectOf<DraftObject>(this.current);
    return this.#now;
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

  /** Frames, of which this change's is the last, in one piece: made once for all who are sent just these together. */
  join(format: string, frames: readonly Uint8Array[]): Uint8Array {
    this.#joined ??= new Map();
    const known = this.#joined.get(format);
    if (known?.frames.length === frames.length && frames.every((frame, i) => frame === known.frames[i]))
      return known.bytes;
    const bytes = Buffer.concat(frames);
    this.#joined.set(format, { frames, bytes });
    return bytes;
  }

  /** Everybody who watched when it happened has been told: what was made for them goes. */
  forget(): void {
    this.#before = undefined;
    this.#now = undefined;
    this.#lastState = undefined;
    this.#frames = undefined;
    this.#joined = undefined;
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
