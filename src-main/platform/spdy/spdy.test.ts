import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { constants, createDeflate } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SpdyConnection, type SpdyStream } from './connection.ts';
import { FrameParser, ping } from './frames.ts';
import { HeaderBlockReader, HeaderBlockWriter, headerDictionary } from './header-block.ts';

let sockets: { client: Socket; server: Socket };
let close: () => Promise<void>;

beforeEach(async () => {
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const [server] = (await once(listener, 'connection')) as [Socket];
  sockets = { client, server };
  close = async () => {
    client.destroy();
    server.destroy();
    listener.close();
    await once(listener, 'close');
  };
});

afterEach(() => close());

/** Resolves when a stream is over, by an error or not. */
function closed(stream: SpdyStream): Promise<void> {
  return new Promise((resolve) => void stream.once('close', () => resolve()));
}

/** All that comes; the other direction stays as it is. */
function textOf(stream: SpdyStream): Promise<string> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    stream.once('end', () => resolve(Buffer.concat(chunks).toString()));
    stream.once('error', reject);
  });
}

/** A server that answers each stream with its headers and what it was sent. */
function echoServer(): SpdyConnection {
  return new SpdyConnection(sockets.server, {
    role: 'server',
    onStream: (stream) => {
      void textOf(stream).then((text) => stream.end(`${JSON.stringify(stream.headers)} ${text}`));
    },
  });
}

test('the dictionary is the one every implementation has', () => {
  expect([headerDictionary.length, adler32Of(headerDictionary).toString(16)]).toEqual([1423, 'e3c6a7c2']);
});

test('header blocks are read in order, whoever compressed them', async () => {
  const deflate = createDeflate({ dictionary: headerDictionary });
  const own = new HeaderBlockWriter();
  const plain = (headers: Record<string, string>) => {
    // Behind the two bytes of zlib, the dictionary's and the block's head, in front of the marker.
    const block = new HeaderBlockWriter().write(headers);
    return block.subarray(11, block.length - 5);
  };
  const compress = async (headers: Record<string, string>) => {
    deflate.write(plain(headers));
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    return deflate.read() as Buffer;
  };
  const [foreignReader, ownReader] = [new HeaderBlockReader(), new HeaderBlockReader()];
  for (const headers of [
    { streamtype: 'stdin' },
    { streamtype: 'data', port: '80', requestid: '0' },
    {},
    { big: 'x'.repeat(70_000), é: 'ü' },
  ]) {
    if (!('big' in headers)) expect(await foreignReader.read(await compress(headers))).toEqual(headers);
    expect(await ownReader.read(own.write(headers))).toEqual(headers);
  }
  deflate.destroy();
  foreignReader.dispose();
  ownReader.dispose();
});

test('streams carry bytes both ways, each for itself, and can be half closed', async () => {
  const server = echoServer();
  const client = new SpdyConnection(sockets.client, { role: 'client' });
  const streams = ['a', 'b', 'c'].map((name) => client.open({ streamType: name }));
  const big = 'z'.repeat(3_000_000);
  for (const stream of streams) stream.write('first ');
  for (const stream of [...streams].reverse()) stream.end(stream.id === 1 ? big : 'last');
  const texts = await Promise.all(streams.map(textOf));
  expect(texts.map((text) => text.length)).toEqual([`{"streamtype":"a"} first ${big}`.length, 29, 29]);
  expect(texts.slice(1)).toEqual(['{"streamtype":"b"} first last', '{"streamtype":"c"} first last']);
  client.close();
  await Promise.all([client.closed, server.closed]);
});

test('a reader that is slow holds the sender back, and loses nothing', async () => {
  const total = 20 * 1024 * 1024;
  let sent = 0;
  let filling: Promise<void> | undefined;
  const fill = async (stream: SpdyStream) => {
    for (; sent < total && !stream.destroyed; sent += 65_536)
      if (!stream.write(Buffer.alloc(65_536))) await once(stream, 'drain');
    stream.end();
  };
  const server = new SpdyConnection(sockets.server, {
    role: 'server',
    onStream: (stream) => {
      filling = fill(stream);
    },
  });
  const client = new SpdyConnection(sockets.client, { role: 'client' });
  const stream = client.open({});
  await once(stream, 'readable');
  expect(sent).toBeLessThan(total);
  expect((await textOf(stream)).length).toBe(total);
  await filling;
  client.close();
  await Promise.all([client.closed, server.closed]);
});

test('a destroyed stream is reset at the other side; the others live on', async () => {
  const opened: SpdyStream[] = [];
  const server = new SpdyConnection(sockets.server, { role: 'server', onStream: (s) => void opened.push(s) });
  const client = new SpdyConnection(sockets.client, { role: 'client' });
  const doomed = client.open({ n: '1' });
  const other = client.open({ n: '2' });
  other.end('still here');
  while (opened.length < 2) await new Promise(setImmediate);
  doomed.destroy();
  await closed(opened[0] as SpdyStream);
  expect(await textOf(opened[1] as SpdyStream)).toBe('still here');
  client.destroy();
  await Promise.all([client.closed, server.closed]);
});

test('a connection that breaks ends its streams', async () => {
  const server = echoServer();
  const client = new SpdyConnection(sockets.client, { role: 'client' });
  const stream = client.open({});
  stream.write('x');
  sockets.server.destroy();
  expect(await textOf(stream)).toBe('');
  await Promise.all([client.closed, server.closed]);
});

test('pings are answered; what is no SPDY ends the connection', async () => {
  const server = echoServer();
  sockets.client.write(ping(7));
  const [answer] = (await once(sockets.client, 'data')) as [Buffer];
  expect(new FrameParser().push(answer)).toEqual([{ type: 'ping', id: 7 }]);
  sockets.client.write(Buffer.from([0x80, 2, 0, 1, 0, 0, 0, 0]));
  sockets.client.resume();
  await server.closed;
  expect(sockets.server.destroyed || sockets.server.writableEnded).toBe(true);
});

test('without anybody to take them, streams are refused', async () => {
  const server = new SpdyConnection(sockets.server, { role: 'server' });
  const client = new SpdyConnection(sockets.client, { role: 'client' });
  const stream = client.open({});
  await closed(stream);
  expect(stream.errored?.message).toBe('the stream was reset');
  client.close();
  await Promise.all([client.closed, server.closed]);
});

function adler32Of(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}
