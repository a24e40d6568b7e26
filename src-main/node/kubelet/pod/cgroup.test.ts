import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limitPodCgroup } from './cgroup.ts';

let root: string;
const pod = '/kubepods/burstable/podu1';
const resources = { cpuShares: 1024, cpuPeriodUs: 100_000, cpuQuotaUs: 150_000, memoryLimitBytes: 2 ** 26 };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-cgroup-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Folders and files as the kernel has them. */
async function layOut(files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(join(root, file, '..'), { recursive: true });
    await writeFile(join(root, file), '');
  }
}

const content = (files: readonly string[]) =>
  Promise.all(files.map((file) => readFile(join(root, file), 'utf8')));

test('with cgroup v1 each controller has the pod in a folder of its own', async () => {
  const files = [
    `cpu${pod}/cpu.shares`,
    `cpu${pod}/cpu.cfs_period_us`,
    `cpu${pod}/cpu.cfs_quota_us`,
    `memory${pod}/memory.limit_in_bytes`,
  ];
  await layOut(files);
  await limitPodCgroup(pod, resources, root);
  expect(await content(files)).toEqual(['1024', '100000', '150000', '67108864']);
  await limitPodCgroup(pod, { cpuShares: 2 }, root);
  expect(await content(files)).toEqual(['2', '100000', '-1', '-1']);
});

test('with cgroup v2 there is one folder, with weights and one file for quota and period', async () => {
  const files = [`${pod}/cpu.weight`, `${pod}/cpu.max`, `${pod}/memory.max`];
  await layOut(['cgroup.controllers', ...files]);
  await limitPodCgroup(pod, resources, root);
  expect(await content(files)).toEqual(['39', '150000 100000', '67108864']);
  await limitPodCgroup(pod, { cpuShares: 2 }, root);
  expect(await content(files)).toEqual(['1', 'max 100000', 'max']);
});

test('a pod without a cgroup gets none', async () => {
  await limitPodCgroup(pod, resources, root);
  await expect(readFile(join(root, 'cpu', pod, 'cpu.shares'))).rejects.toMatchObject({ code: 'ENOENT' });
});
