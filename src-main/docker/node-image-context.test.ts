import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeImageDirectory, packContext, readBuildContext } from './node-image-context.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-context-'));
  await cp(nodeImageDirectory(), directory, { recursive: true });
});
afterEach(() => rm(directory, { recursive: true }));

const hashes = async (architecture = 'amd64') => {
  const { hash, baseHash } = await readBuildContext(directory, architecture);
  return { hash, baseHash };
};

describe('the build context of the node image', () => {
  it('has the same hash as long as nothing changes, and another for another machine', async () => {
    expect(await hashes()).toEqual(await hashes());
    expect((await hashes('arm64')).hash).not.toBe((await hashes('amd64')).hash);
  });

  it('changes the image’s hash with any file, and that of the slow part with the packages alone', async () => {
    const before = await hashes();
    await writeFile(join(directory, 'rootfs/usr/local/bin/slipway-node'), '#!/bin/sh\n');
    const changedScript = await hashes();
    expect(changedScript.hash).not.toBe(before.hash);
    expect(changedScript.baseHash).toBe(before.baseHash);
    await writeFile(join(directory, 'packages.txt'), 'containerd\n');
    expect((await hashes()).baseHash).not.toBe(before.baseHash);
  });

  it('is not changed by its README', async () => {
    const before = await hashes();
    await writeFile(join(directory, 'README.md'), 'other words');
    expect(await hashes()).toEqual(before);
  });

  it('packs scripts as executable, whatever the disk says', async () => {
    const modes: Record<string, number | undefined> = {};
    const reader = packContext(await readBuildContext(directory, 'amd64')).pipe(extract());
    for await (const entry of reader) {
      modes[entry.header.name] = entry.header.mode;
      entry.resume();
    }
    expect(modes).toMatchObject({
      Dockerfile: 0o644,
      'packages.txt': 0o644,
      'build-pause': 0o755,
      'install-packages': 0o755,
      'rootfs/etc/containerd/config.toml': 0o644,
      'rootfs/usr/local/bin/slipway-node': 0o755,
    });
  });
});
