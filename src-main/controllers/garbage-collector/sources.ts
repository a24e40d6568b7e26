import type { KubeObject } from '@shared/api/meta.ts';
import type { ObjectType } from '@shared/client/client.ts';
import { type DiscoveredResource, discoverResources } from '@shared/client/discovery.ts';
import type { Informer } from '@shared/client/informer.ts';
import { identityOf } from '@shared/client/kept.ts';
import { createInformer } from '@shared/client/reflector.ts';
import type { ControllerContext } from '@shared/controller/define.ts';
import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { CustomResourceDefinition } from '@shared/kinds/wire.ts';
import { sleep } from '@shared/lib/clock.ts';
import { type Disposable, DisposableStack } from '@shared/lib/disposable.ts';
import type { Item } from './graph.ts';

type Listener = (item: Item, removed: boolean) => void;

/** What it takes to follow every kind that discovery names. */
export interface Everything {
  readonly context: ControllerContext;
  /** Kinds with a shared informer. */
  readonly kinds: readonly AnyKind[];
  /** Told of all resource types there are, at once and whenever that changes. */
  onTypes(types: readonly ObjectType[]): void;
}

/** How long a new resource type may go unnoticed that no custom resource definition announces. */
const discoveryIntervalMs = 30_000;
const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

/**
 * Tells `listener` of every object the server has and of each change, until `signal` aborts: from the shared
 * informers at once, and from informers of its own (metadata only) for types found by discovery.
 */
export async function watchEverything(
  everything: Everything,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const { context, kinds, onTypes } = everything;
  const held = new DisposableStack();
  onTypes(kinds);
  for (const kind of kinds) held.add(follow(context.informer<KubeObject>(kind), kind, listener));
  const found = new FoundTypes(context, listener);
  let wake = () => {};
  if (kinds.some((kind) => kind === crdKind)) {
    held.add(context.informer<CustomResourceDefinition>(crdKind).onChange(() => wake()));
  }
  try {
    while (!signal.aborted) {
      const pause = new AbortController();
      wake = () => pause.abort();
      try {
        const others = await otherTypes(everything, signal);
        await found.set(others);
        onTypes([...kinds, ...others]);
      } catch (error) {
        if (!signal.aborted) context.log('discovery failed', { error: String(error) });
      }
      await sleep(context.clock, discoveryIntervalMs, AbortSignal.any([signal, pause.signal])).catch(
        () => undefined,
      );
    }
  } finally {
    await found.set([]);
    held.dispose();
  }
}

async function otherTypes(
  { context, kinds }: Everything,
  signal: AbortSignal,
): Promise<DiscoveredResource[]> {
  const known = new Set(kinds.map(({ group, plural }) => `${group}/${plural}`));
  const { resources } = await discoverResources(context.client, signal);
  return resources.filter(({ group, plural, kind, verbs }) => {
    const isUsable = ['list', 'watch', 'delete', 'patch'].every((verb) => verbs.includes(verb));
    return isUsable && kind !== 'Event' && !known.has(`${group}/${plural}`);
  });
}

/** Informers of the types found by discovery. */
class FoundTypes {
  readonly #context: ControllerContext;
  readonly #listener: Listener;
  readonly #running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();

  constructor(context: ControllerContext, listener: Listener) {
    this.#context = context;
    this.#listener = listener;
  }

  /** Starts informers of new types and ends those of types that are gone. */
  async set(types: readonly DiscoveredResource[]): Promise<void> {
    const wanted = new Map(types.map((type) => [`${type.group}/${type.version}/${type.plural}`, type]));
    for (const [key, type] of wanted) if (!this.#running.has(key)) this.#running.set(key, this.#start(type));
    for (const [key, { stop, done }] of [...this.#running]) {
      if (wanted.has(key)) continue;
      this.#running.delete(key);
      stop.abort();
      await done;
    }
  }

  #start(type: ObjectType) {
    const { client, clock, log } = this.#context;
    const stop = new AbortController();
    const informer = createInformer<KubeObject>({
      client,
      kind: type,
      accept: metadataOnly,
      keep: identityOf,
      clock,
      log,
    });
    follow(informer, type, this.#listener);
    return { stop, done: informer.run(stop.signal) };
  }
}

function follow(informer: Informer<KubeObject>, type: ObjectType, listener: Listener): Disposable {
  return informer.onChange((event) => {
    const { metadata = {} } = event.object;
    if (metadata.uid !== undefined) listener({ uid: metadata.uid, type, metadata }, event.type === 'deleted');
  });
}
