import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Slipway } from '../harness/slipway.ts';

const slipway = new Slipway();
afterAll(() => slipway.close());

const clusterDir = join(slipway.dataDir, 'clusters/safe');

function onDisk(): string {
  const store = join(clusterDir, 'store');
  const files = readdirSync(store).filter((name) => name.endsWith('.jsonl'));
  return files.map((name) => readFileSync(join(store, name), 'utf8')).join('');
}

async function restart(): Promise<void> {
  await slipway.must('cluster', 'stop', 'safe');
  await slipway.must('cluster', 'start', 'safe');
}

const password = () => slipway.get('safe', 'get', 'secret', 'db', '-o', 'jsonpath={.data.password}');

test('Secrets are encrypted on disk, with a new key after a rotation, and plain again when that is asked for', async () => {
  const stored = Buffer.from('correct-horse').toString('base64');
  await slipway.must('cluster', 'create', 'safe', '--driver', 'hollow', '--nodes', '1');
  await slipway.get('safe', 'create', 'secret', 'generic', 'db', '--from-literal=password=correct-horse');
  expect(onDisk()).toContain(stored);

  expect(await slipway.must('cluster', 'encrypt', 'safe')).toContain('slipway cluster stop safe');
  await restart();
  expect(onDisk()).not.toContain(stored);
  expect(await password()).toBe(stored);
  const firstKey = /aesgcm:v1:([^:]+):/.exec(onDisk())?.[1] ?? '';

  await slipway.must('cluster', 'encrypt', 'safe', '--rotate');
  await restart();
  expect(onDisk()).not.toContain(`aesgcm:v1:${firstKey}:`);
  expect(await password()).toBe(stored);

  await slipway.must('cluster', 'encrypt', 'safe', '--off');
  await restart();
  expect(onDisk()).toContain(stored);
  expect(await password()).toBe(stored);
});

test('a cluster whose key is lost does not start, says which key, and changes nothing', async () => {
  await slipway.must('cluster', 'encrypt', 'safe');
  await restart();
  await slipway.must('cluster', 'stop', 'safe');
  const before = onDisk();
  rmSync(join(clusterDir, 'encryption.yaml'));
  expect(await slipway.cli('cluster', 'start', 'safe')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('and there is no encryption file'),
  });
  expect(onDisk()).toBe(before);
});
