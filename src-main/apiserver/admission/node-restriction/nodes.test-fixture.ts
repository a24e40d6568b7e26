import { Client } from '@shared/client/client.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { Pod } from '@shared/kinds/wire.ts';
import type { TestCluster } from '../../../testing/cluster.ts';

export const namespace = 'default';

/** A client that is a node. */
export function asNode({ server }: TestCluster, name: string): Client {
  const user = { name: `system:node:${name}`, groups: ['system:nodes', 'system:authenticated'] };
  return new Client(server.localTransport(user));
}

/** What of a pod matters to its node. */
export interface PodOnNode {
  readonly name: string;
  readonly nodeName: string;
  readonly spec?: Partial<NonNullable<Pod['spec']>>;
}

/** A pod that is bound from its beginning. Its uid. */
export async function podOn({ client }: TestCluster, { name, nodeName, spec }: PodOnNode): Promise<string> {
  const made = await client.create(podKind, {
    metadata: { name, namespace },
    spec: { nodeName, containers: [{ name: 'c', image: 'i' }], ...spec },
  });
  return made.metadata?.uid ?? '';
}

/** Asks for a token of the account `default`. */
export function askToken(client: Client, spec: object): Promise<unknown> {
  return client.post(serviceAccountKind, { namespace, name: 'default' }, 'token', { spec });
}

/** `allowed`, or why not. */
export async function outcome(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'allowed',
    (error: Error) => error.message,
  );
}
