import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import { encodeMessage } from './encode.ts';

interface Encoded {
  readonly message: string;
  readonly bytes: Uint8Array;
}

/** Of both generations together at most twice this. */
const generationBytes = 16 * 1024 * 1024;

/**
 * Encodings of shared, read-only objects (the store's), so that each is made once however many ask for it. They go
 * with their objects; beyond the limit those not asked for lately go first.
 */
let young = new WeakMap<object, Encoded>();
let old = new WeakMap<object, Encoded>();
let youngBytes = 0;

/** The message of a stored object, without envelope. The caller does not change the bytes. */
export function encodedMessage(message: string, object: DeepReadonly<JsonObject>): Uint8Array {
  const found = young.get(object);
  if (found?.message === message) return found.bytes;
  const older = old.get(object);
  const encoded = older?.message === message ? older : { message, bytes: encodeMessage(message, object) };
  if (youngBytes > generationBytes) {
    old = young;
    young = new WeakMap();
    youngBytes = 0;
  }
  young.set(object, encoded);
  youngBytes += encoded.bytes.byteLength;
  return encoded.bytes;
}
