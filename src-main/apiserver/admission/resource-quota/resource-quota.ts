import { persistentVolumeClaimKind } from '@shared/kinds/core/persistent-volume-claim/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { resourceQuotaKind } from '@shared/kinds/core/resource-quota/kind.ts';
import {
  addUsage,
  countableKinds,
  countedBy,
  type Usage,
  usageIn,
  usageText,
} from '@shared/kinds/core/resource-quota/usage.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { resourceClaimKind } from '@shared/kinds/resource/resource-claim/kind.ts';
import type { Container, Pod, ResourceQuota } from '@shared/kinds/wire.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import type { Entry } from '../../../store/store.ts';
import { type ApiObject, objectOf, storePrefix } from '../../objects.ts';
import { forbidden } from '../../registry/errors.ts';
import type { AdmissionModule, AdmissionRequest } from '../admission.ts';
import { listStored } from '../lookup.ts';

type ReadonlyQuota = Unchecked<ResourceQuota>;

/** By kind, the subresource through which an object may come to use more. */
const growing: ReadonlyMap<AnyKind, string> = new Map<AnyKind, string>([
  [podKind, 'resize'],
  [persistentVolumeClaimKind, ''],
  [serviceKind, ''],
  [resourceClaimKind, ''],
]);

/**
 * Keeps what the objects of a namespace use together within its quotas. What a new object uses is added to the
 * quota's status in the transaction that stores the object, so that many at once cannot get past it; what becomes
 * free is counted by the quota controller. Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/.
 */
export const resourceQuota: AdmissionModule = {
  name: 'ResourceQuota',
  handles: ({ kind, operation, subresource }) =>
    kind.namespaced &&
    ((operation === 'CREATE' && subresource === '') ||
      (operation === 'UPDATE' && (growing.get(kind) ?? 'none') === subresource)),
  async validate(object, request) {
    const { server, namespace } = request;
    const { entries } = await server.store.range(storePrefix(resourceQuotaKind, namespace));
    for (const entry of entries) await charge(entry, object, request);
    return [];
  },
};

async function charge(entry: Entry, object: ApiObject, request: AdmissionRequest): Promise<void> {
  const { kind, old, name, transaction } = request;
  const quota = objectOf(entry) as unknown as ReadonlyQuota;
  const quotaName = quota.metadata?.name ?? '';
  const refuse = (why: string) => forbidden(kind, object.metadata.name ?? name, why);
  const nowMs = request.server.clock.now();
  const counted = countedBy(quota, { kind, object, nowMs });
  if (counted.size === 0) return;
  const unstated = kind === podKind && !old ? unstatedIn(object as Unchecked<Pod>, quota) : [];
  if (unstated.length > 0) throw refuse(`failed quota: ${quotaName}: must specify ${unstated.join('; ')}`);
  const grown = growth(counted, old && countedBy(quota, { kind, object: old, nowMs }));
  if (grown.size === 0) return;
  const used = await usedOf(quota, request);
  const hard = quota.spec?.hard ?? {};
  const after = new Map(used);
  addUsage(after, grown);
  const allowed = usageIn(hard);
  const exceeded = [...grown.keys()].filter(
    (resource) => (after.get(resource) ?? 0n) > (allowed.get(resource) ?? 0n),
  );
  if (exceeded.length > 0) {
    const only = (usage: Usage) => listed(usage, exceeded, hard);
    throw refuse(
      `exceeded quota: ${quotaName}, requested: ${only(grown)}, used: ${only(used)}, limited: ${only(allowed)}`,
    );
  }
  if (request.options.dryRun) return;
  const status = { hard, used: usageText(after, hard) };
  transaction.compare.push({ key: entry.key, modRevision: entry.modRevision });
  transaction.ops.push({ type: 'put', key: entry.key, value: { ...entry.value, status } });
}

/** What is used now: what the quota's status says, or, where nobody has counted yet, what counting yields. */
async function usedOf(quota: ReadonlyQuota, { server, namespace }: AdmissionRequest): Promise<Usage> {
  const known = usageIn(quota.status?.used);
  const unknown = Object.keys(quota.spec?.hard ?? {}).filter((name) => !known.has(name));
  if (unknown.length === 0) return known;
  const counted = new Map(unknown.map((name): [string, bigint] => [name, 0n]));
  for (const kind of countableKinds(quota, server.kinds.all)) {
    for (const object of await listStored(server, kind, namespace)) {
      addUsage(counted, countedBy(quota, { kind, object, nowMs: server.clock.now() }));
    }
  }
  return new Map([...counted, ...known]);
}

function growth(now: Usage, before: Usage | undefined): Usage {
  const grown = [...now].map(([name, amount]): [string, bigint] => [
    name,
    amount - (before?.get(name) ?? 0n),
  ]);
  return new Map(grown.filter(([, amount]) => amount > 0n));
}

/** `cpu=1,pods=1`, sorted. */
function listed(usage: Usage, names: readonly string[], hard: Readonly<Record<string, string>>): string {
  const chosen = new Map(names.map((name) => [name, usage.get(name) ?? 0n]));
  return Object.entries(usageText(chosen, hard))
    .map(([name, text]) => `${name}=${text}`)
    .join(',');
}

/** Compute resources that the quota limits and a container leaves open, e.g. `limits.cpu for: a,b`. */
function unstatedIn({ spec }: Unchecked<Pod>, quota: ReadonlyQuota): string[] {
  const containers: readonly Unchecked<Container>[] = [
    ...(spec?.containers ?? []),
    ...(spec?.initContainers ?? []),
  ];
  return Object.keys(quota.spec?.hard ?? {})
    .filter((name) => /^(?:(?:requests|limits)\.)?(?:cpu|memory)$/.test(name))
    .toSorted()
    .flatMap((name) => {
      const side = name.startsWith('limits.') ? 'limits' : 'requests';
      const resource = name.replace(/^(?:requests|limits)\./, '');
      if (spec?.resources?.[side]?.[resource] !== undefined) return [];
      const silent = containers.filter(({ resources }) => resources?.[side]?.[resource] === undefined);
      return silent.length > 0
        ? [
            `${name} for: ${silent
              .map((container) => container.name)
              .toSorted()
              .join(',')}`,
          ]
        : [];
    });
}
