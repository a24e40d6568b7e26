/**
 * The load driver of the API bench, a process of its own: does the jobs its parent sends, one after the other, over
 * as many connections as the job has clients. Watches go on beside other drivers' jobs until the process ends.
 */
import { Connection, headerBlock } from './api-connection.mjs';

const events = { count: 0, bytes: 0 };
const connections = [];
/** Sets this driver's turns apart from those of drivers before it: a patch that changes nothing is not written. */
const driverName = Date.now().toString(36);

process.on('message', ({ job, access }) => {
  jobs[job.type](job, access).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: String(error.stack) }),
  );
});

const jobs = {
  /**
   * Sends `count` requests, `{n}` in them counting up from `from`; with `seconds` again and again for so long, each
   * time with another `{turn}` in the body.
   */
  async requests({ clients, request, from = 0, count, seconds }, access) {
    await connect(clients, access);
    const prepared = Array.from({ length: count }, (_, index) => prepare(request, from + index, access));
    const times = [];
    const began = performance.now();
    const until = seconds ? began + seconds * 1000 : Number.POSITIVE_INFINITY;
    let next = 0;
    const work = async (connection) => {
      while ((seconds || next < count) && performance.now() < until) {
        const turn = next++;
        const { head, body } = prepared[turn % count];
        const sent = performance.now();
        await connection.request(head, body?.(turn));
        times.push(performance.now() - sent);
      }
    };
    await Promise.all(connections.slice(0, clients).map(work));
    const ms = performance.now() - began;
    times.sort((a, b) => a - b);
    const share = (part) => times[Math.floor(times.length * part)];
    return { count: times.length, ms, p50: share(0.5), p99: share(0.99) };
  },

  /** Opens watches, one connection each, and answers when all have begun. */
  async watch({ path, from = 0, count }, access) {
    await connect(count, access);
    await Promise.all(
      connections.slice(0, count).map((connection, index) => {
        const { head } = prepare({ method: 'GET', path }, from + index, access);
        return connection.watch(head, countEvents);
      }),
    );
  },

  /** What watchers were sent since the last time this was asked. */
  async events() {
    const seen = { ...events };
    Object.assign(events, { count: 0, bytes: 0 });
    return seen;
  },
};

async function connect(count, access) {
  while (connections.length < count) connections.push(await Connection.open(access));
}

/** Events are lines, and counted as such: reading their JSON would take longer than the server takes to send it. */
function countEvents(chunk) {
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) events.count++;
  events.bytes += chunk.length;
}

function prepare({ method, path, accept = 'application/json', contentType, body }, number, { port }) {
  const head = headerBlock({
    ':method': method,
    ':scheme': 'https',
    ':path': path.replaceAll('{n}', number),
    ':authority': `127.0.0.1:${port}`,
    accept,
    'user-agent': 'bench/1.36',
    ...(contentType && { 'content-type': contentType }),
  });
  const text = body?.replaceAll('{n}', number);
  return { head, body: text && bodyOf(text) };
}

function bodyOf(text) {
  if (text.includes('{turn}')) return (turn) => Buffer.from(text.replace('{turn}', `${driverName} ${turn}`));
  const bytes = Buffer.from(text);
  return () => bytes;
}
