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
  readonly items?: readonly DeepReadonly<KubeObject>[];
}

/**
 * A transport that shows every answer to the informer of its kind before the caller sees it: what was written,
 * and what was read past the informers. This is what makes controllers read their own writes.
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
    if (answer.items) {
      const informer = byCollection.get(collectionOf(request.path));
      for (const item of answer.items) informer?.observe(item);
      return;
    }
    const uid = request.method === 'DELETE' ? removedUid(request, answer) : undefined;
    const target = parseObjectPath(request.path);
    if (uid !== undefined && target) {
      byCollection.get(target.collection)?.observeDeletion(target.namespace, target.name, uid);
    } else if (answer.metadata?.uid !== undefined) {
      byType.get(`${answer.apiVersion} ${answer.kind}`)?.observe(answer);
    }
  }

  return {
    async request(request) {
      const answer = await transport.request(request);
      if (isObject(answer) && isTrue(request)) {
        observe(request, answer);
      }
      return answer;
    },
    watch: (request, onEvents) => transport.watch(request, onEvents),
    stream: (request) => transport.stream(request),
  };
}

/** The answer shows whole objects as they were stored: no dry run, no table, no partial object. */
function isTrue({ query, accept }: ApiRequest): boolean {
  return query?.dryRun === undefined && accept === undefined;
}

/** Without its namespace. */
function collectionOf(path: string): string {
  return path.replace(/\/namespaces\/[^/]+(?=\/)/, '');
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

/**
 * Uid of the object that a delete removed for good. An object that lives on comes back marked; one that is
 * gone comes back as a Status, or, for some kinds, as it last was.
 */
function removedUid(request: ApiRequest, answer: Answer): string | undefined {
  if (answer.kind === 'Status') return answer.details?.uid ?? requiredUid(request.body);
  return answer.metadata?.deletionTimestamp === undefined ? answer.metadata?.uid : undefined;
}

function requiredUid(body: unknown): string | undefined {
  return (body as { preconditions?: { uid?: string } } | undefined)?.preconditions?.uid;
}

function isObject(answer: unknown): answer is Answer {
  return typeof answer === 'object' && answer !== null;
}
