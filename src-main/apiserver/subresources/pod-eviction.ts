import { podDisruptionBudgetKind } from '@shared/kinds/policy/pod-disruption-budget/kind.ts';
import type { Eviction, Pod, PodDisruptionBudget } from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { UncheckedDraft } from '@shared/lib/types.ts';
import type { ServerContext, WriteOptions } from '../context.ts';
import { cloneJson, type DraftObject, objectOf, storePrefix } from '../objects.ts';
import { admitView } from '../registry/admit-view.ts';
import { deleteObject, deleteRequest } from '../registry/delete.ts';
import { badRequest } from '../registry/errors.ts';
import { writeOptions } from '../registry/query.ts';
import { getEntry } from '../registry/read.ts';
import { evictionKind, gvkOf, madeObject, sentObject } from '../registry/unserved-kinds.ts';
import { updateObject } from '../registry/write.ts';
import { methodNotAllowed, type ResourceRoute } from '../routes.ts';
import { budgetFor, takeDisruption } from './disruption-budget.ts';
import { created } from './pod-binding.ts';
import type { Subresource } from './subresources.ts';

/** `/eviction`: deletes a pod with its grace period, if its disruption budget allows. */
export const podEviction: Subresource = {
  resource: 'pods',
  name: 'eviction',
  async handle(server, request, route) {
    if (route.verb !== 'create') throw methodNotAllowed();
    const options = writeOptions(request, 'create');
    const eviction = await sentObject<Eviction>(server, request, evictionKind, options);
    const admitted = await admitView(server, route, {
      options,
      view: {
        operation: 'CREATE',
        kind: gvkOf(evictionKind),
        object: eviction,
        oldObject: null,
      },
      settle(object) {
        const { metadata } = madeObject<Eviction>(server, evictionKind, object, options);
        if (!metadata?.name || metadata.name === route.name) return object;
        throw badRequest('name in URL does not match name in Eviction object');
      },
    });
    const { deleteOptions } = madeObject<Eviction>(server, evictionKind, admitted, options);
    const pod = { ...route, subresource: '' };
    const deletion = deleteRequest(deleteOptions ?? {}, new URLSearchParams(), options);
    // What follows is a consequence: nobody is asked again.
    const internal = { ...deletion.options, isInternal: true };
    await askBudget(server, pod, deletion.options);
    if (!deletion.options.dryRun) await markDisrupted(server, pod, internal);
    await deleteObject(server, pod, { ...deletion, options: internal });
    return created(options);
  },
};

/**
 * Takes the disruption from the pod's budget, in the server's own name, again and again while others do so at the
 * same time.
 */
async function askBudget(server: ServerContext, route: ResourceRoute, options: WriteOptions): Promise<void> {
  const pod = objectOf<Pod>(await getEntry(server, route));
  const found = await server.store.range(storePrefix(podDisruptionBudgetKind, route.namespace), {});
  const budgets = found.entries.map((entry) => objectOf<PodDisruptionBudget>(entry));
  const budget = budgetFor(pod, budgets);
  const name = budget?.metadata?.name;
  if (name === undefined) return;
  const target = { kind: podDisruptionBudgetKind, namespace: route.namespace, name, subresource: 'status' };
  await updateObject(server, target, { ...options, fieldManager: 'kube-apiserver' }, (old) => {
    const draft = cloneJson<DraftObject>(old);
    takeDisruption(draft as UncheckedDraft<PodDisruptionBudget>, route.name, server.clock.now());
    return { draft };
  });
}

/** Says in the pod why it ends, for jobs that count their failures; what the server says belongs to nobody. */
async function markDisrupted(
  server: ServerContext,
  route: ResourceRoute,
  options: WriteOptions,
): Promise<void> {
  await updateObject(server, { ...route, subresource: 'status' }, options, (old) => {
    const draft = cloneJson<DraftObject>(old);
    const pod = draft as UncheckedDraft<Pod>;
    const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
      lastTransitionTime: rfc3339(server.clock.now()),
    };
    pod.status = { ...pod.status, conditions: [...others, condition] };
    return { draft, managedFieldsDone: true };
  });
}
