import { controllerOf, type KubeObject, parseApiVersion } from '../api/meta.ts';
import { Client } from '../client/client.ts';
import type { Informer, InformerEvent } from '../client/informer.ts';
import { identityOf, withoutManagers } from '../client/kept.ts';
import type { IndexFunction } from '../client/object-cache.ts';
import { createEventRecorder, type RunningEventRecorder } from '../client/recorder.ts';
import { createInformer, type RunningInformer } from '../client/reflector.ts';
import type { AnyKind, Kind } from '../kinds/define.ts';
import { assert } from '../lib/assert.ts';
import type { Clock } from '../lib/clock.ts';
import { DisposableStack } from '../lib/disposable.ts';
import { forkSignal } from '../lib/fork-signal.ts';
import type { DeepReadonly } from '../lib/types.ts';
import type { BackgroundLoop, Controller, ControllerContext, Key } from './define.ts';
import { ControllerMetrics } from './metrics.ts';
import { ownWritesTransport } from './own-writes.ts';
import { supervise } from './supervise.ts';
import { WorkQueue } from './work-queue.ts';
import { runWorkers, textOf } from './workers.ts';

export type ControlLoop = Controller | BackgroundLoop;

export interface RunControllersOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly controllers: readonly ControlLoop[];
  /** `source.component` of events of loops that name none, e.g. `controller-manager`. */
  readonly component: string;
  log(message: string, fields?: Record<string, unknown>): void;
  readonly metrics?: ControllerMetrics | undefined;
}

const defaultConcurrency = 4;

/**
 * Runs control loops over one set of shared informers until `signal` aborts. Each starts working once its
 * informers are synced. Stops in order: no new work, work in progress finishes, informers, events.
 */
export async function runControllers(options: RunControllersOptions, signal: AbortSignal): Promise<void> {
  const { clock, controllers, log, metrics = new ControllerMetrics() } = options;
  const informers = createInformers(options);
  const client = new Client(ownWritesTransport(options.client.transport, informers));
  const recorders = createRecorders(options);
  const contextOf = ({ name, component = options.component }: ControlLoop): ControllerContext => ({
    client,
    clock,
    events: recorders.get(component),
    counters: metrics.of(name),
    informer: <T extends KubeObject>(kind: Kind<T>) => lookUp(informers, kind) as Informer<T>,
    log: (message, fields) => log(message, { controller: name, ...fields }),
  });

  const feeding = new AbortController();
  const feedSignals = forkSignal(feeding.signal);
  const feeds = [...informers.values(), ...recorders.all].map((feed) => feed.run(feedSignals.fork()));
  const loopSignals = forkSignal(signal);
  await Promise.all(
    controllers.map((controller) => {
      const counters = metrics.of(controller.name);
      const onCrash = (error: unknown, delayMs: number) => {
        counters.restarts += 1;
        log('control loop crashed', { controller: controller.name, error: textOf(error), delayMs });
      };
      const run = async (stop: AbortSignal) => {
        for (const kind of kindsOf(controller)) await lookUp(informers, kind).whenSynced(stop);
        const context = contextOf(controller);
        if ('run' in controller) await controller.run(context, stop);
        else await runController(controller, context, stop);
      };
      return supervise(run, { clock, onCrash }, loopSignals.fork());
    }),
  );
  loopSignals.dispose();
  feeding.abort();
  await Promise.all(feeds);
}

async function runController(
  controller: Controller,
  context: ControllerContext,
  signal: AbortSignal,
): Promise<void> {
  const queue = new WorkQueue({ clock: context.clock });
  const held = new DisposableStack();
  const close = () => queue.close();
  signal.addEventListener('abort', close);
  if (signal.aborted) close();
  try {
    for (const subscription of subscribe(controller, context, queue)) held.add(subscription);
    await runWorkers({
      queue,
      context,
      concurrency: controller.concurrency ?? defaultConcurrency,
      process: (key) => controller.reconcile(decode(key), context),
    });
  } finally {
    signal.removeEventListener('abort', close);
    queue.close();
    held.dispose();
  }
}

