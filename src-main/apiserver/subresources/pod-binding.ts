import { required } from '@shared/api/field-errors.ts';
import { ApiError, type Status } from '@shared/api/status.ts';
import type { Binding, Pod } from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { JsonObject, Unchecked, UncheckedDraft } from '@shared/lib/types.ts';
import type { ServerContext, Target, WriteOptions } from '../context.ts';
import { type ApiObject, cloneJson, type DraftObject } from '../objects.ts';
import { conflict } from '../registry/errors.ts';
import { writeOptions } from '../registry/query.ts';
import { bindingKind, gvkOf, madeObject, sentObject } from '../registry/unserved-kinds.ts';
import { updateObject } from '../registry/write.ts';
import type { ApiServerResponse } from '../request.ts';
import { methodNotAllowed } from '../routes.ts';
import type { Subresource } from './subresources.ts';

/** `/binding`: assigns a pod to a node, once, and says so in its PodScheduled condition. */
export const podBinding: Subresource = {
  resource: 'pods',
  name: 'binding',
  async handle(server, request, route) {
    if (route.verb !== 'create') throw methodNotAllowed();
    const options = writeOptions(request, 'create');
    const binding = await sentObject<Binding>(server, request, bindingKind, options);
    await bindPod(server, route, { binding, options });
    return created(options);
  },
};

/** Assigns the pod to the binding's node. Throws 409 when it has one, is going or is gated. */
export async function bindPod(
  server: ServerContext,
  pod: Target,
  { binding, options }: { readonly binding: Unchecked<Binding> & JsonObject; readonly options: WriteOptions },
): Promise<void> {
  checkBinding(binding, pod.name);
  const target = { ...pod, subresource: 'binding' };
  const nowMs = server.clock.now();
  await updateObject(server, target, options, (old) => ({
    draft: bound(old, binding, { route: target, nowMs }),
    managedFieldsDone: true,
    view: {
      operation: 'CREATE',
      kind: gvkOf(bindingKind),
      object: binding,
      oldObject: null,
      apply(draft, object) {
        const changed = madeObject<Binding>(server, bindingKind, object, options);
        checkBinding(changed, pod.name);
        const { metadata, spec, status } = bound(old, changed, { route: target, nowMs });
        const { annotations, labels } = metadata;
        Object.assign(draft, { spec, status });
        Object.assign(draft.metadata, { ...(annotations && { annotations }), ...(labels && { labels }) });
      },
    },
  }));
}

function checkBinding({ target }: Unchecked<Binding>, name: string): void {
  if (target?.name && (target.kind === undefined || target.kind === '' || target.kind === 'Node')) return;
  const error = target?.name
    ? {
        type: 'FieldValueNotSupported' as const,
        field: 'target.kind',
        message: `Unsupported value: ${JSON.stringify(target.kind)}: supported values: "Node", "<empty>"`,
      }
    : required('target.name');
  throw ApiError.invalid({ group: '', kind: 'Binding' }, name, [error]);
}

function bound(
  old: ApiObject,
  { metadata, target }: Unchecked<Binding>,
  { route, nowMs }: { route: Target; nowMs: number },
): DraftObject {
  const draft = cloneJson<DraftObject>(old);
  const pod = draft as UncheckedDraft<Pod>;
  if (metadata?.uid && metadata.uid !== old.metadata.uid) {
    throw conflict(
      route.kind,
      route.name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`,
    );
  }
  if (old.metadata.deletionTimestamp !== undefined) {
    throw conflict(
      route.kind,
      route.name,
      `pod ${route.name} is being deleted, cannot be assigned to a host`,
    );
  }
  if (!pod.spec) return draft;
  if (pod.spec.nodeName)
    throw conflict(
      route.kind,
      route.name,
      `pod ${route.name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`,
    );
  if ((pod.spec.schedulingGates ?? []).length > 0) {
    throw conflict(route.kind, route.name, `pod ${route.name} has non-empty .spec.schedulingGates`);
  }
  pod.spec.nodeName = target?.name ?? '';
  if (metadata?.annotations)
    draft.metadata.annotations = { ...draft.metadata.annotations, ...metadata.annotations };
  if (metadata?.labels) draft.metadata.labels = { ...draft.metadata.labels, ...metadata.labels };
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  pod.status = {
    ...pod.status,
    conditions: [...others, { type: 'PodScheduled', status: 'True', lastTransitionTime: rfc3339(nowMs) }],
  };
  return draft;
}

/** `Status` Success with 201, what creating subresources without an object of their own answers. */
export function created({ warnings }: Pick<WriteOptions, 'warnings'>): ApiServerResponse {
  const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return { type: 'object', code: 201, value: status as unknown as JsonObject, warnings };
}
