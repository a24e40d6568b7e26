import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import type { Entry } from '../../store/store.ts';
import { encodeMessage } from './encode.ts';

interface Encoded {
  readonly message: string;
  readonly bytes: Uint8Array;
}

/** Of both generations together at most twice this. */
const generationBytes = 16 * 1024 * 1024;

/**
 * Encodings of what is shared and read-only (the store's entries, the objects of changes), so that each is made once
 * however many ask for it. They go with what they are of; beyond the limit those not asked for lately go first.
 */
let young = new WeakMap<object, Encoded>();
let old = new WeakMap<object, Encoded>();
let youngBytes = 0;

/** The message of a shared object, without envelope. The caller does not change the bytes. */
export function encodedMessage(message: string, object: DeepReadonly<JsonObject>): Uint8Array {
  return encodedOnce(message, object, () => object);
}

/** The same of an entry, which outlives its parsed value. */
export function encodedEntry(message: string, entry: Entry): Uint8Array {
  return encodedOnce(message, entry, () => entry.value);
}

function encodedOnce(message: string, key: object, object: () => DeepReadonly<JsonObject>): Uint8Array {
  const found = young.get(key);
  if (found?.message === message) return found.bytes;
  const older = old.get(key);
  const encoded = older?.message === message ? older : { message, bytes: encodeMessage(message, object()) };
  if (youngBytes > generationBytes) {
    old = young;
    young = new WeakMap();
    youngBytes = 0;
  }
  young.set(key, encoded);
  youngBytes += encoded.bytes.byteLength;
  return encoded.bytes;
}
