/** Letters and digits of generated names: no vowels (no words by accident), no 0, 1, 3 (no confusion). */
export const safeAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `length` random characters of {@link safeAlphabet}, as Kubernetes appends them to a `generateName`. */
export function randomSuffix(length = 5): string {
  let text = '';
  for (let i = 0; i < length; i++) text += safeAlphabet[randomNumber() % safeAlphabet.length];
  return text;
}

/** Drawn many at once: a call costs more than a kilobyte does. */
const pool = new Uint16Array(512);
let drawn = pool.length;

/** 0 to 65535 */
function randomNumber(): number {
  if (drawn === pool.length) {
    crypto.getRandomValues(pool);
    drawn = 0;
  }
  return pool[drawn++] ?? 0;
}

/** A new object's `metadata.uid`: a random (version 4) UUID. */
export function newUid(): string {
  return crypto.randomUUID();
}
