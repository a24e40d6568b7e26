import { ApiError } from '@shared/api/status.ts';
import type { Disposable } from '@shared/lib/disposable.ts';

/** The kubelet API of a simulated node: logs that say so, and a clear refusal of everything else. */
export interface HollowKubelet {
  logs(request: {
    readonly path: string;
    readonly query: URLSearchParams;
  }): Promise<AsyncIterable<Uint8Array> & Disposable>;
  upgrade(request: { readonly path: string }): Promise<void>;
}

export function createHollowKubelet(nodeName: string): HollowKubelet {
  return {
    logs: async ({ path, query }) => {
      if (!path.startsWith('/containerLogs/'))
        throw ApiError.of('NotFound', `node ${nodeName} is simulated: it has no ${path}`);
      const [, , namespace, pod, container] = path.split('/');
      const text = `Container ${container} of pod ${namespace}/${pod} is simulated: node ${nodeName} runs no containers, so there is no output.\n`;
      return simulatedLog(text, query.get('follow') === 'true');
    },
    upgrade: async () => {
      throw ApiError.of('BadRequest', `node ${nodeName} is simulated: there is no container to connect to`);
    },
  };
}

/** The one line; a followed log then stays open until it is disposed. */
function simulatedLog(text: string, isFollowed: boolean): AsyncIterable<Uint8Array> & Disposable {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    async *[Symbol.asyncIterator]() {
      yield new TextEncoder().encode(text);
      if (isFollowed) await ended;
    },
    dispose: () => end(),
  };
}
