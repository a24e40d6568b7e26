import type { ServerContext } from '../context.ts';
import type { ApiServerRequest, ApiServerResponse } from '../request.ts';
import type { ResourceRoute } from '../routes.ts';
import { certificateApproval } from './certificate-approval.ts';
import { namespaceFinalize } from './namespace-finalize.ts';
import { podBinding } from './pod-binding.ts';
import { podEviction } from './pod-eviction.ts';
import { podLog } from './pod-log.ts';
import { podParts } from './pod-parts.ts';
import { podStreaming } from './pod-streaming.ts';
import { proxies } from './proxy.ts';
import { scale } from './scale.ts';
import { serviceAccountToken } from './service-account-token.ts';

/** A subresource with an effect of its own. `status` is generic and not among them. */
export interface Subresource {
  /** Plural names of the kinds it belongs to, with group: `pods`, `deployments.apps`; '*' for any that declares it. */
  readonly resource: string;
  readonly name: string;
  handle(server: ServerContext, request: ApiServerRequest, route: ResourceRoute): Promise<ApiServerResponse>;
}

/** Every subresource served here; a new one is one line. */
const subresources: readonly Subresource[] = [
  scale,
  podBinding,
  podEviction,
  podLog,
  ...podParts,
  ...podStreaming,
  serviceAccountToken,
  namespaceFinalize,
  certificateApproval,
  ...proxies,
];

/** Undefined for those that are generic, and for those a kind does not have. */
export function findSubresource({ kind, subresource }: ResourceRoute): Subresource | undefined {
  const resource = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
  const name = subresource.split('/')[0];
  return subresources.find(
    (module) => module.name === name && (module.resource === '*' || module.resource === resource),
  );
}
