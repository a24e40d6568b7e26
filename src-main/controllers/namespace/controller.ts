import { isReason } from '@shared/api/status.ts';
import { type DiscoveredResource, discoverResources } from '@shared/client/discovery.ts';
import { type ControllerContext, defineController } from '@shared/controller/define.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Namespace, Pod } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { messageOf } from '../shared/errors.ts';
import { contentsFinalizer, deletionOrder, type Findings, isEmptied, namespaceConditions } from './plan.ts';

type ReadonlyNamespace = DeepReadonly<Namespace>;

/** How often a namespace is looked at again whose contents take their time. */
const recheckMs = 1000;

/** Empties a namespace that is being deleted, kind by kind, then lets it go. */
export const namespaceController = defineController({
  name: 'namespace',
  for: namespaceKind,
  watches: [
    {
      kind: podKind,
      keysFor({ metadata }: DeepReadonly<Pod>, context) {
        const name = metadata?.namespace ?? '';
        const isGoing =
          context.informer(namespaceKind).get('', name)?.metadata?.deletionTimestamp !== undefined;
        return isGoing ? [{ namespace: '', name }] : [];
      },
    },
  ],
  async reconcile({ name }, context) {
    const namespace = context.informer(namespaceKind).get('', name);
    if (namespace?.metadata?.deletionTimestamp === undefined) return undefined;
    if (!namespace.spec?.finalizers?.includes(contentsFinalizer)) return undefined;
    const findings = await empty(context, name);
    const told = await tell(context, namespace, findings);
    if (!isEmptied(findings)) return { requeueAfterMs: recheckMs };
    await finalize(context, told);
    return undefined;
  },
});

async function empty(context: ControllerContext, namespace: string): Promise<Findings> {
  const { resources, failures } = await discoverResources(context.client);
  const findings = {
    undiscovered: failures.map(({ groupVersion, error }) => `${groupVersion}: ${messageOf(error)}`),
    refused: [] as string[],
    remaining: new Map<string, number>(),
    finalizers: new Map<string, number>(),
  };
  for (const group of deletionOrder(resources)) {
    await Promise.all(group.map((resource) => emptyOne(context, { namespace, resource }, findings)));
    if (findings.remaining.size > 0) break;
  }
  return findings;
}

interface Collecting {
  readonly refused: string[];
  readonly remaining: Map<string, number>;
  readonly finalizers: Map<string, number>;
}

async function emptyOne(
  { client }: ControllerContext,
  { namespace, resource }: { namespace: string; resource: DiscoveredResource },
  findings: Collecting,
): Promise<void> {
  try {
    const before = await client.list(resource, { namespace });
    if (before.items.length === 0) return;
    const untouched = before.items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
    if (untouched.length > 0 && resource.verbs.includes('deletecollection')) {
      await client.deleteCollection(resource, { namespace }, { propagationPolicy: 'Background' });
    } else {
      for (const { metadata } of untouched) {
        await client.delete(
          resource,
          { namespace, name: metadata?.name ?? '' },
          { propagationPolicy: 'Background' },
        );
      }
    }
    const { items } = untouched.length > 0 ? await client.list(resource, { namespace }) : before;
    if (items.length > 0) findings.remaining.set(`${resource.plural}.${resource.group}`, items.length);
    for (const finalizer of items.flatMap(({ metadata }) => metadata?.finalizers ?? [])) {
      findings.finalizers.set(finalizer, (findings.finalizers.get(finalizer) ?? 0) + 1);
    }
  } catch (error) {
    if (isReason(error, 'NotFound') || isReason(error, 'MethodNotAllowed')) return;
    findings.refused.push(`${resource.plural}.${resource.group}: ${messageOf(error)}`);
  }
}

/** The namespace as it is after its conditions were written. */
async function tell(
  { client, clock }: ControllerContext,
  namespace: ReadonlyNamespace,
  findings: Findings,
): Promise<ReadonlyNamespace> {
  const present = namespace.status?.conditions ?? [];
  const conditions = namespaceConditions(present, findings, clock.now());
  if (jsonEqual(conditions, present)) return namespace;
  return client.updateStatus(namespaceKind, { ...namespace, status: { ...namespace.status, conditions } });
}

async function finalize({ client }: ControllerContext, namespace: ReadonlyNamespace): Promise<void> {
  const finalizers = (namespace.spec?.finalizers ?? []).filter(
    (finalizer) => finalizer !== contentsFinalizer,
  );
  const finalized = { ...namespace, spec: { ...namespace.spec, finalizers } };
  try {
    await client.update(namespaceKind, finalized, { subresource: 'finalize' });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}
