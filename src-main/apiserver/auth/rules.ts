import type { Store } from '../../store/store.ts';
import { isPublicPath } from '../health.ts';
import { type AuthorizationRequest, type Authorizer, allowed, type Decision } from './authorizer.ts';
import { createNodeAuthorizer } from './node-authorizer.ts';

const controlPlane = new Set(['system:kube-controller-manager', 'system:kube-scheduler', 'system:apiserver']);
const denied: Decision = { allowed: false, reason: '' };

/**
 * Who may do what, before RBAC: administrators and the control plane everything, nodes their part, any known
 * user discovery. A service account gets no further.
 */
export function createAuthorizer(store: Store): Authorizer {
  const nodes = createNodeAuthorizer(store);
  return {
    authorize(request) {
      const {
        user,
        request: { path },
      } = request;
      if (user.groups.includes('system:masters') || controlPlane.has(user.name)) return allowed;
      if (isPublicPath(path)) return allowed;
      if (user.groups.includes('system:nodes') && request.route) return nodes.authorize(request);
      return mayDiscover(request) ? allowed : denied;
    },
  };
}

/** What `system:discovery` grants: reading what the server serves. */
function mayDiscover({ user, request, route }: AuthorizationRequest): boolean {
  if (route || !user.groups.includes('system:authenticated')) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  return /^\/(api|apis|openapi)(\/|$)/.test(request.path) || request.path === '/';
}
