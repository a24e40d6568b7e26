import { expect, test } from 'vitest';
import type { Attributes } from '../auth/authorizer.ts';
import { type LevelSettings, PriorityLevel, type Ticket } from './level.ts';
import { assignSeats, currentLimit, hasRoom, totalSeats } from './seats.ts';
import { deal } from './shuffle-shard.ts';
import { createLane, Turns } from './turns.ts';

const attributes: Attributes = {
  user: { name: 'jane', groups: [] },
  verb: 'get',
  resourceRequest: false,
  path: '/',
  group: '',
  version: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
};

function levelOf(name: string, settings: Partial<LevelSettings>): PriorityLevel {
  return new PriorityLevel({
    name,
    uid: name,
    isExempt: false,
    shares: 30,
    lendablePercent: 0,
    borrowingLimitPercent: undefined,
    queuing: { queues: 4, handSize: 1, queueLengthLimit: 50 },
    ...settings,
  });
}

const ticketOf = (flow: string, seats = 1): Ticket => ({
  schema: 's',
  flow,
  seats,
  attributes,
  arrivedMs: 0,
  startedMs: undefined,
  queue: undefined,
  settle: () => {},
});

test('seats are dealt by shares, and what a level does not need is lent', () => {
  const busy = levelOf('busy', { shares: 100 });
  const idle = levelOf('idle', { shares: 100, lendablePercent: 50 });
  const limited = levelOf('limited', { shares: 40, borrowingLimitPercent: 50 });
  const levels = [busy, idle, limited];
  assignSeats(levels);
  expect(levels.map(({ nominal, guaranteed, upper }) => [nominal, guaranteed, upper])).toEqual([
    [100, 100, Number.POSITIVE_INFINITY],
    [100, 50, Number.POSITIVE_INFINITY],
    [40, 40, 60],
  ]);
  expect(totalSeats).toBe(240);
  const fill = (level: PriorityLevel) => {
    while (hasRoom(level, 1, levels)) level.seat(ticketOf('f'), 0);
    return level.seatsInUse;
  };
  expect(fill(busy)).toBe(150); // its own and what `idle` lends
  expect(fill(limited)).toBe(40); // nothing is left to borrow
  expect(fill(idle)).toBe(50); // what it does not lend is always there
  const [one] = busy.executing;
  if (one) busy.leave(one, 1);
  expect(hasRoom(idle, 1, levels)).toBe(true); // what comes back is its owner's as well
  expect(currentLimit(idle, levels)).toBe(51);
});

test('a request wider than its level is served when it is alone', () => {
  const level = levelOf('narrow', { shares: 1 });
  const other = levelOf('wide', { shares: 239 });
  assignSeats([level, other]);
  expect(hasRoom(level, 10, [level, other])).toBe(true);
  level.seat(ticketOf('f', 10), 0);
  expect(hasRoom(level, 1, [level, other])).toBe(false);
});

test('of two flows that wait, the one that has used less goes first, however long the queues are', () => {
  const level = levelOf('l', {});
  const [first, second] = level.queues;
  if (!first || !second) throw new Error('no queues');
  for (let index = 0; index < 20; index += 1) level.enqueue(first, ticketOf('flood'), 0);
  for (let index = 0; index < 3; index += 1) level.enqueue(second, ticketOf('calm'), 0);
  const order: string[] = [];
  for (let now = 0; level.waiting > 0; now += 5) {
    const ticket = level.head();
    if (!ticket) break;
    level.remove(ticket, now);
    level.seat(ticket, now);
    order.push(ticket.flow);
    level.leave(ticket, now + 5);
  }
  expect(order.slice(0, 7).filter((flow) => flow === 'calm')).toHaveLength(3);
  expect(order).toHaveLength(23);
});

