import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import type { Service } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import { objectOf } from '../objects.ts';
import { getEntry } from '../registry/read.ts';
import { serviceBackend } from '../subresources/proxy-target.ts';
import { dialNetwork } from './pod-network.ts';

/** A Service as webhooks and aggregated APIs refer to it. Its certificate is for `<name>.<namespace>.svc`. */
export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
  /** The Service's port, not that of its endpoints. */
  readonly port: number;
}

/**
 * A TCP connection to one of a Service's ready endpoints, through the node it lives on; to the host an ExternalName
 * stands for, from here. Rejects with 404 or 503 (ApiError), or with SimulatedNodeError.
 */
export async function dialService(server: ServerContext, service: ServiceRef): Promise<Duplex> {
  const { namespace, name, port } = service;
  const entry = await getEntry(server, { kind: serviceKind, namespace, name });
  const { spec } = objectOf(entry) as DeepReadonly<Service>;
  if (spec?.type === 'ExternalName') return dialHost(spec.externalName ?? '', port);
  return dialNetwork(server, await serviceBackend(server, namespace, `${name}:${port}`));
}

/** A TCP connection from this machine. */
export function dialHost(host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
