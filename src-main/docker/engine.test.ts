import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@shared/lib/app-error.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectDocker, dockerFailure, dockerState, untilEngineGone } from './engine.ts';

const socket = join(tmpdir(), `slipway-engine-${process.pid}.sock`);
let server: Server | undefined;
let before: string | undefined;

beforeEach(() => {
  before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = `unix://${socket}`;
});
afterEach(async () => {
  if (before === undefined) delete process.env.DOCKER_HOST;
  else process.env.DOCKER_HOST = before;
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

/** Something that listens where the engine should. */
async function listen(handler: RequestListener): Promise<void> {
  const listening = createServer(handler);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(socket, resolve));
}

describe('the Docker engine', () => {
  it('is missing when nothing is at its socket, and the remedy is named', async () => {
    expect(await dockerState()).toMatchObject({ state: 'missing', remedy: expect.stringMatching(/\w/) });
    await expect(connectDocker()).rejects.toMatchObject({ name: 'AppError', code: 'DockerMissing' });
  });

  it('runs when it tells its version', async () => {
    await listen((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ Version: '28.2.2', Arch: 'arm64' }));
    });
    expect(await dockerState()).toEqual({ state: 'running', version: '28.2.2' });
    expect(await connectDocker()).toMatchObject({ version: '28.2.2', architecture: 'arm64' });
  });

  it('is stopped when the connection breaks', async () => {
    await listen((request) => request.socket.destroy());
    expect(await dockerState()).toMatchObject({ state: 'stopped' });
    await expect(connectDocker()).rejects.toMatchObject({ code: 'DockerStopped' });
  });
});

describe('untilEngineGone', () => {
  const never = new AbortController().signal;

  it('says when an engine goes, that none is there, and nothing after an abort', async () => {
    expect(await untilEngineGone(never)).toBe(false);
    let isAsked: () => void = () => undefined;
    const asked = () => new Promise<void>((resolve) => (isAsked = resolve));
    await listen((request, response) => {
      response.setHeader('content-type', 'application/json');
      if (request.url?.includes('/version')) return response.end('{"Version":"28.2.2","Arch":"arm64"}');
      response.flushHeaders();
      return isAsked();
    });
    const first = asked();
    const gone = untilEngineGone(never);
    await first;
    server?.closeAllConnections();
    expect(await gone).toBe(true);
    const second = asked();
    const abort = new AbortController();
    const aborted = untilEngineGone(abort.signal);
    await second;
    abort.abort();
    expect(await aborted).toBe(false);
  });
});

describe('dockerFailure', () => {
  const codeOf = (error: unknown) => (error instanceof AppError ? error.code : error);

  it('tells a full disk and a stopped engine from other failures', () => {
    expect(codeOf(dockerFailure('x', new Error('write /var/lib/docker/tmp: no space left on device')))).toBe(
      'DiskFull',
    );
    expect(codeOf(dockerFailure('x', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })))).toBe(
      'DockerStopped',
    );
    expect(codeOf(dockerFailure('x', new Error('boom')))).toBe('DockerFailed');
  });

  it('says what was being done, in the engine’s own words and without the HTTP around them', () => {
    const error = new Error('(HTTP code 500) server error - driver failed ');
    expect(dockerFailure('starting node container a', error)).toMatchObject({
      message: 'Docker failed while starting node container a: driver failed',
    });
  });

  it('lets AppErrors and aborts through', () => {
    const known = new AppError({ code: 'PortTaken', message: 'taken' });
    const abort = new DOMException('stop', 'AbortError');
    expect(dockerFailure('x', known)).toBe(known);
    expect(dockerFailure('x', abort)).toBe(abort);
  });
});
