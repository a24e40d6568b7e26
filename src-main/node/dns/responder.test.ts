import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { type DecodedPacket, decode, encode, type OptAnswer, type Packet } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { service, slice, zoneOf } from './fixtures.ts';
import { FrameReader, frame } from './frames.ts';
import { bindBoth, type DnsListener, listenDns } from './listeners.ts';
import { Responder } from './responder.ts';
import { createUpstream, parseResolvConf, type UpstreamServer } from './upstream.ts';

const many = Array.from({ length: 60 }, (_, index) => ({ addresses: [`10.244.3.${index + 1}`] }));
const zone = zoneOf(
  [
    service('default', 'web', { clusterIP: '10.96.0.20', ports: [{ port: 80 }] }),
    service('default', 'many', { clusterIP: 'None', ports: [{ port: 80 }] }),
    service('default', 'outside', { type: 'ExternalName', externalName: 'api.example.com' }),
  ],
  [slice('default', 'many', { ports: [{ port: 80 }], endpoints: many })],
);

let stop: AbortController;
let listener: DnsListener;
let world: FakeWorld;

beforeEach(async () => {
  stop = new AbortController();
  world = await FakeWorld.start();
  const upstream = createUpstream(async () => world.servers);
  const responder = new Responder({ zone, upstream, log: () => undefined, random: () => 0 });
  listener = await listenDns(responder, { host: '127.0.0.1', port: 0 }, stop.signal);
});
afterEach(async () => {
  stop.abort();
  await Promise.all([listener.close(), world.close()]);
});

/** A DNS server for the outside: every name is at 192.0.2.1; what it hears is kept. */
class FakeWorld {
  readonly #udp: Socket;
  readonly #tcp: Server;
  readonly asked: string[] = [];
  servers: readonly UpstreamServer[];

  private constructor(udp: Socket, tcp: Server) {
    this.#udp = udp;
    this.#tcp = tcp;
    this.servers = [{ address: '127.0.0.1', port: udp.address().port }];
    udp.on('message', (message, from) => udp.send(this.#answer('udp', message), from.port));
    tcp.on('connection', (socket) => {
      const reader = new FrameReader();
      socket.on('data', (chunk) => {
        for (const message of reader.push(chunk)) socket.end(frame(this.#answer('tcp', message)));
      });
    });
  }

  static async start(): Promise<FakeWorld> {
    const { udp, tcp } = await bindBoth('127.0.0.1', 0);
    return new FakeWorld(udp, tcp);
  }

  #answer(protocol: string, message: Buffer): Buffer {
    const { id, questions = [] } = decode(message);
    const name = questions[0]?.name ?? '';
    this.asked.push(`${protocol} ${name}`);
    return encode({
      type: 'response',
      ...(id !== undefined && { id }),
      flags: 0x8180,
      questions,
      answers: [{ type: 'A', name, ttl: 60, data: '192.0.2.1' }],
    });
  }

  async close(): Promise<void> {
    this.#udp.close();
    this.#tcp.close();
  }
}

async function sendUdp(message: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    socket.send(message, listener.port, '127.0.0.1');
    const [answer] = await once(socket, 'message');
    return answer;
  } finally {
    socket.close();
  }
}

const query = (name: string, more: Partial<Packet> = {}) =>
  encode({ type: 'query', id: 4711, flags: 0x0100, questions: [{ type: 'A', name }], ...more });

const overUdp = async (name: string, more: Partial<Packet> = {}) => decode(await sendUdp(query(name, more)));

async function overTcp(...names: string[]): Promise<DecodedPacket[]> {
  const socket = connect(listener.port, '127.0.0.1');
  const reader = new FrameReader();
  const answers: DecodedPacket[] = [];
  // Cut in the middle: a message may arrive in any pieces.
  const bytes = Buffer.concat(names.map((name) => frame(query(name))));
  socket.write(bytes.subarray(0, 7));
  setImmediate(() => socket.write(bytes.subarray(7)));
  for await (const chunk of socket) {
    answers.push(...reader.push(chunk).map((message) => decode(message)));
    if (answers.length === names.length) break;
  }
  return answers;
}

const opt = (udpPayloadSize: number, ednsVersion = 0): OptAnswer => ({
  type: 'OPT',
  name: '.',
  udpPayloadSize,
  extendedRcode: 0,
  ednsVersion,
  flags: 0,
  flag_do: false,
  options: [],
});
/** Present, though the library's types leave it out. */
const rcodeOf = (packet: DecodedPacket) => ('rcode' in packet ? packet.rcode : undefined);
const dataOf = ({ answers = [] }: DecodedPacket) =>
  answers.map((record) => ('data' in record ? record.data : undefined));

describe('names of the cluster', () => {
  it('are answered with authority, and the question and id come back', async () => {
    const answer = await overUdp('web.default.svc.cluster.local');
    expect(answer).toMatchObject({
      id: 4711,
      flag_aa: true,
      flag_ra: true,
      flag_rd: true,
      flag_tc: false,
      rcode: 'NOERROR',
      questions: [{ type: 'A', name: 'web.default.svc.cluster.local' }],
      answers: [{ type: 'A', ttl: 5, data: '10.96.0.20' }],
    });
    expect(world.asked).toEqual([]);
  });

  it('do not exist: NXDOMAIN, and nobody outside hears of it', async () => {
    expect(rcodeOf(await overUdp('nothing.default.svc.cluster.local'))).toBe('NXDOMAIN');
    expect(world.asked).toEqual([]);
  });

  it('with more addresses than fit are cut and marked, and come whole over TCP', async () => {
    const cut = await overUdp('many.default.svc.cluster.local');
    expect(cut.flag_tc).toBe(true);
    expect(cut.answers?.length).toBeGreaterThan(3);
    expect(cut.answers?.length).toBeLessThan(20);
    const [whole] = await overTcp('many.default.svc.cluster.local');
    expect(whole?.flag_tc).toBe(false);
    expect(whole?.answers).toHaveLength(60);
  });

  it('fit more into a larger EDNS message, which is answered by one', async () => {
    const bare = await overUdp('many.default.svc.cluster.local');
    const large = await overUdp('many.default.svc.cluster.local', { additionals: [opt(4096)] });
    expect(large.answers?.length).toBeGreaterThan(bare.answers?.length ?? 0);
    expect(large.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232 }]);
    const future = await overUdp('web.default.svc.cluster.local', { additionals: [opt(4096, 1)] });
    expect(future.additionals).toMatchObject([{ type: 'OPT', extendedRcode: 1, ednsVersion: 0 }]);
  });

  it('several questions on one connection are all answered', async () => {
    const answers = await overTcp(
      'web.default.svc.cluster.local',
      'example.com',
      'nothing.default.svc.cluster.local',
    );
    expect(answers.map(rcodeOf).sort()).toEqual(['NOERROR', 'NOERROR', 'NXDOMAIN']);
  });

  it('an alias comes with the addresses of its target', async () => {
    expect(dataOf(await overUdp('outside.default.svc.cluster.local'))).toEqual([
      'api.example.com',
      '192.0.2.1',
    ]);
    expect(world.asked).toEqual(['udp api.example.com']);
  });
});

