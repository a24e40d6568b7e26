import { ApiError, type FieldError } from '@shared/api/status.ts';
import { resizedPod, validatePodResize } from '@shared/kinds/core/pod/pod-resize-validation.ts';
import {
  validateEphemeralContainersUpdate,
  withEphemeralContainers,
} from '@shared/kinds/core/pod/pod-update-validation.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { Unchecked, UncheckedDraft } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import { type ApiObject, cloneJson, type DraftObject, jsonOf } from '../objects.ts';
import { decodeObject, parseBody } from '../registry/body.ts';
import { applyTo, patchJson, patchType } from '../registry/patch.ts';
import { writeOptions } from '../registry/query.ts';
import { getEntry } from '../registry/read.ts';
import { type Change, updateObject } from '../registry/write.ts';
import type { ApiServerRequest, ApiServerResponse } from '../request.ts';
import { methodNotAllowed, type ResourceRoute } from '../routes.ts';
import type { Subresource } from './subresources.ts';

/** A part of a pod that changes through a subresource of its own while the rest stays as it is. */
interface Part {
  readonly name: string;
  /** The old pod with this part of the wanted one. */
  take(wanted: Unchecked<Pod>, old: Unchecked<Pod>): UncheckedDraft<Pod>;
  /** Every error of the pod and of the change. */
  validate(pod: Unchecked<Pod>, old: Unchecked<Pod>): FieldError[];
}

const parts: readonly Part[] = [
  { name: 'ephemeralcontainers', take: withEphemeralContainers, validate: validateEphemeralContainersUpdate },
  { name: 'resize', take: resizedPod, validate: validatePodResize },
];

/** `/ephemeralcontainers` and `/resize`: read like the pod, written with a whole pod or any kind of patch. */
export const podParts: readonly Subresource[] = parts.map((part) => ({
  resource: 'pods',
  name: part.name,
  async handle(server, request, route) {
    if (route.verb === 'get') {
      const { value, json } = await getEntry(server, route);
      return { type: 'object', code: 200, kind: route.kind, value, json };
    }
    if (route.verb !== 'update' && route.verb !== 'patch') throw methodNotAllowed();
    return changePart(server, request, { route, part });
  },
}));

async function changePart(
  server: ServerContext,
  request: ApiServerRequest,
  { route, part }: { readonly route: ResourceRoute; readonly part: Part },
): Promise<ApiServerResponse> {
  const options = writeOptions(request, route.verb === 'patch' ? 'patch' : 'update');
  const type = route.verb === 'patch' ? patchType(request.body) : undefined;
  const body = await parseBody(request.body, route.kind.kind);
  const wantedOf = (old: ApiObject): DraftObject => {
    if (type === undefined) return decodeObject(server, route.kind, body, options);
    if (type === 'apply') {
      const applied = decodeObject(server, route.kind, body, options);
      return applyTo(server, route, { applied, live: old }, options);
    }
    const value = patchJson(server, route, jsonOf(old), { type, value: body.value });
    return decodeObject(server, route.kind, { value, duplicates: body.duplicates }, options);
  };
  return updateObject(server, route, options, (old): Change => {
    const wanted = wantedOf(old);
    const draft = cloneJson<DraftObject>(part.take(wanted, old) as unknown as DraftObject);
    const { resourceVersion, uid, managedFields } = wanted.metadata;
    route.kind.strategy.defaults?.(draft);
    const errors = part.validate(draft, old);
    if (errors.length > 0) throw ApiError.invalid(route.kind, route.name, errors);
    const { resourceVersion: _version, ...metadata } = draft.metadata;
    draft.metadata = {
      ...metadata,
      ...(resourceVersion && { resourceVersion }),
      ...(uid && { uid }),
      ...(type === 'apply' && managedFields && { managedFields }),
    };
    return { draft, managedFieldsDone: type === 'apply' };
  });
}
