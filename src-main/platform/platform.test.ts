import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic } from './atomic-file.ts';
import { exec } from './exec.ts';
import { createLog } from './log.ts';
import { removeTree } from './remove-tree.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-platform-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

describe('writeFileAtomic', () => {
  it('replaces the file and leaves nothing else behind', async () => {
    const path = join(dir, 'a.json');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two');
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(dir)).toEqual(['a.json']);
  });

  it('keeps the old file and no rest when it fails', async () => {
    const path = join(dir, 'folder');
    await mkdir(join(path, 'full'), { recursive: true });
    await expect(writeFileAtomic(path, 'text')).rejects.toThrow();
    expect(await readdir(dir)).toEqual(['folder']);
  });
});

describe('removeTree', () => {
  it('removes what lies inside the root', async () => {
    await mkdir(join(dir, 'a/b/c'), { recursive: true });
    await removeTree(dir, join(dir, 'a'));
    await removeTree(dir, join(dir, 'a'));
    expect(await readdir(dir)).toEqual([]);
  });

  it('refuses the root itself, what lies outside, and relative paths', async () => {
    const root = join(dir, 'root');
    await mkdir(root);
    await mkdir(join(dir, 'root-not'));
    for (const path of [
      root,
      dir,
      join(root, '..'),
      join(dir, 'root-not'),
      '/',
      'root/a',
      join(root, '../root-not'),
    ]) {
      await expect(removeTree(root, path)).rejects.toMatchObject({ code: 'InvalidArgument' });
    }
    expect((await readdir(dir)).sort()).toEqual(['root', 'root-not']);
  });

  it('refuses a way through a symbolic link that leads outside, and removes a link without following it', async () => {
    const root = join(dir, 'root');
    await mkdir(root);
    await mkdir(join(dir, 'precious/inner'), { recursive: true });
    await symlink(join(dir, 'precious'), join(root, 'link'));
    await expect(removeTree(root, join(root, 'link/inner'))).rejects.toMatchObject({
      code: 'InvalidArgument',
    });
    await removeTree(root, join(root, 'link'));
    expect(await readdir(root)).toEqual([]);
    expect(await readdir(join(dir, 'precious'))).toEqual(['inner']);
  });
});

describe('createLog', () => {
  const collect = (format: 'json' | 'plain') => {
    const lines: string[] = [];
    const log = createLog({ format, write: (line) => lines.push(line), now: () => 0 });
    return { lines, log };
  };

  it('writes JSON lines whose own members win over fields', () => {
    const { lines, log } = collect('json');
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    log.with({ component: 'store' })('hello\nworld', { level: 'fake', n: 1n, loop });
    log.debug('dropped');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'info',
      message: 'hello\nworld',
      component: 'store',
      n: '1',
      loop: { self: '[seen above]' },
    });
  });

  it('writes plain lines, one each, quoting where needed', () => {
    const { lines, log } = collect('plain');
    log.warn('disk\nfull', { path: '/a b', free: 0, none: undefined });
    expect(lines).toEqual(['1970-01-01T00:00:00.000Z WARN  disk\\nfull path="/a b" free=0\n']);
  });
});

describe('exec', () => {
  const node = (code: string, options = {}) => exec(process.execPath, ['-e', code], options);

  it('answers the output, feeds the input and takes no shell', async () => {
    const echo = 'process.stdin.on("data", (d) => process.stdout.write(d)); console.error(process.argv[1])';
    const result = await exec(process.execPath, ['-e', echo, '$HOME; `id`'], { input: 'text' });
    expect(result).toEqual({ stdout: 'text', stderr: '$HOME; `id`\n', status: 0 });
  });

  it('throws an AppError that shows the output when the program fails', async () => {
    await expect(
      node('console.error("no such image"); process.exit(3)', {
        errorCode: 'DockerFailed',
        remedy: 'Pull it.',
      }),
    ).rejects.toMatchObject({
      code: 'DockerFailed',
      message: expect.stringContaining('exit status 3'),
      remedy: 'Pull it.',
      detail: 'no such image',
    });
  });

  it('takes a status that is an answer as one', async () => {
    expect(await node('process.exit(1)', { okStatuses: [0, 1] })).toMatchObject({ status: 1 });
  });

  it('tells a missing program, a timeout and a cancellation apart', async () => {
    const forever = 'setInterval(() => {}, 1000)';
    const abort = new AbortController();
    const running = node(forever, { signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'Cancelled' });
    await expect(node('', { signal: abort.signal })).rejects.toMatchObject({ code: 'Cancelled' });
    await expect(node(forever, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'Timeout' });
    await expect(exec(join(dir, 'none'), [])).rejects.toMatchObject({ code: 'NotFound' });
  });

  it('does not mind a program that never reads its input', async () => {
    await expect(exec(process.execPath, ['-e', ''], { input: 'x'.repeat(1 << 20) })).resolves.toMatchObject({
      status: 0,
    });
  });
});
