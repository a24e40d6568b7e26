import { apiVersionOf, type KubeObject } from '../api/meta.ts';
import { collectionPath } from '../client/client.ts';
import type { RunningInformer } from '../client/reflector.ts';
import type { ApiRequest, Transport } from '../client/transport.ts';
import type { AnyKind } from '../kinds/define.ts';
import type { DeepReadonly } from '../lib/types.ts';

// biome-ignore lint/suspicious/noExplicitAny: informers of every object type
export type InformerMap = ReadonlyMap<AnyKind, RunningInformer<any>>;

/** What a write is answered with: the object, or a Status about it. */
interface Answer extends DeepReadonly<KubeObject> {
  readonly details?: { readonly uid?: string };
}

/**
 * A transport that shows the answer of every successful write to the informer of its kind before the caller
 * sees it. This is what makes controllers read their own writes.
 */
export function ownWritesTransport(transport: Transport, informers: InformerMap): Transport {
  // biome-ignore lint/suspicious/noExplicitAny: informers of every object type
  const byType = new Map<string, RunningInformer<any>>();
  // biome-ignore lint/suspicious/noExplicitAny: informers of every object type
  const byCollection = new Map<string, RunningInformer<any>>();
  for (const [kind, informer] of informers) {
    byType.set(`${apiVersionOf(kind)} ${kind.kind}`, informer);
    byCollection.set(collectionPath(kind), informer);
  }

  function observe(request: ApiRequest, answer: Answer): void {
    if (answer.kind === 'Status') {
      const target = request.method === 'DELETE' ? parseObjectPath(request.path) : undefined;
      const uid = answer.details?.uid ?? requiredUid(request.body);
      if (target && uid !== undefined) {
        byCollection.get(target.collection)?.observeDeletion(target.namespace, target.name, uid);
      }
    } else if (answer.metadata?.uid !== undefined) {
      byType.get(`${answer.apiVersion} ${answer.kind}`)?.observeWrite(answer);
    }
  }

  return {
    async request(request) {
      const answer = await transport.request(request);
      if (request.method !== 'GET' && request.query?.dryRun === undefined) observe(request, answer as Answer);
      return answer;
    },
    watch: (request, onEvents) => transport.watch(request, onEvents),
    stream: (request) => transport.stream(request),
  };
}

const objectPathPattern = /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)\/([^/]+)$/;

function parseObjectPath(path: string) {
  const match = objectPathPattern.exec(path);
  if (!match) return undefined;
  const [, root = '', namespace = '', plural = '', name = ''] = match;
  return {
    collection: `${root}/${plural}`,
    namespace: decodeURIComponent(namespace),
    name: decodeURIComponent(name),
  };
}

function requiredUid(body: unknown): string | undefined {
  return (body as { preconditions?: { uid?: string } } | undefined)?.preconditions?.uid;
}
