import type { GroupVersionKind } from '@shared/api/meta.ts';
import type { JsonObject, Unchecked } from '@shared/lib/types.ts';
import type { ServerContext, WriteOptions } from '../context.ts';
import type { ApiServerRequest } from '../request.ts';
import { type Decodable, decodeObject, madeBody, parseBody } from './body.ts';

/** Objects that are sent to subresources and with deletions, but are no resources of their own. */
export const scaleKind: Decodable = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  schema: 'io.k8s.api.autoscaling.v1.Scale',
};
export const bindingKind: Decodable = {
  group: '',
  version: 'v1',
  kind: 'Binding',
  schema: 'io.k8s.api.core.v1.Binding',
};
export const evictionKind: Decodable = {
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  schema: 'io.k8s.api.policy.v1.Eviction',
  formerVersions: ['v1beta1'],
};
export const tokenRequestKind: Decodable = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  schema: 'io.k8s.api.authentication.v1.TokenRequest',
};
export const deleteOptionsKind: Decodable = {
  group: 'meta.k8s.io',
  version: 'v1',
  kind: 'DeleteOptions',
  schema: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
};

/** How webhooks and policies are told of it. */
export function gvkOf({ group, version, kind }: Decodable): GroupVersionKind {
  return { group, version, kind };
}

/** What was sent, decoded, in the order of the object `T` that it is. Throws 400. */
export async function sentObject<T>(
  server: ServerContext,
  request: ApiServerRequest,
  kind: Decodable,
  options: WriteOptions,
): Promise<Unchecked<T> & JsonObject> {
  const body = await parseBody(request.body, kind.kind);
  return decodeObject(server, kind, body, options) as unknown as Unchecked<T> & JsonObject;
}

/** The same for what the server, a patch, a webhook or a policy made of it. */
export function madeObject<T>(
  server: ServerContext,
  kind: Decodable,
  value: unknown,
  options: WriteOptions,
): Unchecked<T> & JsonObject {
  const ignored = { ...options, fieldValidation: 'Ignore' } as const;
  return decodeObject(server, kind, madeBody(value), ignored) as unknown as Unchecked<T> & JsonObject;
}
