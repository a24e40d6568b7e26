import { stableStringify } from './json.ts';
import { safeAlphabet } from './random.ts';
import type { Json } from './types.ts';

const encoder = new TextEncoder();

/** FNV-1a, 32 bits, over the UTF-8 bytes of `text`. http://www.isthe.com/chongo/tech/comp/fnv/ */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(text)) {
    hash ^= byte;
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** Maps every character onto {@link safeAlphabet}, so that the result can be part of a name. */
function safeEncode(text: string): string {
  let encoded = '';
  for (let i = 0; i < text.length; i++) encoded += safeAlphabet[text.charCodeAt(i) % safeAlphabet.length];
  return encoded;
}

/**
 * Value of the label `pod-template-hash` (and `controller-revision-hash`): equal templates have equal hashes
 * whatever the order of their keys; `collisionCount` gives another hash when two templates met by accident.
 * The letters differ from those an upstream controller would choose; nothing may depend on them.
 */
export function podTemplateHash(template: Json, collisionCount?: number): string {
  const salt = collisionCount === undefined ? '' : String(collisionCount);
  return safeEncode(String(fnv1a32(stableStringify(template) + salt)));
}
