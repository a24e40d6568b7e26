import type { AnyKind, Conversion } from '@shared/kinds/define.ts';
import { deepFreeze } from '@shared/lib/freeze.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import type { Entry } from '../../store/store.ts';
import { type ApiObject, type DraftObject, jsonOf } from '../objects.ts';

/**
 * Objects of a kind with several versions are stored in one of them, its hub's. Everything between a request and
 * the store sees them in the request's version: they are converted here, on their way out and in. Kinds without
 * `conversion` pass untouched, without a copy or a tick of delay.
 */

/** The kind whose objects lie in the store. */
export function storedKind(kind: AnyKind): AnyKind {
  return kind.conversion?.hub ?? kind;
}

/** A stored object as another version shows it. */
class ConvertedEntry implements Entry {
  readonly key: string;
  readonly value: JsonObject;
  readonly createRevision: number;
  readonly modRevision: number;
  #json: string | undefined;

  constructor(entry: Entry, value: JsonObject) {
    this.key = entry.key;
    this.value = value;
    this.createRevision = entry.createRevision;
    this.modRevision = entry.modRevision;
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.value);
    return this.#json;
  }
}

/** Stored entries in the version of `kind`; those that look the same there are returned as they are. */
export function viewEntries(
  kind: AnyKind,
  entries: readonly Entry[],
): readonly Entry[] | Promise<readonly Entry[]> {
  const { conversion } = kind;
  if (!conversion || entries.length === 0) return entries;
  const converted = conversion.fromHub(entries.map(({ value }) => value));
  return converted instanceof Promise
    ? converted.then((values) => withValues(entries, values))
    : withValues(entries, converted);
}

function withValues(entries: readonly Entry[], values: readonly JsonObject[]): readonly Entry[] {
  return entries.map((entry, i) => {
    const value = values[i];
    if (value === undefined || value === entry.value) return entry;
    return new ConvertedEntry(entry, deepFreeze(value) as JsonObject);
  });
}

/** One stored entry in the version of `kind`. */
export function viewEntry(kind: AnyKind, entry: Entry): Entry | Promise<Entry> {
  if (!kind.conversion) return entry;
  const viewed = viewEntries(kind, [entry]);
  return viewed instanceof Promise ? viewed.then(([one]) => one ?? entry) : (viewed[0] ?? entry);
}

/** A stored object's JSON in the version of `kind`. */
export async function viewJson(kind: AnyKind, stored: DeepReadonly<JsonObject>): Promise<JsonObject> {
  const [viewed] = (await kind.conversion?.fromHub([stored])) ?? [];
  return viewed ?? (stored as JsonObject);
}

/** What of an object goes into the store; a promise only where it has to be converted. */
export function storable(kind: AnyKind, object: DraftObject | ApiObject): JsonObject | Promise<JsonObject> {
  return kind.conversion ? toHub(kind.conversion, jsonOf(object)) : jsonOf(object);
}

async function toHub(conversion: Conversion, object: DeepReadonly<JsonObject>): Promise<JsonObject> {
  const [stored] = await conversion.toHub([object]);
  return stored ?? (object as JsonObject);
}
