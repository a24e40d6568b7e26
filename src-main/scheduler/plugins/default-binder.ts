import type { Client } from '@shared/client/client.ts';
import { refOf } from '@shared/client/client.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { Plugin } from '../framework/framework.ts';

/** Binds through the pod's `binding` subresource. */
export function defaultBinder(client: Client): Plugin {
  return {
    name: 'DefaultBinder',
    bind: async (pod, node) => {
      const { name, namespace, uid } = pod.metadata ?? {};
      await client.post(podKind, refOf(pod), 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace, uid },
        target: { apiVersion: 'v1', kind: 'Node', name: node },
      });
    },
  };
}