/** Fills the queue from the informers, beginning with everything that exists. */
function subscribe(controller: Controller, context: ControllerContext, queue: WorkQueue) {
  const feed = (kind: AnyKind, keysFor: (object: DeepReadonly<KubeObject>) => readonly Key[]) =>
    context.informer<KubeObject>(kind).onChange((event: InformerEvent<KubeObject>) => {
      for (const key of keysFor(event.object)) queue.add(encode(key));
      if (event.type === 'updated') for (const key of keysFor(event.previous)) queue.add(encode(key));
    });
  return [
    feed(controller.for, (object) => [keyOf(object)]),
    ...(controller.owns ?? []).map((kind) => feed(kind, (object) => ownerKeys(controller.for, object))),
    ...(controller.watches ?? []).map(({ kind, keysFor }) =>
      feed(kind, (object) => keysFor(object, context)),
    ),
  ];
}

/** One recorder for each component that speaks. */
function createRecorders({ client, clock, component, controllers, log }: RunControllersOptions) {
  const components = new Set([component, ...controllers.map((loop) => loop.component ?? component)]);
  const recorders = new Map(
    [...components].map((name) => [name, createEventRecorder({ client, component: name, clock, log })]),
  );
  return {
    all: [...recorders.values()],
    get(name: string): RunningEventRecorder {
      const recorder = recorders.get(name);
      assert(recorder, `no event recorder for ${name}`);
      return recorder;
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: informers of every object type
function createInformers(options: RunControllersOptions): Map<AnyKind, RunningInformer<any>> {
  const { client, clock, controllers, log } = options;
  // biome-ignore lint/suspicious/noExplicitAny: indexes over every object type
  const indexes = new Map<AnyKind, Record<string, IndexFunction<any>>>();
  for (const controller of controllers) {
    for (const kind of kindsOf(controller)) indexes.set(kind, indexes.get(kind) ?? {});
    for (const { kind, name, valuesOf } of controller.indexes ?? []) {
      indexes.set(kind, { ...indexes.get(kind), [name]: valuesOf });
    }
  }
  const entries = [...indexes].map(([kind, named]) => {
    const keep = keptOf(kind, controllers);
    return [kind, createInformer<KubeObject>({ client, kind, indexes: named, keep, clock, log })] as const;
  });
  return new Map(entries);
}

/** What the shared informer of a kind keeps of its objects. */
function keptOf(kind: AnyKind, loops: readonly ControlLoop[]) {
  const sources = loops
    .filter((loop) => kindsOf(loop).includes(kind))
    .map(({ whole = [] }) => whole.find((source) => source.kind === kind));
  if (sources.includes(undefined)) return withoutManagers<KubeObject>;
  return (object: DeepReadonly<KubeObject>) =>
    sources.some((source) => source?.isWhole(object)) ? withoutManagers(object) : identityOf(object);
}

function kindsOf(loop: ControlLoop): AnyKind[] {
  const own =
    'run' in loop ? [] : [loop.for, ...(loop.owns ?? []), ...(loop.watches ?? []).map(({ kind }) => kind)];
  return [...own, ...(loop.reads ?? []), ...(loop.indexes ?? []).map(({ kind }) => kind)];
}

// biome-ignore lint/suspicious/noExplicitAny: informers of every object type
function lookUp(informers: ReadonlyMap<AnyKind, RunningInformer<any>>, kind: AnyKind): RunningInformer<any> {
  const informer = informers.get(kind);
  if (!informer) throw new Error(`assertion failed: no control loop declared that it uses ${kind.kind}`);
  return informer;
}

/** The key of an object's controller, when that is of the given kind. */
function ownerKeys(kind: AnyKind, object: DeepReadonly<KubeObject>): readonly Key[] {
  const owner = controllerOf(object);
  if (!owner || owner.kind !== kind.kind || parseApiVersion(owner.apiVersion).group !== kind.group) return [];
  return [{ namespace: kind.namespaced ? (object.metadata?.namespace ?? '') : '', name: owner.name }];
}

/** The key of the object itself. */
function keyOf(object: DeepReadonly<KubeObject>): Key {
  return { namespace: object.metadata?.namespace ?? '', name: object.metadata?.name ?? '' };
}

function encode(key: Key): string {
  return `${key.namespace}/${key.name}`;
}

function decode(encoded: string): Key {
  const slash = encoded.indexOf('/');
  return { namespace: encoded.slice(0, slash), name: encoded.slice(slash + 1) };
}
