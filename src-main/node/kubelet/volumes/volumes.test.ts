import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReadonlyPod } from '../pod/spec.ts';
import { writePayload } from './payload.ts';
import { setUpVolumes, tearDownPod } from './pod-volumes.ts';
import { resolveSubPath } from './sub-path.ts';
import { type ReadonlyVolume, type VolumeContext, VolumeError } from './volume.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-volumes-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const file = (content: string, mode = 0o644) => ({ content: Buffer.from(content), mode });

describe('writePayload', () => {
  test('exchanges all files at once and leaves nothing behind', async () => {
    await writePayload(
      dir,
      new Map([
        ['a', file('1')],
        ['sub/b', file('2', 0o600)],
      ]),
    );
    const before = await readlink(join(dir, '..data'));
    expect(
      await writePayload(
        dir,
        new Map([
          ['a', file('1')],
          ['sub/b', file('2')],
        ]),
      ),
    ).toBe(false);
    expect(
      await writePayload(
        dir,
        new Map([
          ['a', file('one')],
          ['c', file('3')],
        ]),
      ),
    ).toBe(true);
    const after = await readlink(join(dir, '..data'));
    expect(after).not.toBe(before);
    expect((await readdir(dir)).toSorted()).toEqual([after, '..data', 'a', 'c'].toSorted());
    expect(await readFile(join(dir, 'a'), 'utf8')).toBe('one');
  });

  test('takes two writes at the same time one after the other', async () => {
    const asked = ['1', '2', '2', '3'].map((content) =>
      writePayload(
        dir,
        new Map([
          ['a', file(content)],
          [`only-${content}`, file('')],
        ]),
      ),
    );
    expect(await Promise.all(asked)).toEqual([true, true, false, true]);
    const data = await readlink(join(dir, '..data'));
    expect((await readdir(dir)).toSorted()).toEqual([data, '..data', 'a', 'only-3'].toSorted());
  });

  test('adds the names that a write cut short left out', async () => {
    await writePayload(dir, new Map([['a', file('1')]]));
    await rm(join(dir, 'a'));
    expect(await writePayload(dir, new Map([['a', file('1')]]))).toBe(false);
    expect(await readFile(join(dir, 'a'), 'utf8')).toBe('1');
  });

  test('gives files the modes asked for', async () => {
    await writePayload(dir, new Map([['a', file('1', 0o400)]]));
    expect((await stat(join(dir, 'a'))).mode & 0o777).toBe(0o400);
  });
});

describe('resolveSubPath', () => {
  test('makes missing folders and follows links inside the volume', async () => {
    await mkdir(join(dir, 'real'));
    await symlink('real', join(dir, 'link'));
    expect(await resolveSubPath(dir, 'link/deep/er')).toBe(join(dir, 'real/deep/er'));
  });

  test('gives what it makes the mode of the volume, and leaves what is there as it is', async () => {
    await mkdir(join(dir, 'kept'), { mode: 0o700 });
    await chmod(dir, 0o2777);
    const made = await resolveSubPath(dir, 'kept/deep/er');
    const modes = await Promise.all(
      ['kept', 'kept/deep', 'kept/deep/er'].map((path) => stat(join(dir, path))),
    );
    expect(made).toBe(join(dir, 'kept/deep/er'));
    expect(modes.map(({ mode }) => mode & 0o7777)).toEqual([0o700, 0o2777, 0o2777]);
  });

  test.each([
    ['../outside', 'must stay inside the volume'],
    ['link/x', 'leads outside of its volume'],
    ['link', 'leads outside of its volume'],
  ])('refuses %s', async (path, message) => {
    await symlink(tmpdir(), join(dir, 'link'));
    await expect(resolveSubPath(dir, path)).rejects.toThrow(message);
  });

  test.each(['link', 'link/x'])(
    'refuses %s where the link leads nowhere, and makes nothing there',
    async (path) => {
      await symlink(join(tmpdir(), 'slipway-none'), join(dir, 'link'));
      await expect(resolveSubPath(dir, path)).rejects.toThrow(VolumeError);
      await expect(stat(join(tmpdir(), 'slipway-none'))).rejects.toThrow('ENOENT');
    },
  );
});

