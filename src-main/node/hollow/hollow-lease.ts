import { isReason } from '@shared/api/status.ts';
import type { Client } from '@shared/client/client.ts';
import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { rfc3339Micro } from '@shared/lib/time.ts';

const leaseDurationSeconds = 40;

/** A node's sign of life; the first makes its Lease, which goes when the node goes. */
export async function renewLease(
  { client, clock }: { readonly client: Client; readonly clock: Clock },
  nodeName: string,
): Promise<void> {
  const ref = { namespace: 'kube-node-lease', name: nodeName };
  const spec = { holderIdentity: nodeName, leaseDurationSeconds, renewTime: rfc3339Micro(clock.now()) };
  try {
    await client.patch(leaseKind, ref, { type: 'merge', body: { spec } });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    const { metadata } = await client.get(nodeKind, { name: nodeName });
    const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: metadata?.uid ?? '' };
    await client.create(leaseKind, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...ref, ownerReferences: [owner] },
      spec,
    });
  }
}
