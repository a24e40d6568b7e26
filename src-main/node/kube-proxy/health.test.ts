import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { ProxyHealth, serveHealth } from './health.ts';

const startMs = Date.parse('2026-01-01T00:00:00Z');

test('a proxy is well while no change has waited for more than a minute', () => {
  const clock = createManualClock(startMs);
  const health = new ProxyHealth(clock);
  const report = () => health.report();
  health.changed();
  clock.advance(60_000);
  expect(report().status).toBe(200);
  clock.advance(1000);
  expect(report()).toEqual({
    status: 503,
    body: { lastUpdated: '2026-01-01T00:00:00Z', currentTime: '2026-01-01T00:01:01Z', nodeEligible: true },
  });
  // What was applied is older than the change.
  health.applied(startMs - 1);
  expect(report().status).toBe(503);
  health.applied(clock.now());
  expect(report().status).toBe(200);
});

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

test('health and mode are told at the addresses given', async () => {
  const clock = createManualClock(startMs);
  const abort = new AbortController();
  const [health, status] = [await freePort(), await freePort()];
  const host = '127.0.0.1';
  const addresses = { health: { host, port: health }, status: { host, port: status } };
  const serving = serveHealth(
    { health: new ProxyHealth(clock), clock, log: () => undefined, addresses },
    abort.signal,
  );
  const ask = async (port: number, path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return [answer.status, await answer.text()];
  };
  await expect.poll(() => ask(status, '/proxyMode').catch(() => undefined)).toEqual([200, 'nftables']);
  expect(await ask(health, '/healthz')).toEqual([
    200,
    '{"lastUpdated":"2026-01-01T00:00:00Z","currentTime":"2026-01-01T00:00:00Z","nodeEligible":true}',
  ]);
  expect(await ask(health, '/else')).toEqual([404, 'not found']);
  abort.abort();
  await serving;
});