describe('other names', () => {
  it('are passed on by the protocol they came with', async () => {
    expect(dataOf(await overUdp('example.com'))).toEqual(['192.0.2.1']);
    expect((await overTcp('example.org')).map(dataOf)).toEqual([['192.0.2.1']]);
    expect(world.asked).toEqual(['udp example.com', 'tcp example.org']);
  });

  it('go to the next server when one refuses, and fail when there is none', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address();
    closed.close();
    const port = typeof address === 'object' && address ? address.port : 0;
    world.servers = [{ address: '127.0.0.1', port }, ...world.servers];
    expect(dataOf(await overUdp('example.com'))).toEqual(['192.0.2.1']);
    world.servers = [];
    expect(await overUdp('example.com')).toMatchObject({ id: 4711, rcode: 'SERVFAIL', answers: [] });
  });

  it('never go to ourselves', () => {
    const text =
      '# a comment\nsearch example.com\nnameserver 10.96.0.10\nnameserver 127.0.0.11\n nameserver 2001:db8::1\nnameserver bad\n';
    expect(parseResolvConf(text, new Set(['10.96.0.10']))).toEqual([
      { address: '127.0.0.11', port: 53 },
      { address: '2001:db8::1', port: 53 },
    ]);
  });
});

describe('bad messages', () => {
  it('get the code that says what is wrong with them', async () => {
    const garbage = Buffer.concat([query('x').subarray(0, 12), Buffer.from([63, 1, 2])]);
    expect(decode(await sendUdp(garbage))).toMatchObject({ id: 4711, rcode: 'FORMERR' });
    const update = query('cluster.local');
    update.writeUInt16BE(5 << 11, 2);
    expect(decode(await sendUdp(update))).toMatchObject({ id: 4711, rcode: 'NOTIMP' });
    const two = await overUdp('a', {
      questions: [
        { type: 'A', name: 'a' },
        { type: 'A', name: 'b' },
      ],
    });
    expect(rcodeOf(two)).toBe('FORMERR');
  });

  it('that are answers or hardly bytes are ignored, and the next question is answered', async () => {
    const socket = createSocket('udp4');
    socket.send(Buffer.from([1, 2, 3]), listener.port, '127.0.0.1');
    socket.send(
      encode({ type: 'response', id: 1, questions: [{ type: 'A', name: 'x' }] }),
      listener.port,
      '127.0.0.1',
    );
    expect(rcodeOf(await overUdp('web.default.svc.cluster.local'))).toBe('NOERROR');
    socket.close();
  });
});
