import { ApiError } from '@shared/api/status.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { Disposable } from '@shared/lib/disposable.ts';
import type { MetricsText } from '@shared/lib/metrics-text.ts';
import type { Store } from '../../store/store.ts';
import type { Attributes } from '../auth/authorizer.ts';
import type { KindTable } from '../kind-table.ts';
import { type CompiledSchema, matches } from './classify.ts';
import { StoredConfiguration } from './configuration.ts';
import { dump, dumpPrefix } from './dump.ts';
import { isListing, listSeats, seatsIn } from './estimate.ts';
import { PriorityLevel, type Queue, type RejectReason, type Ticket } from './level.ts';
import { reconcileFlowControl } from './reconcile.ts';
import { assignSeats, hasRoom } from './seats.ts';
import { deal } from './shuffle-shard.ts';
import { FlowStats, writeFlowMetrics } from './stats.ts';
import { type Lane, Turns } from './turns.ts';

/** Longest wait for a seat; a quarter of what a request may take in all. */
const maxWaitMs = 15_000;
const maxRemembered = 10_000;
/** Changes come in groups: the objects are looked through once they have settled. */
const settleMs = 100;

export interface FlowControlOptions {
  readonly store: Store;
  readonly kinds: KindTable;
  readonly clock: Clock;
  log(message: string, fields?: Record<string, unknown>): void;
}

/** A request's way through its priority level. */
export interface Passage {
  readonly schemaUid: string;
  readonly levelUid: string;
  /** For {@link FlowControl.turns}. */
  readonly lane: Lane;
  readonly isExempt: boolean;
  /** Undefined: at once. Rejects with 429 when there is no seat, now or within 15 seconds. */
  readonly seated: Promise<void> | undefined;
  /** The request is over, or its client gone. Idempotent. */
  leave(): void;
}

interface Class {
  readonly schema: CompiledSchema;
  readonly level: PriorityLevel;
  readonly flow: string;
  readonly hand: readonly number[];
  readonly stats: FlowStats;
}

/**
 * API priority and fairness: sorts requests by flow schemas into priority levels, each with seats of its own, and
 * lets those that find none wait in fair queues. See README.md for what that means in one thread.
 */
export class FlowControl implements Disposable {
  readonly turns = new Turns();
  readonly #options: FlowControlOptions;
  readonly #configuration: StoredConfiguration;
  readonly #levels = new Map<string, PriorityLevel>();
  readonly #stats = new Map<string, FlowStats>();
  readonly #classes = new Map<string, Class>();
  #schemas: readonly CompiledSchema[] = [];
  #reconciling: Disposable | undefined;
  #isStarted = false;
  #isDisposed = false;

  constructor(options: FlowControlOptions) {
    this.#options = options;
    this.#configuration = new StoredConfiguration(options.store, () => this.#reconfigure());
    this.#reconfigure();
  }

  /** Creates and corrects the default objects; from now on they are kept so. */
  async start(): Promise<void> {
    const { store, clock } = this.#options;
    await this.#configuration.ready;
    await reconcileFlowControl(store, clock);
    this.#isStarted = true;
  }

