import type { DraftObject } from '../objects.ts';
import type { Review } from './reviews.ts';

/**
 * `componentstatuses`, deprecated since 1.19: which parts of the control plane answer at this moment. Here they
 * are one process with its store; that the process answers is shown by the answer itself, so the store is the part
 * to be asked. It goes by the name under which clients know Kubernetes' own.
 */
export const componentStatus: Review = {
  group: '',
  kind: 'ComponentStatus',
  async read({ server }) {
    const failure = await storeFailure(() => server.store.range('/registry/namespaces/', { limit: 1 }));
    return [component('etcd-0', failure)];
  },
};

async function storeFailure(read: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function component(name: string, failure: string | undefined): DraftObject {
  const health =
    failure === undefined ? { status: 'True', message: 'ok' } : { status: 'False', error: failure };
  return {
    apiVersion: 'v1',
    kind: 'ComponentStatus',
    metadata: { name },
    conditions: [{ type: 'Healthy', ...health }],
  };
}
