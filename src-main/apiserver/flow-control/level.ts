import type { Attributes } from '../auth/authorizer.ts';
import { Demand } from './demand.ts';
import { createLane, type Lane } from './turns.ts';

/** What a PriorityLevelConfiguration says, in numbers. */
export interface LevelSettings {
  readonly name: string;
  readonly uid: string;
  readonly isExempt: boolean;
  readonly shares: number;
  readonly lendablePercent: number;
  /** Undefined: as much as others lend. */
  readonly borrowingLimitPercent: number | undefined;
  /** Undefined: what finds no seat is refused. */
  readonly queuing:
    | { readonly queues: number; readonly handSize: number; readonly queueLengthLimit: number }
    | undefined;
}

export type RejectReason = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

/** A request on its way through a priority level. */
export interface Ticket {
  readonly schema: string;
  readonly flow: string;
  readonly seats: number;
  readonly attributes: Attributes;
  readonly arrivedMs: number;
  /** Set when a seat was found. */
  startedMs: number | undefined;
  queue: Queue | undefined;
  /** Ends the wait; called once, with why when there is no seat. */
  settle: (refused?: RejectReason) => void;
}

/** Requests of flows that were dealt this queue, in order. */
export interface Queue {
  readonly index: number;
  readonly waiting: Ticket[];
  /** Start tag of the head, in seat-milliseconds: the least is served next. */
  start: number;
  executing: number;
  seatsInUse: number;
}

/** What a request is thought to take until it is known, in milliseconds. */
const guessMs = 5;

/**
 * One priority level: its seats, and its queues in start-time fair queuing (Goyal, Vin, Cheng 1996): of the queues
 * in which somebody waits, the one that has had the least of the seats so far goes first, whatever its length.
 */
export class PriorityLevel {
  settings: LevelSettings;
  readonly lane: Lane;
  readonly demand = new Demand();
  /** No longer configured: ends when the last of its requests has. */
  isQuiescing = false;
  nominal = 0;
  /** Never lent to others. */
  guaranteed = 0;
  /** Not exceeded by borrowing. */
  upper = Number.POSITIVE_INFINITY;
  seatsInUse = 0;
  waiting = 0;
  #seatsWanted = 0;
  readonly executing = new Set<Ticket>();
  readonly counts = { dispatched: 0, rejected: 0, timedOut: 0, cancelled: 0 };
  readonly queues: Queue[] = [];
  readonly #active = new Set<Queue>();
  #virtual = 0;

  constructor(settings: LevelSettings) {
    this.settings = settings;
    this.lane = createLane(settings.name, 1);
    this.configure(settings);
  }

  configure(settings: LevelSettings): void {
    this.settings = settings;
    this.isQuiescing = false;
    const wanted = settings.queuing?.queues ?? 0;
    for (let index = this.queues.length; index < wanted; index += 1) {
      this.queues.push({ index, waiting: [], start: 0, executing: 0, seatsInUse: 0 });
    }
  }

  get isIdle(): boolean {
    return this.waiting === 0 && this.executing.size === 0;
  }

  get activeQueues(): number {
    return this.#active.size;
  }

  /** The queue of a hand in which the least is waiting and running. */
  queueFor(hand: readonly number[]): Queue | undefined {
    let best: Queue | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const index of hand) {
      const queue = this.queues[index];
      if (!queue) continue;
      const load = queue.waiting.length + queue.seatsInUse;
      if (load < least) {
        best = queue;
        least = load;
      }
    }
    return best;
  }

  enqueue(queue: Queue, ticket: Ticket, nowMs: number): void {
    ticket.queue = queue;
    if (queue.waiting.length === 0 && queue.executing === 0 && queue.start < this.#virtual) {
      queue.start = this.#virtual;
    }
    queue.waiting.push(ticket);
    this.#active.add(queue);
    this.waiting += 1;
    this.#seatsWanted += ticket.seats;
    this.#noteDemand(nowMs);
  }

  /** Takes a waiting request out again; false when it waits no more. */
  remove(ticket: Ticket, nowMs: number): boolean {
    const at = ticket.queue?.waiting.indexOf(ticket) ?? -1;
    if (!ticket.queue || at < 0) return false;
    ticket.queue.waiting.splice(at, 1);
    if (ticket.queue.waiting.length === 0) this.#active.delete(ticket.queue);
    this.waiting -= 1;
    this.#seatsWanted -= ticket.seats;
    this.#noteDemand(nowMs);
    return true;
  }

  /** Whoever is next, without taking it. */
  head(): Ticket | undefined {
    let best: Queue | undefined;
    for (const queue of this.#active) if (!best || queue.start < best.start) best = queue;
    return best?.waiting[0];
  }

  /** Seats a request: the head, or one that need not wait. */
  seat(ticket: Ticket, nowMs: number): void {
    const { queue } = ticket;
    ticket.startedMs = nowMs;
    this.seatsInUse += ticket.seats;
    this.executing.add(ticket);
    this.counts.dispatched += 1;
    this.#noteDemand(nowMs);
    if (!queue) return;
    if (queue.start < this.#virtual && queue.executing === 0) queue.start = this.#virtual;
    else this.#virtual = Math.max(this.#virtual, queue.start);
    queue.start += ticket.seats * guessMs;
    queue.executing += 1;
    queue.seatsInUse += ticket.seats;
  }

  /** Gives a seat back; the queue is charged what was really used. */
  leave(ticket: Ticket, nowMs: number): void {
    if (!this.executing.delete(ticket)) return;
    const { queue, seats } = ticket;
    this.seatsInUse -= seats;
    this.#noteDemand(nowMs);
    if (!queue) return;
    queue.start += (nowMs - (ticket.startedMs ?? nowMs) - guessMs) * seats;
    queue.executing -= 1;
    queue.seatsInUse -= seats;
  }

  #noteDemand(nowMs: number): void {
    this.demand.set(this.seatsInUse + this.#seatsWanted, nowMs);
  }
}
