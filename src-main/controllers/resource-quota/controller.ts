import type { KubeObject } from '@shared/api/meta.ts';
import { isReason } from '@shared/api/status.ts';
import { type DiscoveredResource, discoverResources } from '@shared/client/discovery.ts';
import { type ControllerContext, defineController, type WatchSource } from '@shared/controller/define.ts';
import { resourceQuotaKind } from '@shared/kinds/core/resource-quota/kind.ts';
import { addUsage, countableKinds, countedBy, usageText } from '@shared/kinds/core/resource-quota/usage.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { kinds } from '@shared/kinds/index.ts';
import type { ResourceQuota } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

/** What a quota may count: kinds stored in a namespace, each in one version. Events pass by too fast to matter. */
const countedKinds = kinds.filter(
  ({ kind, namespaced, stored, conversion, verbs }) =>
    namespaced && stored && !conversion && verbs.includes('watch') && kind !== 'Event',
);

const otherKinds = countedKinds.filter((kind) => kind !== resourceQuotaKind);

/** Custom resources are not watched here: quotas that count them are recounted this often. */
const recountMs = 10_000;
/** What changes without anybody saying so, as pods that should be gone by now. */
const syncMs = 300_000;

/**
 * Counts what is used of each quota and writes it into the status. Admission adds what new objects use, in the same
 * transaction; here the rest is done: what ended, what was deleted, and what was there before the quota. Objects are
 * counted behind the quota as it was read, and the status is written only if the quota has not changed since.
 */
export const resourceQuotaController = defineController({
  name: 'resourcequota',
  for: resourceQuotaKind,
  watches: otherKinds.map(watchOf),
  whole: otherKinds.map((kind) => ({ kind, isWhole: () => false })),
  async reconcile({ namespace, name }, context) {
    const { client } = context;
    const quota = await client.get(resourceQuotaKind, { namespace, name }).catch(unlessMissing);
    if (!quota || quota.metadata?.deletionTimestamp !== undefined) return undefined;
    const others = await customResources(quota, context);
    const status = await count(quota, [...countableKinds(quota, countedKinds), ...others], context);
    if (!jsonEqual(status, quota.status ?? {})) {
      await client.updateStatus(resourceQuotaKind, { ...quota, status });
    }
    return { requeueAfterMs: others.length > 0 ? recountMs : syncMs };
  },
});

function watchOf(kind: AnyKind): WatchSource {
  return {
    kind,
    keysFor: ({ metadata }: DeepReadonly<KubeObject>, context) =>
      context
        .informer(resourceQuotaKind)
        .list(metadata?.namespace ?? '')
        .filter((quota) => countableKinds(quota, [kind]).length > 0)
        .map((quota) => ({ namespace: metadata?.namespace ?? '', name: quota.metadata?.name ?? '' })),
  };
}

async function count(
  quota: DeepReadonly<ResourceQuota>,
  counted: readonly (AnyKind | DiscoveredResource)[],
  { client, clock }: ControllerContext,
): Promise<NonNullable<ResourceQuota['status']>> {
  const hard = { ...quota.spec?.hard };
  const used = new Map(Object.keys(hard).map((name): [string, bigint] => [name, 0n]));
  for (const kind of counted) {
    const { items } = await client.list(kind, { namespace: quota.metadata?.namespace ?? '' });
    for (const object of items) addUsage(used, countedBy(quota, { kind, object, nowMs: clock.now() }));
  }
  return { hard, used: usageText(used, hard) };
}

/** Resource types that only discovery knows, where the quota counts any. */
async function customResources(
  quota: DeepReadonly<ResourceQuota>,
  { client }: ControllerContext,
): Promise<DiscoveredResource[]> {
  const isBuiltIn = (name: string) => kinds.some((kind) => name === `count/${kind.plural}.${kind.group}`);
  const names = Object.keys(quota.spec?.hard ?? {}).filter(
    (name) => /^count\/[^.]+\./.test(name) && !isBuiltIn(name),
  );
  if (names.length === 0) return [];
  const { resources } = await discoverResources(client);
  return resources.filter(({ plural, group }) => names.includes(`count/${plural}.${group}`));
}

function unlessMissing(error: unknown): undefined {
  if (!isReason(error, 'NotFound')) throw error;
}
