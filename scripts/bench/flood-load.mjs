/**
 * A client of the flood bench, a process of its own: keeps `clients` connections busy with `requests` until it is told
 * to stop (or, once, until each of them was sent), and answers with what came of it.
 */
import { Agent, request as send } from 'node:https';

let isStopped = false;

process.on('message', ({ start, stop }) => {
  if (stop) isStopped = true;
  if (start) void run(start).then((result) => process.send(result));
});

async function run({ access, clients, requests, pauseMs = 0, isOnce = false }) {
  const agent = new Agent({ ...access, host: '127.0.0.1', keepAlive: true, maxSockets: clients });
  const times = [];
  const codes = {};
  let next = 0;
  const work = async () => {
    while (!isStopped && !(isOnce && next >= requests.length)) {
      const began = performance.now();
      const code = await call(agent, access, requests[next++ % requests.length], next);
      times.push(performance.now() - began);
      codes[code] = (codes[code] ?? 0) + 1;
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  agent.destroy();
  times.sort((a, b) => a - b);
  const share = (part) => times[Math.floor(times.length * part)] ?? 0;
  return { codes, count: times.length, p50: share(0.5), p99: share(0.99), max: times.at(-1) ?? 0 };
}

function call(agent, { port }, { method, path, body, headers }, number) {
  return new Promise((resolve) => {
    const sent = send(
      { agent, host: '127.0.0.1', port, method, path, headers, rejectUnauthorized: false },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode));
        answer.on('error', () => resolve('broken'));
      },
    );
    sent.on('error', () => resolve('broken'));
    sent.end(body?.replaceAll('{n}', `${process.pid}-${number}`));
  });
}
