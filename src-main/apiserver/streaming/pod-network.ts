import type { Duplex } from 'node:stream';
import { ApiError } from '@shared/api/status.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import type { Node } from '@shared/kinds/wire.ts';
import type { ServerContext } from '../context.ts';
import { objectOf, storePrefix } from '../objects.ts';

/** An address in the pod network, which the host is no part of. */
export interface NetworkAddress {
  /** The node from which the address is reached; undefined: any. */
  readonly nodeName: string | undefined;
  readonly address: string;
  readonly port: number;
}

/** Where a simulated node should have answered. */
export class SimulatedNodeError extends Error {
  override readonly name = 'SimulatedNodeError';
  readonly nodeName: string;

  constructor(nodeName: string) {
    super(`node ${nodeName} is simulated: nothing listens there`);
    this.nodeName = nodeName;
  }
}

/**
 * A TCP connection into the cluster's network: to a pod, a Service, a node's own port. The host is no part of that
 * network, so it goes through a node's kubelet. Rejects with 503 (ApiError) when nobody answers, and with
 * SimulatedNodeError when the node has no network at all.
 */
export async function dialNetwork(server: ServerContext, target: NetworkAddress): Promise<Duplex> {
  const nodeName = target.nodeName ?? (await anyNode(server));
  const kubelet = await server.kubelets.kubelet(nodeName);
  if (!kubelet.open) throw new SimulatedNodeError(nodeName);
  const query = new URLSearchParams({ address: target.address, port: String(target.port) });
  const headers = { connection: 'Upgrade', upgrade: 'tcp' };
  try {
    const { socket, head } = await kubelet.open({ path: '/tunnel', query }, { method: 'GET', headers });
    if (head.length > 0) socket.unshift(head);
    return socket;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ApiError(ApiError.of('ServiceUnavailable', `error trying to reach service: ${why}`).status, {
      cause,
    });
  }
}

/** A node that is ready and real; else a simulated one, whose word is then the answer. */
async function anyNode(server: ServerContext): Promise<string> {
  const { entries } = await server.store.range(storePrefix(nodeKind));
  const nodes = entries.map((entry) => objectOf<Node>(entry));
  const ready = nodes.filter(({ status }) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
  let simulated: string | undefined;
  for (const name of [...ready, ...nodes].map(({ metadata }) => metadata?.name ?? '')) {
    const kubelet = await server.kubelets.kubelet(name).catch(() => undefined);
    if (kubelet?.open) return name;
    if (kubelet) simulated ??= name;
  }
  if (simulated !== undefined) return simulated;
  throw ApiError.of(
    'ServiceUnavailable',
    'error trying to reach service: there is no node to reach it through',
  );
}
