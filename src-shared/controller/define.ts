import type { KubeObject } from '../api/meta.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Informer } from '../client/informer.ts';
import type { IndexFunction } from '../client/object-cache.ts';
import type { AnyKind, Kind } from '../kinds/define.ts';
import type { Clock } from '../lib/clock.ts';
import type { DeepReadonly } from '../lib/types.ts';
import type { ControllerCounters } from './metrics.ts';

/** Identifies what one reconcile is about. Cluster-scoped objects have namespace ''. */
export interface Key {
  readonly namespace: string;
  readonly name: string;
}

/** What a reconcile may use. Informers are shared by all controllers of one process. */
export interface ControllerContext {
  /**
   * Reads its own writes: when a write through this client resolves, the shared informers show its outcome
   * (or a later state). A reconcile therefore never acts twice because the watch was slow.
   */
  readonly client: Client;
  readonly clock: Clock;
  readonly events: EventRecorder;
  /** This loop's own; `runWorkers` writes them. */
  readonly counters: ControllerCounters;
  /** The shared informer of a kind; it exists and is synced for every kind the controller named. */
  informer<T extends KubeObject>(kind: Kind<T>): Informer<T>;
  log(message: string, fields?: Record<string, unknown>): void;
}

/** What a reconcile asks for next. An error thrown instead means: retry with back-off. */
export interface ReconcileResult {
  /** Run again after this long even when nothing changes. */
  readonly requeueAfterMs?: number;
}

/** A further kind whose changes matter; `keysFor` names what to reconcile (it may read informers, no I/O). */
export interface WatchSource<T extends KubeObject = KubeObject> {
  readonly kind: Kind<T>;
  keysFor(object: DeepReadonly<T>, context: ControllerContext): readonly Key[];
}

/** An index the shared informer of a kind is to have; see `Informer.byIndex`. Same name, same function. */
export interface IndexSource<T extends KubeObject = KubeObject> {
  readonly kind: Kind<T>;
  readonly name: string;
  readonly valuesOf: IndexFunction<T>;
}

/** Which objects of a kind a loop reads whole. */
export interface WholeSource<T extends KubeObject = KubeObject> {
  readonly kind: Kind<T>;
  isWhole(object: DeepReadonly<T>): boolean;
}

/** What every loop states of the informers it needs. */
interface Informed {
  readonly name: string;
  /** `source.component` of its events, e.g. `deployment-controller`; default: the process's. */
  readonly component?: string;
  /** Kinds read through informers without triggering anything. */
  readonly reads?: readonly AnyKind[];
  // biome-ignore lint/suspicious/noExplicitAny: indexes over different object types in one list
  readonly indexes?: readonly IndexSource<any>[];
  /**
   * Of a kind named here the loop reads these objects whole, and of a kind that is not, all. Of an object that no loop
   * reads whole the shared informer keeps {@link identityOf}, of the others all but the field managers.
   */
  // biome-ignore lint/suspicious/noExplicitAny: sources of different object types in one list
  readonly whole?: readonly WholeSource<any>[];
}

/**
 * A control loop. Level-based: `reconcile` sees the key and the present state (through informers), never an
 * event; it is idempotent, runs for one key at most once at a time, and is retried per key with exponential
 * back-off (5 ms up to 30 s) when it throws. A `Conflict` is an ordinary retry and is not reported.
 */
export interface Controller extends Informed {
  /** Every change of this kind reconciles the object itself. */
  readonly for: AnyKind;
  /** Every change of an object of these kinds reconciles its controller (owner reference) of kind `for`. */
  readonly owns?: readonly AnyKind[];
  // biome-ignore lint/suspicious/noExplicitAny: sources of different object types in one list
  readonly watches?: readonly WatchSource<any>[];
  /** Keys worked on at the same time; default 4. */
  readonly concurrency?: number;
  reconcile(key: Key, context: ControllerContext): Promise<ReconcileResult | undefined>;
}

/** Marks a value as a controller; call it once per controller folder, in `controller.ts`. */
export function defineController(controller: Controller): Controller {
  return controller;
}

/** Work that is not keyed by one kind: sweeps and graphs. Restarted with back-off when it throws. */
export interface BackgroundLoop extends Informed {
  /** Starts when the informers named are synced; works until `signal` aborts, then resolves. */
  run(context: ControllerContext, signal: AbortSignal): Promise<void>;
}

/** Marks a value as a background loop; call it once per controller folder, in `controller.ts`. */
export function defineLoop(loop: BackgroundLoop): BackgroundLoop {
  return loop;
}
