import type { Clock } from '@shared/lib/clock.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { Store } from '../../store/store.ts';
import type { UserInfo } from '../request.ts';
import { type Attributes, type Authorizer, allowed, type Decision, firstAllowing } from './authorizer.ts';
import { createNodeAuthorizer } from './node-authorizer.ts';
import { NodeGraph } from './node-graph.ts';
import type { RbacIndex } from './rbac/index.ts';
import { createRbacAuthorizer } from './rbac/rbac-authorizer.ts';
import { privilegedGroup } from './users.ts';
import { createWebhookAuthorizer, type WebhookAuthorizerSettings } from './webhook-authorizer.ts';

const alwaysAllowed = new Set(['/healthz', '/livez', '/readyz']);

/** Who decides, in order. */
export type AuthorizerSettings =
  | { readonly type: 'Node' | 'RBAC' | 'AlwaysAllow' | 'AlwaysDeny' }
  | { readonly type: 'Webhook'; readonly webhook: WebhookAuthorizerSettings };

/** Decides about every request. */
export interface ServerAuthorizer extends Authorizer, Disposable {
  /** Who may allow the user more than rules tell, a sentence each. */
  unresolved(user: UserInfo): readonly string[];
}

interface AuthorizerParts {
  readonly store: Store;
  readonly rbac: RbacIndex;
  readonly clock: Clock;
  /** Absent: nodes by the Node authorizer, all by RBAC. */
  readonly chain?: readonly AuthorizerSettings[] | undefined;
  log(message: string, fields?: Record<string, unknown>): void;
}

/**
 * Who may do what: `system:masters` everything, anybody ask how the server is, and beyond that what the authorizers of
 * the chain allow. By default, for users who are no nodes, the answer is RBAC's, at once.
 */
export function createAuthorizer(parts: AuthorizerParts): ServerAuthorizer {
  const rbac = createRbacAuthorizer(parts.rbac);
  const graph = new NodeGraph(parts.store);
  const nodes = createNodeAuthorizer(parts.store, graph);
  const always = (decision: Decision): Authorizer => ({ authorize: () => decision });
  const authorizerOf = (settings: AuthorizerSettings): Authorizer => {
    switch (settings.type) {
      case 'Node':
        return nodes;
      case 'RBAC':
        return rbac;
      case 'AlwaysAllow':
        return always(allowed);
      case 'AlwaysDeny':
        return always({ allowed: false, reason: 'Everything is forbidden.' });
      case 'Webhook':
        return createWebhookAuthorizer(settings.webhook, parts);
    }
  };
  const chain = parts.chain?.map(authorizerOf);
  const both = [nodes, rbac];
  const decide = (attributes: Attributes) => {
    if (chain) return firstAllowing(chain, attributes);
    return attributes.user.groups.includes('system:nodes')
      ? firstAllowing(both, attributes)
      : rbac.authorize(attributes);
  };
  return {
    authorize(attributes) {
      const { user, resourceRequest, path } = attributes;
      if (user.groups.includes(privilegedGroup)) return allowed;
      if (!resourceRequest && alwaysAllowed.has(path)) return allowed;
      return decide(attributes);
    },
    unresolved: ({ groups }) => [
      ...(groups.includes('system:nodes') ? ['node authorizer does not support user rule resolution'] : []),
      ...(parts.chain?.some(({ type }) => type === 'Webhook')
        ? ['webhook authorizer does not support user rule resolution']
        : []),
    ],
    dispose: () => graph.dispose(),
  };
}
