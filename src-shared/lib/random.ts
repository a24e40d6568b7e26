/** Letters and digits of generated names: no vowels (no words by accident), no 0, 1, 3 (no confusion). */
export const safeAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `length` random characters of {@link safeAlphabet}, as Kubernetes appends them to a `generateName`. */
export function randomSuffix(length = 5): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length * 2));
  let text = '';
  for (let i = 0; i < length; i++) {
    const number = (bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0);
    text += safeAlphabet[number % safeAlphabet.length];
  }
  return text;
}

/** A new object's `metadata.uid`: a random (version 4) UUID. */
export function newUid(): string {
  return crypto.randomUUID();
}
