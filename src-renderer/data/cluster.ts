import type { KubeObject } from '@shared/api/meta.ts';
import { Client } from '@shared/client/client.ts';
import { createFetchTransport } from '@shared/client/fetch-transport.ts';
import { createInformer } from '@shared/client/reflector.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { observeTransport } from './observed-transport.ts';
import { createOutage, isOutage } from './outage.ts';
import type { Readable } from './readable.ts';
import { socketTransport } from './socket-transport.ts';
import { createUsageStore, type UsageStore } from './usage.ts';
import { createWatchStore, type Snapshot, type WatchStore } from './watch-store.ts';

/** What to watch. Two equal selections share one watch. */
export interface Selection {
  readonly kind: AnyKind;
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
}

/** One cluster as the window reaches it: calls, and watches that live while someone looks. */
export interface Cluster {
  readonly name: string;
  readonly client: Client;
  /** Path under which the gateway serves this cluster's API, e.g. `/clusters/dev`. */
  readonly base: string;
  watch(selection: Selection): Readable<Snapshot<KubeObject>>;
  /** False while the API does not answer; what is shown then is as last seen, and recovers by itself. */
  readonly reachable: Readable<boolean>;
  /** What nodes and pods use, as their kubelets tell. */
  readonly usage: UsageStore;
  /** Somebody else knows that the API answers again. */
  retryNow(): void;
}

const lingerMs = 4000;
/** Longest time changes are gathered; a large list is drawn less often than a small one. */
const batchMs = { small: 0, large: 200 };
const largeList = 2000;

export function createCluster(name: string): Cluster {
  const base = `/clusters/${encodeURIComponent(name)}`;
  const transport = socketTransport(createFetchTransport({ baseUrl: base }), base);
  const client = new Client(transport);
  const stores = new Map<string, WatchStore<KubeObject>>();
  const retryAll = () => {
    for (const store of stores.values()) store.retryNow();
  };
  const outage = createOutage({
    clock: systemClock,
    probe: async () => void (await transport.request({ method: 'GET', path: '/version' })),
    onBack: retryAll,
  });

  const usage = createUsageStore({
    clock: systemClock,
    hidden: () => document.hidden,
    read: (node) =>
      transport.request({
        method: 'GET',
        path: `/api/v1/nodes/${encodeURIComponent(node)}/proxy/stats/summary`,
      }),
  });

  function open(
    key: string,
    { kind, namespace, fieldSelector, labelSelector }: Selection,
  ): WatchStore<KubeObject> {
    let size = 0;
    return createWatchStore<KubeObject>({
      lingerMs,
      onIdle: () => void stores.delete(key),
      schedule: (flush) => afterFrame(size > largeList ? batchMs.large : batchMs.small, flush),
      createSource: (onResult) => {
        const observed = new Client(
          observeTransport(transport, (error) => (isOutage(error) ? outage.failed() : onResult(error))),
        );
        const informer = createInformer<KubeObject>({
          client: observed,
          kind,
          namespace,
          fieldSelector,
          labelSelector,
          clock: systemClock,
        });
        return {
          get synced() {
            return informer.synced;
          },
          list: () => {
            const objects = informer.list();
            size = objects.length;
            return objects;
          },
          onChange: (listener) => informer.onChange(listener),
          whenSynced: (signal) => informer.whenSynced(signal),
          run: (signal) => informer.run(signal),
          retryNow: () => informer.retryNow(),
        };
      },
    });
  }

  return {
    name,
    client,
    base,
    usage,
    reachable: outage.reachable,
    retryNow: retryAll,
    watch(selection) {
      const { kind, namespace = '', fieldSelector = '', labelSelector = '' } = selection;
      const key = [kind.group, kind.version, kind.plural, namespace, fieldSelector, labelSelector].join('|');
      const known = stores.get(key);
      if (known !== undefined) return known;
      const store = open(key, selection);
      stores.set(key, store);
      return store;
    },
  };
}

/** Runs `callback` with the first drawing after `delayMs`; in a hidden window by timer alone. */
function afterFrame(delayMs: number, callback: () => void): () => void {
  let frame: number | undefined;
  const timer = setTimeout(() => {
    if (document.hidden) callback();
    else frame = requestAnimationFrame(callback);
  }, delayMs);
  return () => {
    clearTimeout(timer);
    if (frame !== undefined) cancelAnimationFrame(frame);
  };
}
