import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { Seeded } from '../../src-main/testing/seeded.ts';
import type { Target } from './target.ts';

/** What goes wrong below HTTP: broken framing, half-open connections, garbage after an upgrade. */

const head = (line: string, ...fields: string[]) =>
  `${[`${line} HTTP/1.1`, 'host: x', ...fields].join('\r\n')}\r\n\r\n`;
const configMaps = '/api/v1/namespaces/fuzz/configmaps';
const small = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"smuggled"}}';
const json = 'content-type: application/json';
const http2Preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** One HTTP/2 frame. https://www.rfc-editor.org/rfc/rfc9113#section-4.1 */
function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer,
  length = payload.length,
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

const settings = frame(4, 0, 0, Buffer.alloc(0));
const http2 = (...frames: Buffer[]) => Buffer.concat([Buffer.from(http2Preface), settings, ...frames]);

type Bytes = (random: Seeded) => string | Buffer;

const noise: Bytes = (random) =>
  Buffer.from(Array.from({ length: 1 + random.int(3000) }, () => random.int(256)));

const http1: Readonly<Record<string, Bytes>> = {
  noise,
  'a body shorter than said': () => `${head(`POST ${configMaps}`, json, 'content-length: 500')}${small}`,
  'a body longer than said': () => `${head(`POST ${configMaps}`, json, 'content-length: 5')}${small}`,
  'two lengths': () => head(`POST ${configMaps}`, json, 'content-length: 5', 'content-length: 70') + small,
  'a length and chunks': () =>
    `${head(`POST ${configMaps}`, json, 'content-length: 5', 'transfer-encoding: chunked')}5\r\n{"a":\r\n0\r\n\r\n`,
  'a negative length': () => head(`POST ${configMaps}`, json, 'content-length: -1'),
  'a chunk size that is none': () =>
    `${head(`POST ${configMaps}`, json, 'transfer-encoding: chunked')}zz\r\nabc\r\n`,
  'a chunk size beyond all bounds': () =>
    `${head(`POST ${configMaps}`, json, 'transfer-encoding: chunked')}ffffffffffffffffff\r\n`,
  'chunks that never end': () =>
    `${head(`POST ${configMaps}`, json, 'transfer-encoding: chunked')}${'1\r\na\r\n'.repeat(50_000)}`,
  'four million bytes in chunks': () =>
    `${head(`POST ${configMaps}`, json, 'transfer-encoding: chunked')}${`100000\r\n${' '.repeat(0x100000)}\r\n`.repeat(4)}0\r\n\r\n`,
  'a header without an end': () => `GET /api HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(200_000)}`,
  'a thousand headers': () =>
    head('GET /api', ...Array.from({ length: 1000 }, (_, index) => `x-${index}: y`)),
  'no host and an odd version': () => 'GET /api HTTP/9.9\r\n\r\n',
  'a method that is none': () => head('<script> /api'),
  'a space in the path': () => head('GET /api v1'),
  'a line feed in a header': () => 'GET /api HTTP/1.1\nhost: x\nx: a\rb\n\n',
  'a hundred requests at once': () => head('GET /version').repeat(100),
  'an absolute address': () => head('GET https://elsewhere.test/api/v1/secrets'),
  CONNECT: () => head('CONNECT 127.0.0.1:22'),
};

const upgrades: Readonly<Record<string, Bytes>> = Object.fromEntries(
  ['exec?command=a&stdout=true', 'attach?stdout=true', 'portforward?ports=80', 'exec'].flatMap(
    (subresource) => [
      [
        `SPDY garbage after ${subresource}`,
        (random: Seeded) =>
          Buffer.concat([
            Buffer.from(
              head(
                `POST /api/v1/namespaces/fuzz/pods/victim/${subresource}`,
                'connection: Upgrade',
                'upgrade: SPDY/3.1',
                'x-stream-protocol-version: v4.channel.k8s.io',
              ),
            ),
            Buffer.from(noise(random)),
          ]),
      ],
      [
        `WebSocket garbage after ${subresource}`,
        (random: Seeded) =>
          Buffer.concat([
            Buffer.from(
              head(
                `GET /api/v1/namespaces/fuzz/pods/victim/${subresource}`,
                'connection: Upgrade',
                'upgrade: websocket',
                'sec-websocket-version: 13',
                'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
                `sec-websocket-protocol: ${random.pick(['v5.channel.k8s.io', 'v4.channel.k8s.io', 'SPDY/3.1+portforward.k8s.io', 'odd'])}`,
              ),
            ),
            Buffer.from(noise(random)),
          ]),
      ],
    ],
  ),
);