describe('setUpVolumes', () => {
  function context(volumes: readonly ReadonlyVolume[], parts: Partial<VolumeContext> = {}): VolumeContext {
    const pod: ReadonlyPod = {
      metadata: { name: 'web', namespace: 'default', uid: 'u1', labels: { app: 'web' } },
      spec: { containers: [], volumes },
    };
    return {
      pod,
      podDir: join(dir, 'disk', 'u1'),
      memoryDir: join(dir, 'memory', 'u1'),
      configMap: async (name) => (name === 'm' ? { data: { a: '1', b: '2' } } : undefined),
      secret: async () => undefined,
      facts: { podIps: [], hostIps: [], allocatable: { cpuMilli: 0, memoryBytes: 0, storageBytes: 0 } },
      tokens: { token: async ({ audience }) => `token for ${audience}` },
      mounter: { tmpfs: async () => undefined, unmountAll: async () => undefined },
      ...parts,
    };
  }

  test('every type that a node can provide', async () => {
    await writeFile(join(dir, 'host-file'), 'h');
    const volumes: ReadonlyVolume[] = [
      { name: 'empty', emptyDir: {} },
      { name: 'memory', emptyDir: { medium: 'Memory' } },
      { name: 'host', hostPath: { path: join(dir, 'host-file'), type: 'File' } },
      { name: 'config', configMap: { name: 'm', items: [{ key: 'a', path: 'deep/a.txt', mode: 0o440 }] } },
      { name: 'optional', secret: { secretName: 'none', optional: true } },
      {
        name: 'own',
        downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
      },
      {
        name: 'mixed',
        projected: {
          sources: [
            { serviceAccountToken: { path: 'token', audience: 'vault' } },
            { configMap: { name: 'm' } },
          ],
        },
      },
    ];
    const { paths, failures } = await setUpVolumes(context(volumes));
    expect(failures).toEqual([]);
    const read = (volume: string, path: string) => readFile(join(paths.get(volume) ?? '', path), 'utf8');
    expect([
      await read('config', 'deep/a.txt'),
      await read('own', 'labels'),
      await read('mixed', 'token'),
      await read('mixed', 'b'),
    ]).toEqual(['1', 'app="web"', 'token for vault', '2']);
    expect(paths.get('host')).toBe(join(dir, 'host-file'));
    const modeOf = async (volume: string) => (await stat(paths.get(volume) ?? '')).mode & 0o7777;
    expect([await modeOf('empty'), await modeOf('memory')]).toEqual([0o777, 0o1777]);
    expect(paths.get('mixed')?.startsWith(join(dir, 'memory'))).toBe(true);

    const directories = { disk: join(dir, 'disk'), memory: join(dir, 'memory') };
    await tearDownPod(directories, 'u1', context([]).mounter);
    expect([await readdir(directories.disk), await readdir(directories.memory)]).toEqual([[], []]);
    expect(await readFile(join(dir, 'host-file'), 'utf8')).toBe('h');
  });

  // Root may give files away; anybody else has only his own to give.
  const someone = process.getuid?.() || 1000;
  const group = process.getgid?.() || 1000;

  test.each([
    ['all of one user', { runAsUser: someone }, [{}, {}], 0o600, someone],
    ['of two users', { runAsUser: someone }, [{}, { runAsUser: someone + 1 }], 0o644, process.getuid?.()],
    ['one without a user', {}, [{ runAsUser: someone }, {}], 0o644, process.getuid?.()],
    ['with a group', { fsGroup: group }, [{}, {}], 0o640, process.getuid?.()],
    ['with user and group', { runAsUser: someone, fsGroup: group }, [{}, {}], 0o640, someone],
  ])('tokens of pods %s have mode and owner', async (_title, shared, own, mode, owner) => {
    const sources = [{ serviceAccountToken: { path: 'token' } }];
    const volumes: ReadonlyVolume[] = [{ name: 'mixed', projected: { sources } }];
    const containers = own.map((securityContext, index) => ({ name: `c${index}`, securityContext }));
    const spec = { securityContext: shared, containers, volumes };
    const { paths } = await setUpVolumes(context(volumes, { pod: { metadata: { uid: 'u1' }, spec } }));
    const { mode: found, uid, gid } = await stat(join(paths.get('mixed') ?? '', 'token'));
    const wantedGroup = 'fsGroup' in shared ? group : process.getgid?.();
    expect([found & 0o777, uid, gid]).toEqual([mode, owner, wantedGroup]);
  });

  test.each([
    [{ name: 'v', configMap: { name: 'none' } }, 'configmap "none" not found'],
    [{ name: 'v', secret: { secretName: 'none' } }, 'secret "none" not found'],
    [
      { name: 'v', configMap: { name: 'm', items: [{ key: 'z', path: 'z' }] } },
      'configmap references non-existent config key: z',
    ],
    [
      { name: 'v', configMap: { name: 'm', items: [{ key: 'a', path: '../a' }] } },
      'invalid path "../a": must stay inside the volume',
    ],
    [
      { name: 'v', hostPath: { path: '/nowhere', type: 'Directory' } },
      'hostPath type check failed: /nowhere is not a directory',
    ],
    [{ name: 'v', nfs: { server: 's', path: '/' } }, 'volumes of type nfs are not supported by this node'],
  ])('%j fails with %s', async (volume, message) => {
    const { failures } = await setUpVolumes(context([volume]));
    expect(failures).toEqual([
      { volume: 'v', message: `MountVolume.SetUp failed for volume "v" : ${message}` },
    ]);
  });
});
