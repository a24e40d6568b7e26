import type { ApiError } from '@shared/api/status.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { resourceQuotaKind } from '@shared/kinds/core/resource-quota/kind.ts';
import type { ResourceQuota } from '@shared/kinds/wire.ts';
import type { TestCluster } from '../../../testing/cluster.ts';

export const namespace = 'default';

type Spec = NonNullable<ResourceQuota['spec']>;

/** A quota of the namespace. */
export async function createQuota({ client }: TestCluster, name: string, spec: Spec): Promise<void> {
  await client.create(resourceQuotaKind, { metadata: { name, namespace }, spec });
}

/** What a quota says is used of it. */
export async function usedOf({ client }: TestCluster, name: string) {
  return (await client.get(resourceQuotaKind, { namespace, name })).status?.used;
}

/** A pod with one container, or what else its spec says. */
export async function createPod({ client }: TestCluster, name: string, spec: object = {}): Promise<void> {
  await client.create(podKind, {
    metadata: { name, namespace },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  });
}

/** `allowed`, or why not. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'allowed',
    (error: ApiError) => error.status.message ?? '',
  );
}
