import { isReason } from '@shared/api/status.ts';
import { refOf } from '@shared/client/client.ts';
import { defineController } from '@shared/controller/define.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import { isToken, readToken } from './token-secret.ts';

/** Removes bootstrap tokens that have expired, when they expire. */
export const tokenCleaner = defineController({
  name: 'token-cleaner',
  for: secretKind,
  whole: [{ kind: secretKind, isWhole: isToken }],
  async reconcile({ namespace, name }, { client, clock, informer }) {
    const secret = informer(secretKind).get(namespace, name);
    const endsMs = secret && readToken(secret)?.endsMs;
    if (!secret || endsMs === undefined) return undefined;
    const leftMs = endsMs - clock.now();
    if (leftMs > 0) return { requeueAfterMs: Math.min(leftMs, 24 * 3_600_000) };
    const uid = secret.metadata?.uid;
    try {
      await client.delete(secretKind, refOf(secret), uid === undefined ? {} : { preconditions: { uid } });
    } catch (error) {
      if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
    }
    return undefined;
  },
});
