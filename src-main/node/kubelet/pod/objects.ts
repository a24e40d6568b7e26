import type { Client } from '@shared/client/client.ts';
import { createInformer, type RunningInformer } from '@shared/client/reflector.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import type { ConfigMap, Secret } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { referredObjects } from '../config/env.ts';
import { type ReadonlyPod, uidOf } from './spec.ts';

type KindName = 'configmap' | 'secret';

interface Watched {
  readonly informer: RunningInformer<ConfigMap> | RunningInformer<Secret>;
  readonly users: Set<string>;
  stop(): void;
}

const syncTimeoutMs = 10_000;

/**
 * The config maps and secrets that pods of this node refer to, each watched by itself while a pod does: a
 * kubelet may not read others. A change is told to the pods concerned.
 */
export class ReferencedObjects {
  readonly #options: {
    client: Client;
    clock: Clock;
    signal: AbortSignal;
    onChange: (podUid: string) => void;
  };
  readonly #watched = new Map<string, Watched>();
  readonly #runs = new Set<Promise<void>>();

  constructor(options: {
    client: Client;
    clock: Clock;
    signal: AbortSignal;
    onChange: (podUid: string) => void;
  }) {
    this.#options = options;
  }

  /** Watches what `pod` refers to, and no longer what it referred to before. */
  retain(pod: ReadonlyPod): void {
    const uid = uidOf(pod);
    const namespace = pod.metadata?.namespace ?? '';
    const { configMaps, secrets } = referredObjects(pod);
    const keys = new Set([
      ...configMaps.map((name) => keyOf('configmap', namespace, name)),
      ...secrets.map((name) => keyOf('secret', namespace, name)),
    ]);
    for (const key of keys) this.#watch(key).users.add(uid);
    for (const [key, { users }] of this.#watched) if (!keys.has(key)) this.#leave(key, users, uid);
  }

  release(podUid: string): void {
    for (const [key, { users }] of this.#watched) this.#leave(key, users, podUid);
  }

  configMap(namespace: string, name: string): Promise<DeepReadonly<ConfigMap> | undefined> {
    return this.#get<ConfigMap>('configmap', namespace, name);
  }

  secret(namespace: string, name: string): Promise<DeepReadonly<Secret> | undefined> {
    return this.#get<Secret>('secret', namespace, name);
  }

  /** Resolves when every watch has ended; abort the signal first. */
  async settled(): Promise<void> {
    await Promise.all(this.#runs);
  }

  async #get<T extends ConfigMap | Secret>(
    kind: KindName,
    namespace: string,
    name: string,
  ): Promise<DeepReadonly<T> | undefined> {
    const { informer } = this.#watch(keyOf(kind, namespace, name));
    try {
      if (!informer.synced)
        await informer.whenSynced(
          AbortSignal.any([this.#options.signal, AbortSignal.timeout(syncTimeoutMs)]),
        );
    } catch (cause) {
      throw new Error(`failed to sync ${kind} cache: timed out waiting for the condition`, { cause });
    }
    return informer.get(namespace, name) as DeepReadonly<T> | undefined;
  }

  #watch(key: string): Watched {
    const present = this.#watched.get(key);
    if (present) return present;
    const [kind, namespace = '', name = ''] = key.split('/');
    const { client, clock, signal } = this.#options;
    const selection = { client, clock, namespace, fieldSelector: `metadata.name=${name}` };
    const informer =
      kind === 'secret'
        ? createInformer({ ...selection, kind: secretKind })
        : createInformer({ ...selection, kind: configMapKind });
    const abort = new AbortController();
    const users = new Set<string>();
    const listening = informer.onChange(() => {
      for (const uid of users) this.#options.onChange(uid);
    });
    const run = informer.run(AbortSignal.any([signal, abort.signal])).finally(() => this.#runs.delete(run));
    this.#runs.add(run);
    const watched: Watched = {
      informer,
      users,
      stop() {
        listening.dispose();
        abort.abort();
      },
    };
    this.#watched.set(key, watched);
    return watched;
  }

  #leave(key: string, users: Set<string>, podUid: string): void {
    if (!users.delete(podUid) || users.size > 0) return;
    this.#watched.get(key)?.stop();
    this.#watched.delete(key);
  }
}

function keyOf(kind: KindName, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}
