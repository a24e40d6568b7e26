/** An answer larger than this is written in parts of about this size. */
export const partBytes = 128 * 1024;

/** As many as are kept for the next parts. */
const maxFree = 32;

const free: Buffer[] = [];
const lent = new WeakSet<ArrayBufferLike>();

/**
 * A buffer of `partBytes`, with whatever was in it. Whoever sent its content gives it back: a fresh one for each part
 * makes the process collect garbage more often than anything else it does.
 */
export function takePartBuffer(): Buffer {
  const buffer = free.pop() ?? Buffer.allocUnsafeSlow(partBytes);
  lent.add(buffer.buffer);
  return buffer;
}

/** Takes back the buffer that `part` lies in, if it is one of these. Nobody may look at it any more. */
export function givePartBack(part: Uint8Array): void {
  if (!lent.delete(part.buffer) || free.length >= maxFree) return;
  free.push(Buffer.from(part.buffer));
}
