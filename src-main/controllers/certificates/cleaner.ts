import { isReason } from '@shared/api/status.ts';
import { refOf } from '@shared/client/client.ts';
import { defineController } from '@shared/controller/define.ts';
import { certificateSigningRequestKind as requestKind } from '@shared/kinds/certificates/certificate-signing-request/kind.ts';
import { parseTime } from '@shared/lib/time.ts';
import { hasCondition, type ReadonlyRequest } from './request.ts';

const hourMs = 3_600_000;
const settledMs = hourMs;
const pendingMs = 24 * hourMs;

/** Removes requests an hour after they were decided, and undecided ones after a day. */
export const certificateCleaner = defineController({
  name: 'csrcleaner',
  for: requestKind,
  async reconcile({ name }, { client, clock, informer }) {
    const request = informer(requestKind).get('', name);
    if (!request) return undefined;
    const leftMs = endOf(request) - clock.now();
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    const uid = request.metadata?.uid;
    try {
      await client.delete(requestKind, refOf(request), uid === undefined ? {} : { preconditions: { uid } });
    } catch (error) {
      if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
    }
    return undefined;
  },
});

/** When a request is to go, ms. */
export function endOf(request: ReadonlyRequest): number {
  const created = parseTime(request.metadata?.creationTimestamp ?? '') ?? 0;
  const settled = (request.status?.conditions ?? []).filter(({ type }) =>
    ['Approved', 'Denied', 'Failed'].includes(type),
  );
  // Approved and not signed yet counts as undecided: its signer may be late.
  const waits =
    settled.length === 0 ||
    (hasCondition(request, 'Approved') && settled.length === 1 && !request.status?.certificate);
  if (waits) return created + pendingMs;
  const times = settled.map(({ lastUpdateTime }) => parseTime(lastUpdateTime ?? '') ?? created);
  return Math.max(...times) + settledMs;
}
