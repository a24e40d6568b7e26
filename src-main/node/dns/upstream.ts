import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { connect, isIP, isIPv6 } from 'node:net';
import { FrameReader, frame } from './frames.ts';
import { ServerHealth } from './server-health.ts';

/** A server that questions about the rest of the world are passed on to. */
export interface UpstreamServer {
  readonly address: string;
  readonly port: number;
}

export interface Upstream {
  /**
   * Passes a query on as it is and resolves to the answer, with the query's own id. Servers are tried in turn, each
   * for two seconds, all together for four: before clients, which wait five, ask again. Rejects when none answers
   * (at once while all are known to be dead) or `signal` aborts.
   */
  forward(query: Buffer, protocol: 'udp' | 'tcp', signal: AbortSignal): Promise<Buffer>;
}

const timeoutMs = 2000;
const rounds = 2;
const maxWaits = 2;
/** Each has a socket. More at a time than this means that something loops, or that nobody answers. */
const maxInFlight = 200;

/** Servers of a resolv.conf(5), without those at `own` addresses: asking ourselves would never end. */
export function parseResolvConf(text: string, own: ReadonlySet<string>): UpstreamServer[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([keyword, address]) =>
      keyword === 'nameserver' && address && isIP(address) && !own.has(address)
        ? [{ address, port: 53 }]
        : [],
    );
}

/** Reads the node's resolvers anew for every question: Docker rewrites the file when networks change. */
export function resolvConfUpstream(file: string, own: ReadonlySet<string>): Upstream {
  return createUpstream(async () => parseResolvConf(await readFile(file, 'utf8'), own));
}

/** `patienceMs`: how long one server is waited for. */
export function createUpstream(
  servers: () => Promise<readonly UpstreamServer[]>,
  patienceMs = timeoutMs,
): Upstream {
  const health = new Map<string, ServerHealth>();
  const healthOf = ({ address, port }: UpstreamServer): ServerHealth => {
    const key = `${address} ${port}`;
    const known = health.get(key) ?? new ServerHealth();
    health.set(key, known);
    return known;
  };
  let inFlight = 0;
  return {
    async forward(query, protocol, signal) {
      if (inFlight >= maxInFlight) throw new Error('too many questions are waiting for upstream servers');
      inFlight++;
      try {
        return await tryServers(await servers(), { query, protocol, signal, patienceMs, healthOf });
      } finally {
        inFlight--;
      }
    },
  };
}

interface Exchange {
  readonly query: Buffer;
  readonly protocol: 'udp' | 'tcp';
  readonly signal: AbortSignal;
  readonly patienceMs: number;
  healthOf(server: UpstreamServer): ServerHealth;
}

/** Thrown when a server said nothing in time. */
class Silence extends Error {
  override readonly name = 'Silence';
}

async function tryServers(servers: readonly UpstreamServer[], exchange: Exchange): Promise<Buffer> {
  const { protocol, signal, healthOf } = exchange;
  let failure: unknown = new Error('no upstream DNS server is configured');
  let waits = 0;
  for (const server of Array.from({ length: rounds }, () => servers).flat()) {
    signal.throwIfAborted();
    if (waits === maxWaits) break;
    const health = healthOf(server);
    if (!health.mayAsk(performance.now())) {
      failure = new Error(`the upstream DNS server ${server.address} has not answered for a while`);
      continue;
    }
    try {
      const answer = await (protocol === 'udp' ? overUdp : overTcp)(server, exchange);
      health.answered();
      return answer;
    } catch (error) {
      failure = error;
      if (!(error instanceof Silence)) continue;
      waits += 1;
      health.wasSilent(performance.now());
    }
  }
  throw failure;
}

/** One socket per question: a fresh source port each time makes forged answers hard to place (RFC 5452). */
function overUdp(
  { address, port }: UpstreamServer,
  { query, signal, patienceMs }: Exchange,
): Promise<Buffer> {
  const id = Math.floor(Math.random() * 65_536);
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  return settle({ signal, patienceMs }, (resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (message) => {
      if (message.length >= 12 && message.readUInt16BE(0) === id)
        resolve(withId(message, query.readUInt16BE(0)));
    });
    socket.connect(port, address, () => socket.send(withId(query, id)));
    return () => socket.close();
  });
}

function overTcp(
  { address, port }: UpstreamServer,
  { query, signal, patienceMs }: Exchange,
): Promise<Buffer> {
  const socket = connect({ host: address, port });
  const reader = new FrameReader();
  return settle({ signal, patienceMs }, (resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${address} closed the connection`)));
    socket.on('data', (chunk) => {
      const [message] = reader.push(chunk);
      if (message) resolve(message);
    });
    socket.write(frame(query));
    return () => socket.destroy();
  });
}

/** Runs one exchange against the clock and the signal, and releases its socket whatever happens. */
function settle(
  { signal, patienceMs }: { signal: AbortSignal; patienceMs: number },
  start: (resolve: (answer: Buffer) => void, reject: (error: unknown) => void) => () => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const finish = (act: () => void) => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      release();
      act();
    };
    const onAbort = () => finish(() => reject(signal.reason));
    const timer = setTimeout(
      () => finish(() => reject(new Silence('the upstream DNS server did not answer'))),
      patienceMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    const release = start(
      (answer) => finish(() => resolve(answer)),
      (error) => finish(() => reject(error)),
    );
  });
}

function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}
