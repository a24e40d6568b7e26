import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation } from '@shared/rpc/contract.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Connection } from '../../src-main/cli/connection.ts';
import { Slipway, until } from '../harness/slipway.ts';

process.env.SLIPWAY_HANG_SECONDS = '3';
const slipway = new Slipway();
beforeAll(() => slipway.must('cluster', 'create', 'one', '--driver', 'hollow', '--nodes', '1'));
afterAll(async () => {
  delete process.env.SLIPWAY_HANG_SECONDS;
  await slipway.close();
});

const read = (file: string) => JSON.parse(readFileSync(join(slipway.dataDir, file), 'utf8'));
const controlPlanePid = () => read('clusters/one/control-plane.json').pid as number;

/** As the window asks: by the gateway. */
async function ask(path: string): Promise<{ status: number; retryAfter: string | null; message: string }> {
  const { port, token } = read('app.json');
  const answer = await fetch(`http://127.0.0.1:${port}/clusters/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const body = (await answer.json()) as { message?: string };
  return {
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    message: body.message ?? '',
  };
}

async function restarts(): Promise<readonly Operation[]> {
  const app = await Connection.open(slipway.dataDir);
  try {
    const operations = await app.call('operation.list', {});
    return operations.filter(({ title }) => title === 'Restart control plane of one');
  } finally {
    app.close();
  }
}

test('while a killed control plane comes back, the gateway answers 503 and then 200, never 404', async () => {
  process.kill(controlPlanePid(), 'SIGKILL');
  const seen = new Set<number>();
  await until('the API answers again', async () => {
    const { status, retryAfter } = await ask('one/api/v1/namespaces');
    seen.add(status);
    if (status === 503) expect(retryAfter).toBe('1');
    return status === 200;
  });
  expect([...seen]).toEqual([503, 200]);
  await until('it is told', async () => (await restarts())[0]?.state === 'done');
  expect((await restarts())[0]?.steps[0]).toMatchObject({
    title: 'Control plane has ended',
    note: 'the control plane ended on its own',
  });
});

test('a control plane that hangs is noticed and started again, and the operation says why', async () => {
  await slipway.get('one', 'create', 'configmap', 'kept');
  const pid = controlPlanePid();
  process.kill(pid, 'SIGSTOP');
  const waiting = ask('one/api/v1/namespaces');
  await until('another process serves', async () => controlPlanePid() !== pid);
  expect(await waiting).toMatchObject({ status: 503, retryAfter: '1' });
  await until('the API answers', async () => (await ask('one/api/v1/namespaces')).status === 200);
  expect(await slipway.get('one', 'get', 'configmap', 'kept', '-o', 'name')).toBe('configmap/kept');
  await until('it is told', async () => (await restarts())[1]?.state === 'done');
  const [hung] = (await restarts())[1]?.steps ?? [];
  expect(hung).toMatchObject({ note: `the control plane (process ${pid}) has not answered for 3 s` });
  expect(hung?.log[0]).toBe(hung?.note);
});

test('a stopped cluster is 503 with the command that starts it, an unknown one 404', async () => {
  await slipway.must('cluster', 'stop', 'one');
  expect(await ask('one/api/v1/namespaces')).toEqual({
    status: 503,
    retryAfter: '10',
    message: 'Cluster "one" is stopped. Start it with "slipway cluster start one".',
  });
  expect(await ask('two/api/v1/namespaces')).toMatchObject({ status: 404, retryAfter: null });
});