test('a flow that was idle saves nothing up', () => {
  const level = levelOf('l', {});
  const [first, second] = level.queues;
  if (!first || !second) throw new Error('no queues');
  for (let index = 0; index < 100; index += 1) {
    const ticket = ticketOf('early');
    level.enqueue(first, ticket, index * 5);
    level.remove(ticket, index * 5);
    level.seat(ticket, index * 5);
    level.leave(ticket, index * 5 + 5);
  }
  for (let index = 0; index < 10; index += 1) {
    level.enqueue(first, ticketOf('early'), 500);
    level.enqueue(second, ticketOf('late'), 500);
  }
  const order: string[] = [];
  for (let now = 500; level.waiting > 0; now += 5) {
    const ticket = level.head();
    if (!ticket) break;
    level.remove(ticket, now);
    level.seat(ticket, now);
    order.push(ticket.flow);
    level.leave(ticket, now + 5);
  }
  expect(order.slice(0, 6).filter((flow) => flow === 'late').length).toBeLessThan(5);
});

test('hands are stable, without doubles, and differ between flows', () => {
  const hands = Array.from({ length: 200 }, (_, flow) => deal(`flow-${flow}`, 128, 6));
  expect(deal('flow-7', 128, 6)).toEqual(hands[7]);
  for (const hand of hands) {
    expect(new Set(hand).size).toBe(6);
    expect(Math.max(...hand)).toBeLessThan(128);
  }
  const flooded = new Set(hands[0]);
  const drowned = hands.slice(1).filter((hand) => hand.every((queue) => flooded.has(queue)));
  expect(drowned).toEqual([]);
  expect(new Set(hands.flat()).size).toBeGreaterThan(120);
});

test('when the turn is old, the lane that has computed least goes first, and every piece gets its turn', async () => {
  let now = 0;
  const turns = new Turns(() => now);
  const flood = createLane('flood', 1);
  const node = createLane('node', 1);
  const order: string[] = [];
  const compute = async (name: string, lane: typeof flood, ms: number) => {
    const wait = turns.take(lane);
    if (wait) await wait;
    now += ms;
    order.push(name);
  };
  const floods = Array.from({ length: 10 }, () => compute('flood', flood, 3));
  const nodes = Array.from({ length: 3 }, () => compute('node', node, 0.1));
  await Promise.all([...floods, ...nodes]);
  expect(order).toHaveLength(13);
  // Two pieces fill a turn of 4 ms; of those that wait, the nodes' are all before the flood's third.
  expect(order.slice(0, 6)).toEqual(['flood', 'flood', 'node', 'node', 'node', 'flood']);
});

test('a young turn is granted at once', async () => {
  const now = 0;
  const turns = new Turns(() => now);
  expect(turns.take(createLane('a', 1))).toBeUndefined();
  await new Promise((resolve) => setImmediate(resolve));
  expect(turns.take(createLane('a', 1))).toBeUndefined();
});

test('writes of one round go in together, as many as fit into a turn, the needier lane first', async () => {
  let now = 0;
  const turns = new Turns(() => now);
  const flood = createLane('flood', 1);
  const node = createLane('node', 1);
  const groups: string[][] = [];
  let isOpen = false;
  const write = async (name: string, lane: typeof flood, ms: number) => {
    await turns.join(lane);
    if (!isOpen) {
      groups.push([]);
      isOpen = true;
      setImmediate(() => {
        isOpen = false;
      });
    }
    groups.at(-1)?.push(name);
    await Promise.resolve(); // all of a group are in before the first has computed
    now += ms;
  };
  const writes = [
    ...Array.from({ length: 8 }, () => write('flood', flood, 1)),
    ...Array.from({ length: 2 }, () => write('node', node, 1)),
  ];
  await Promise.all(writes);
  expect(groups.flat()).toHaveLength(10);
  expect(groups[0]).toEqual(['flood', 'node', 'flood', 'node']);
});

test('exempt writes wait for the end of the round, and for nobody else', async () => {
  const turns = new Turns(() => 0);
  const order: string[] = [];
  const note = (name: string) => () => void order.push(name);
  const lane = createLane('flood', 1);
  const flood = Array.from({ length: 40 }, () => turns.join(lane).then(note('flood')));
  const exempt = [turns.joinExempt().then(note('exempt')), turns.joinExempt().then(note('exempt'))];
  await Promise.all([...flood, ...exempt]);
  expect(order.slice(0, 3)).toEqual(['exempt', 'exempt', 'flood']);
});
