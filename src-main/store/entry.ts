import { assert } from '@shared/lib/assert.ts';
import { deepFreeze } from '@shared/lib/freeze.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import type { Entry } from './store.ts';

const freezing = process.env.NODE_ENV !== 'production';

/**
 * An entry whose text is always there and whose value is parsed from it when asked for. The value is held weakly:
 * everybody who looks shares it as long as somebody keeps it, and what nobody keeps costs its text alone.
 */
export class StoredEntry implements Entry {
  readonly key: string;
  readonly json: string;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Milliseconds since the Unix epoch; undefined: never. */
  readonly expiresAt: number | undefined;
  #value: WeakRef<JsonObject> | undefined;

  constructor(fields: {
    key: string;
    json: string;
    createRevision: number;
    modRevision: number;
    expiresAt: number | undefined;
    value?: JsonObject;
  }) {
    this.key = fields.key;
    this.json = fields.json;
    this.createRevision = fields.createRevision;
    this.modRevision = fields.modRevision;
    this.expiresAt = fields.expiresAt;
    if (fields.value) this.#hold(fields.value);
  }

  get value(): JsonObject {
    return this.#value?.deref() ?? this.#hold(JSON.parse(this.json) as JsonObject);
  }

  /** Drops the parsed value at once; the next look parses the text again. For entries that became history. */
  forget(): void {
    this.#value = undefined;
  }

  #hold(value: JsonObject): JsonObject {
    if (freezing) deepFreeze(value);
    this.#value = new WeakRef(value);
    return value;
  }
}

/** What one transaction does to one key: the new entry, or undefined for a deletion. */
export interface Change {
  readonly key: string;
  readonly entry: StoredEntry | undefined;
}

/** A change that was applied, with what was there before. */
export type StoredEvent =
  | {
      readonly type: 'put';
      readonly revision: number;
      readonly entry: StoredEntry;
      readonly previous: StoredEntry | undefined;
    }
  | { readonly type: 'delete'; readonly revision: number; readonly previous: StoredEntry };

export function eventKey(event: StoredEvent): string {
  return event.type === 'put' ? event.entry.key : event.previous.key;
}

/** The event that `change` is, given what was there. A deletion of nothing is a broken invariant. */
export function eventOf(change: Change, revision: number, previous: StoredEntry | undefined): StoredEvent {
  if (change.entry) return { type: 'put', revision, entry: change.entry, previous };
  assert(previous, `deletion of ${change.key} finds an entry`);
  return { type: 'delete', revision, previous };
}
