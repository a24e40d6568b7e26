import { apiVersionOf } from '@shared/api/meta.ts';
import { apiServiceKind } from '@shared/kinds/apiregistration/api-service/kind.ts';
import type { APIService } from '@shared/kinds/wire.ts';
import { newUid } from '@shared/lib/random.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import type { Op } from '../../store/store.ts';
import type { ServerContext } from '../context.ts';
import { objectOf, storeKey, storePrefix } from '../objects.ts';

/** Groups in the order clients are shown them. Source: kube-apiserver, `apiVersionPriorities`. */
const groupPriorities: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'resource.k8s.io': 15_900,
};
const customPriorities = { group: 1000, version: 100 };
const managedLabel = 'kube-aggregator.kubernetes.io/automanaged';

/** Name of the APIService of a group version: `v1.apps`, `v1.` for the core. */
export function apiServiceName({ group, version }: { group: string; version: string }): string {
  return `${version}.${group}`;
}

/**
 * Makes an APIService for every group version served here and takes away those of custom resources that are gone.
 * What somebody has pointed elsewhere stays. Idempotent, one transaction.
 */
export async function syncLocalServices(server: ServerContext): Promise<void> {
  const { entries } = await server.store.range(storePrefix(apiServiceKind));
  const present = new Map(entries.map((entry) => [entry.key, objectOf<APIService>(entry)]));
  const ops: Op[] = [];
  const wanted = new Set<string>();
  for (const kind of server.kinds.all) {
    // What configures aggregation is itself served by it, not led through it.
    if (kind.group === apiServiceKind.group) continue;
    const key = storeKey(apiServiceKind, '', apiServiceName(kind));
    if (wanted.has(key)) continue;
    wanted.add(key);
    if (!present.has(key)) ops.push({ type: 'put', key, value: localService(server, kind) });
  }
  for (const [key, { metadata }] of present)
    if (metadata?.labels?.[managedLabel] === 'true' && !wanted.has(key)) ops.push({ type: 'delete', key });
  if (ops.length > 0) await server.store.txn({ compare: [], ops });
}

function localService(
  server: ServerContext,
  { group, version }: { group: string; version: string },
): JsonObject {
  const now = rfc3339(server.clock.now());
  const priority = groupPriorities[group];
  return {
    apiVersion: apiVersionOf(apiServiceKind),
    kind: apiServiceKind.kind,
    metadata: {
      name: apiServiceName({ group, version }),
      uid: newUid(),
      creationTimestamp: now,
      labels: { [managedLabel]: priority === undefined ? 'true' : 'onstart' },
    },
    spec: {
      group,
      version,
      groupPriorityMinimum: priority ?? customPriorities.group,
      versionPriority:
        priority === undefined ? customPriorities.version : group === '' ? 1 : 15 * versionRank(version),
    },
    status: {
      conditions: [
        {
          type: 'Available',
          status: 'True',
          lastTransitionTime: now,
          reason: 'Local',
          message: 'Local APIServices are always available',
        },
      ],
    },
  };
}

function versionRank(version: string): number {
  return Number(/^v(\d+)$/.exec(version)?.[1] ?? 1);
}
