import { ApiError, qualifiedResource } from '@shared/api/status.ts';
import type { ApiServerRequest, UserInfo } from '../request.ts';
import type { ResourceRoute } from '../routes.ts';

/** What authorization looks at. `route` is undefined for paths that name no resource. */
export interface AuthorizationRequest {
  readonly user: UserInfo;
  readonly request: Pick<ApiServerRequest, 'method' | 'path' | 'query' | 'body'>;
  readonly route: ResourceRoute | undefined;
}

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

export interface Authorizer {
  authorize(request: AuthorizationRequest): Promise<Decision> | Decision;
}

export const allowed: Decision = { allowed: true };

/** 403 as Kubernetes words it: `pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"`. */
export function forbiddenResponse(
  request: Pick<ApiServerRequest, 'method' | 'path' | 'user'>,
  route: ResourceRoute | undefined,
  reason: string,
): ApiError {
  const user = JSON.stringify(request.user.name);
  const because = reason === '' ? '' : `: ${reason}`;
  if (!route) {
    const path = JSON.stringify(request.path);
    return ApiError.of(
      'Forbidden',
      `forbidden: User ${user} cannot ${request.method.toLowerCase()} path ${path}${because}`,
      {},
    );
  }
  const { kind, name, namespace, subresource } = route;
  const resource = subresource === '' ? kind.plural : `${kind.plural}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const verb = requestVerb(request.method, route);
  const what = name === '' ? qualifiedResource(kind) : `${qualifiedResource(kind)} ${JSON.stringify(name)}`;
  return ApiError.of(
    'Forbidden',
    `${what} is forbidden: User ${user} cannot ${verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(kind.group)} ${where}${because}`,
    { ...(name && { name }), ...(kind.group && { group: kind.group }), kind: kind.plural },
  );
}

/** The verb as authorization knows it: streaming requests count by their method. */
export function requestVerb(method: string, route: ResourceRoute): string {
  if (route.verb !== 'connect') return route.verb;
  return method === 'GET' ? 'get' : 'create';
}