const frames: Readonly<Record<string, Bytes>> = {
  'HTTP/2 noise': (random) => http2(Buffer.from(noise(random))),
  'a frame of unknown kind': () => http2(frame(99, 255, 7, Buffer.alloc(100))),
  'data on a stream that never was': () => http2(frame(0, 1, 99, Buffer.alloc(100))),
  'headers that are no HPACK': (random) =>
    http2(frame(1, 5, 1, Buffer.from(noise(random)).subarray(0, 1000))),
  'a frame longer than allowed': () => http2(frame(0, 0, 1, Buffer.alloc(0), 0xffffff)),
  'a window that overflows': () => http2(frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff]))),
  'a thousand resets': () =>
    http2(
      ...Array.from({ length: 1000 }, (_, index) =>
        Buffer.concat([
          frame(1, 5, 2 * index + 1, Buffer.from([0x82, 0x87, 0x84, 0x41, 1, 0x78])),
          frame(3, 0, 2 * index + 1, Buffer.from([0, 0, 0, 8])),
        ]),
      ),
    ),
  'continuations without an end': () =>
    http2(frame(1, 0, 1, Buffer.from([0x82])), ...Array(2000).fill(frame(9, 0, 1, Buffer.alloc(100, 0x40)))),
  'ten thousand pings': () => http2(...Array(10_000).fill(frame(6, 0, 0, Buffer.alloc(8)))),
  'settings of nonsense': () => http2(frame(4, 0, 0, Buffer.from([0, 4, 0xff, 0xff, 0xff, 0xff]))),
  'a stream that depends on itself': () => http2(frame(2, 0, 1, Buffer.from([0, 0, 0, 1, 0]))),
};

const all = [
  ...Object.entries({ ...http1, ...upgrades }).map(([title, make]) => ({
    title,
    make,
    protocol: 'http/1.1',
  })),
  ...Object.entries(frames).map(([title, make]) => ({ title, make, protocol: 'h2' })),
];

/** Sends one of them and goes away, politely or not; resolves to what it was and the first of what came back. */
export async function sendBrokenBytes(
  random: Seeded,
  target: Target,
): Promise<{ title: string; answer: string }> {
  const { title, make, protocol } = all[random.int(all.length)] ??
    all[0] ?? { title: '', make: noise, protocol: '' };
  const socket = connect({ host: '127.0.0.1', port: target.port, ...target.tls, ALPNProtocols: [protocol] });
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    if (answer.length < 10_000) answer += chunk.toString('latin1');
  });
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
  socket.write(make(random));
  await answerOrClose(socket);
  if (random.int(3) === 0) socket.destroy();
  else socket.end();
  return { title, answer };
}

/** Connections that say nothing, or stop in the middle; they stay until they are destroyed. */
export function openHalfConnections(target: Target, count: number): TLSSocket[] {
  return Array.from({ length: count }, (_, index) => {
    const protocol = index % 2 === 0 ? 'http/1.1' : 'h2';
    const socket = connect({
      host: '127.0.0.1',
      port: target.port,
      ...target.tls,
      ALPNProtocols: [protocol],
    });
    socket.on('error', () => undefined);
    if (index % 3 !== 0)
      socket.write(protocol === 'h2' ? http2Preface.slice(0, 10) : `POST ${configMaps} HT`);
    return socket;
  });
}

/** Some of these wait for more, and rightly get no answer: the next one does not wait for them. */
async function answerOrClose(socket: TLSSocket): Promise<void> {
  if (socket.destroyed) return;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 50);
  const options = { signal: stop.signal };
  await Promise.race([once(socket, 'data', options), once(socket, 'close', options)]).catch(() => undefined);
  clearTimeout(timer);
  stop.abort();
}
