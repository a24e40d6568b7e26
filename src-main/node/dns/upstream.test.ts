import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { service, zoneOf } from './fixtures.ts';
import { type DnsListener, listenDns } from './listeners.ts';
import { Responder } from './responder.ts';
import { ServerHealth } from './server-health.ts';
import { createUpstream } from './upstream.ts';

let stop: AbortController;
let listener: DnsListener;
let world: Socket;
let heard: number;
let isDead: boolean;
const client = { socket: createSocket('udp4') };

beforeEach(async () => {
  stop = new AbortController();
  heard = 0;
  isDead = true;
  world = createSocket('udp4');
  world.on('message', (message, from) => {
    heard += 1;
    const { id, questions = [] } = decode(message);
    const answers = questions.map(({ name }) => ({ type: 'A' as const, name, ttl: 60, data: '192.0.2.1' }));
    const answer = encode({
      type: 'response',
      ...(id !== undefined && { id }),
      flags: 0x8180,
      questions,
      answers,
    });
    if (!isDead) world.send(answer, from.port);
  });
  world.bind(0, '127.0.0.1');
  await once(world, 'listening');
  const zone = zoneOf([service('default', 'web', { clusterIP: '10.96.0.20', ports: [{ port: 80 }] })]);
  const upstream = createUpstream(async () => [{ address: '127.0.0.1', port: world.address().port }], 400);
  const responder = new Responder({ zone, upstream, log: () => undefined });
  listener = await listenDns(responder, { host: '127.0.0.1', port: 0 }, stop.signal);
  client.socket = createSocket('udp4');
});
afterEach(async () => {
  stop.abort();
  client.socket.close();
  world.close();
  await listener.close();
});

/** Asks them all at once; resolves to codes and first addresses, in the order in which answers come. */
async function ask(...names: string[]): Promise<{ name: string | undefined; rcode: unknown }[]> {
  const answers: { name: string | undefined; rcode: unknown }[] = [];
  return new Promise((resolve) => {
    client.socket.removeAllListeners('message').on('message', (message) => {
      const packet = decode(message);
      answers.push({
        name: packet.questions?.[0]?.name,
        rcode: 'rcode' in packet ? packet.rcode : undefined,
      });
      if (answers.length === names.length) resolve(answers);
    });
    for (const [id, name] of names.entries()) {
      const query = encode({ type: 'query', id, flags: 0x0100, questions: [{ type: 'A', name }] });
      client.socket.send(query, listener.port, '127.0.0.1');
    }
  });
}

const outside = (count: number) => Array.from({ length: count }, (_, index) => `host-${index}.example.com`);
const cluster = 'web.default.svc.cluster.local';

describe('a resolver upstream that does not answer', () => {
  it('makes other names SERVFAIL, while names of the cluster are answered first', async () => {
    const [first, ...others] = await ask(...outside(20), cluster);
    expect(first).toEqual({ name: cluster, rcode: 'NOERROR' });
    expect(new Set(others.map(({ rcode }) => rcode))).toEqual(new Set(['SERVFAIL']));
  });

  it('is left in peace once it is known to be dead: no crowd of questions waits for it', async () => {
    await ask(...outside(3));
    const before = heard;
    for (let round = 0; round < 10; round += 1) await ask(...outside(50));
    expect(heard - before).toBeLessThan(50);
    expect(await ask(cluster)).toEqual([{ name: cluster, rcode: 'NOERROR' }]);
  });

  it('is used again as soon as it answers', async () => {
    await ask(...outside(3));
    isDead = false;
    let rcode: unknown = 'SERVFAIL';
    while (rcode === 'SERVFAIL') {
      [{ rcode } = { rcode: undefined }] = await ask('back.example.com');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(new Set((await ask(...outside(50))).map((answer) => answer.rcode))).toEqual(new Set(['NOERROR']));
  });
});

it('a dead server is tried once a second, until it answers', () => {
  const health = new ServerHealth();
  for (const nowMs of [0, 1, 2]) {
    expect(health.mayAsk(nowMs)).toBe(true);
    health.wasSilent(nowMs);
  }
  expect([500, 1002, 1003, 2001, 2002].map((nowMs) => health.mayAsk(nowMs))).toEqual([
    false,
    true,
    false,
    false,
    true,
  ]);
  health.answered();
  expect([2003, 2003].map((nowMs) => health.mayAsk(nowMs))).toEqual([true, true]);
});
