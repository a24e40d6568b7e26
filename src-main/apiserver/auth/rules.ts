import type { Store } from '../../store/store.ts';
import { type Authorizer, allowed, firstAllowing } from './authorizer.ts';
import { createNodeAuthorizer } from './node-authorizer.ts';
import { NodeGraph } from './node-graph.ts';
import type { RbacIndex } from './rbac/index.ts';
import { createRbacAuthorizer } from './rbac/rbac-authorizer.ts';
import { privilegedGroup } from './users.ts';

const alwaysAllowed = new Set(['/healthz', '/livez', '/readyz']);

/**
 * Who may do what: `system:masters` everything, anybody ask how the server is, and beyond that what the Node
 * authorizer or RBAC allows. For users who are no nodes the answer is RBAC's, at once.
 */
export function createAuthorizer(store: Store, index: RbacIndex): Authorizer & { dispose(): void } {
  const rbac = createRbacAuthorizer(index);
  const graph = new NodeGraph(store);
  const nodes = [createNodeAuthorizer(store, graph), rbac];
  return {
    authorize(attributes) {
      const { user, resourceRequest, path } = attributes;
      if (user.groups.includes(privilegedGroup)) return allowed;
      if (!resourceRequest && alwaysAllowed.has(path)) return allowed;
      return user.groups.includes('system:nodes')
        ? firstAllowing(nodes, attributes)
        : rbac.authorize(attributes);
    },
    dispose: () => graph.dispose(),
  };
}