  /** Begins a request's way; `leave` has to be called at its end. */
  enter(attributes: Attributes, query: URLSearchParams): Passage {
    const found = this.#classOf(attributes);
    const { level, schema } = found;
    const visit = new Visit(this, found, attributes);
    const seats = isListing(attributes, query)
      ? listSeats(this.#options, attributes, query).then((estimate) => seatsIn(level, estimate))
      : 1;
    const seated = typeof seats === 'number' ? visit.sit(seats) : seats.then((known) => visit.sit(known));
    return {
      schemaUid: schema.uid,
      levelUid: level.settings.uid,
      lane: level.lane,
      isExempt: level.settings.isExempt,
      seated,
      leave: () => visit.leave(),
    };
  }

  /** Undefined: compute now. Otherwise resolves when it is the request's turn to. Writes come in groups. */
  turn({ lane, isExempt }: Passage, isWrite: boolean): Promise<void> | undefined {
    if (isWrite) return isExempt ? this.turns.joinExempt() : this.turns.join(lane);
    return isExempt ? undefined : this.turns.take(lane);
  }

  /** Who waits where: text for `/debug/api_priority_and_fairness/…`; undefined for other paths. */
  dump(path: string, query: URLSearchParams): string | undefined {
    return path.startsWith(dumpPrefix) ? dump(path, query, this.#sorted()) : undefined;
  }

  write(text: MetricsText): void {
    writeFlowMetrics(text, { levels: this.#sorted(), flows: [...this.#stats.values()], nowMs: this.now });
  }

  get now(): number {
    return this.#options.clock.now();
  }

  setTimer(delayMs: number, callback: () => void): Disposable {
    return this.#options.clock.setTimer(delayMs, callback);
  }

  hasRoom(level: PriorityLevel, seats: number): boolean {
    return hasRoom(level, seats, this.#levels.values());
  }

  /** A seat is free: the usual case is that nobody waits for one. */
  dispatchIfWaiting(): void {
    for (const { waiting, isQuiescing } of this.#levels.values()) {
      if (waiting === 0 && !isQuiescing) continue;
      this.dispatch();
      return;
    }
  }

  /** Seats whoever waits and finds room: levels below their own share first, then those that borrow. */
  dispatch(): void {
    for (let isMoving = true; isMoving; ) {
      isMoving = false;
      const hungry = [...this.#levels.values()].filter(({ waiting }) => waiting > 0);
      hungry.sort((a, b) => a.seatsInUse / (a.nominal || 1) - b.seatsInUse / (b.nominal || 1));
      for (const level of hungry) {
        const ticket = level.head();
        if (!ticket || !this.hasRoom(level, ticket.seats)) continue;
        level.remove(ticket, this.now);
        level.seat(ticket, this.now);
        ticket.settle();
        isMoving = true;
      }
    }
    for (const [name, level] of this.#levels)
      if (level.isQuiescing && level.isIdle) this.#levels.delete(name);
  }

  #classOf(attributes: Attributes): Class {
    const key = keyOf(attributes);
    const known = this.#classes.get(key);
    if (known) return known;
    const schema = this.#schemas.find((candidate) => matches(candidate, attributes)) ?? this.#catchAll();
    const level = this.#levels.get(schema.level) ?? this.#anyLevel();
    const flow = flowOf(schema, attributes);
    const { queuing } = level.settings;
    const hand = queuing ? deal(`${schema.name}\n${flow}`, queuing.queues, queuing.handSize) : [];
    const made = { schema, level, flow, hand, stats: this.#statsOf(level.settings.name, schema.name) };
    if (this.#classes.size >= maxRemembered) this.#classes.clear();
    this.#classes.set(key, made);
    return made;
  }

  /** There always is one: the mandatory objects hold even while they are not stored. */
  #catchAll(): CompiledSchema {
    const found = this.#schemas.find(({ name }) => name === 'catch-all') ?? this.#schemas.at(-1);
    if (!found) throw new Error('there are no flow schemas');
    return found;
  }

  #anyLevel(): PriorityLevel {
    const found = this.#levels.get('catch-all');
    if (!found) throw new Error('the priority level "catch-all" is missing');
    return found;
  }

  #statsOf(level: string, schema: string): FlowStats {
    const key = `${level}\n${schema}`;
    const stats = this.#stats.get(key) ?? new FlowStats(level, schema);
    this.#stats.set(key, stats);
    return stats;
  }

  #reconfigure(): void {
    const { schemas, levels } = this.#configuration.current();
    this.#schemas = schemas;
    this.#classes.clear();
    for (const [name, settings] of levels) {
      const level = this.#levels.get(name);
      if (level) level.configure(settings);
      else this.#levels.set(name, new PriorityLevel(settings));
    }
    for (const [name, level] of this.#levels) level.isQuiescing = !levels.has(name);
    assignSeats([...this.#levels.values()].filter(({ isQuiescing }) => !isQuiescing));
    this.dispatch();
    if (this.#isStarted) this.#reconcileSoon();
  }

  #reconcileSoon(): void {
    const { store, clock, log } = this.#options;
    if (this.#reconciling || this.#isDisposed) return;
    this.#reconciling = clock.setTimer(settleMs, () => {
      this.#reconciling = undefined;
      reconcileFlowControl(store, clock).catch((error: unknown) => {
        if (!this.#isDisposed) log('flow schemas could not be maintained', { error: String(error) });
      });
    });
  }

  #sorted(): PriorityLevel[] {
    return [...this.#levels.values()].sort((a, b) => (a.settings.name < b.settings.name ? -1 : 1));
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#reconciling?.dispose();
    this.#configuration.dispose();
  }
}

function keyOf({ user, verb, resourceRequest, path, ...rest }: Attributes): string {
  const who = `${user.name}\n${user.groups.join()}\n${verb}\n`;
  if (!resourceRequest) return who + path;
  return `${who}${rest.group}/${rest.resource}/${rest.subresource}/${rest.namespace}`;
}

function flowOf({ distinguisher }: CompiledSchema, { user, namespace }: Attributes): string {
  if (distinguisher === 'ByUser') return user.name;
  return distinguisher === 'ByNamespace' ? namespace : '';
}

/** One request in its level, from the question for a seat to the end. */
class Visit {
  readonly #control: FlowControl;
  readonly #class: Class;
  readonly #attributes: Attributes;
  readonly #arrivedMs: number;
  #ticket: Ticket | undefined;
  #timer: Disposable | undefined;
  #isOver = false;

  constructor(control: FlowControl, found: Class, attributes: Attributes) {
    this.#control = control;
    this.#class = found;
    this.#attributes = attributes;
    this.#arrivedMs = control.now;
  }

  /** Finds a seat, or a place in a queue. Throws or rejects with 429. */
  sit(seats: number): Promise<void> | undefined {
    if (this.#isOver) return undefined;
    const { level, schema, flow, hand, stats } = this.#class;
    const queue = level.queueFor(hand);
    const ticket: Ticket = {
      schema: schema.name,
      flow,
      seats,
      attributes: this.#attributes,
      arrivedMs: this.#arrivedMs,
      startedMs: undefined,
      queue,
      settle: () => {},
    };
    this.#ticket = ticket;
    if (level.waiting === 0 && this.#control.hasRoom(level, seats)) {
      level.seat(ticket, this.#arrivedMs);
      this.#begin();
      return undefined;
    }
    if (!queue || queue.waiting.length >= (level.settings.queuing?.queueLengthLimit ?? 0)) {
      this.#isOver = true;
      level.counts.rejected += 1;
      const reason = queue ? 'queue-full' : 'concurrency-limit';
      stats.reject(reason);
      stats.waits.false.add(this.#waitedSeconds());
      return Promise.reject(refusal());
    }
    return this.#wait(ticket, queue);
  }

  #wait(ticket: Ticket, queue: Queue): Promise<void> {
    const { level, stats } = this.#class;
    return new Promise((resolve, reject) => {
      ticket.settle = (refused) => {
        this.#timer?.dispose();
        stats.waiting -= 1;
        stats.waitingSeats -= ticket.seats;
        if (refused) {
          this.#isOver = true;
          stats.reject(refused);
          stats.waits.false.add(this.#waitedSeconds());
          reject(refusal());
        } else {
          this.#begin();
          resolve();
        }
      };
      stats.waiting += 1;
      stats.waitingSeats += ticket.seats;
      level.enqueue(queue, ticket, this.#control.now);
      this.#timer = this.#control.setTimer(maxWaitMs, () => this.#giveUp('time-out'));
    });
  }

  #begin(): void {
    const { stats } = this.#class;
    stats.dispatched += 1;
    stats.executing += 1;
    stats.executingSeats += this.#ticket?.seats ?? 0;
    stats.waits.true.add(this.#waitedSeconds());
  }

  #waitedSeconds(): number {
    return ((this.#ticket?.startedMs ?? this.#control.now) - this.#arrivedMs) / 1000;
  }

  #giveUp(reason: RejectReason): void {
    const { level } = this.#class;
    if (!this.#ticket || !level.remove(this.#ticket, this.#control.now)) return;
    level.counts[reason === 'time-out' ? 'timedOut' : 'cancelled'] += 1;
    this.#ticket.settle(reason);
  }

  leave(): void {
    if (this.#isOver) return;
    const ticket = this.#ticket;
    if (ticket && ticket.startedMs === undefined) {
      this.#giveUp('cancelled');
      return;
    }
    this.#isOver = true;
    if (!ticket) return;
    const { level, stats } = this.#class;
    const now = this.#control.now;
    level.leave(ticket, now);
    stats.executing -= 1;
    stats.executingSeats -= ticket.seats;
    stats.executions[this.#attributes.verb === 'watch' ? 'watch' : 'regular'].add(
      (now - (ticket.startedMs ?? now)) / 1000,
    );
    this.#control.dispatchIfWaiting();
  }
}

function refusal(): ApiError {
  return ApiError.of('TooManyRequests', 'Too many requests, please try again later.', {
    retryAfterSeconds: 1,
  });
}
