import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectDocker, type DockerEngine } from '../../src-main/docker/engine.ts';
import { ensureNodeImage, type NodeImageOptions } from '../../src-main/docker/node-image.ts';
import { nodeImageDirectory } from '../../src-main/docker/node-image-context.ts';
import { run } from '../harness/slipway.ts';

let engine: DockerEngine;
let work: string;
let directory: string;
/** Of builds that others on this machine run or left. */
let before: readonly string[];
const mmdebstrapFolders = () => readdirSync('/var/tmp').filter((name) => name.includes('mmdebstrap'));
const mark = `e2e-node-image-${process.pid}`;

beforeAll(async () => {
  engine = await connectDocker();
  await ensureNodeImage(engine); // its base is what the builds below begin with
});
beforeEach(() => {
  before = mmdebstrapFolders();
  work = mkdtempSync(join(tmpdir(), 'slipway-node-image-'));
  directory = join(work, 'context');
  mkdirSync(join(work, 'cache'));
  cpSync(nodeImageDirectory(), directory, { recursive: true });
});
afterEach(() => rmSync(work, { recursive: true }));

const dockerfile = (line: string) => appendFileSync(join(directory, 'Dockerfile'), `\n${line}\n`);
const packages = (name: string) => appendFileSync(join(directory, 'packages.txt'), `${name}\n`);
const build = (more: NodeImageOptions = {}) =>
  ensureNodeImage(engine, { directory, cacheDir: join(work, 'cache'), ...more });

/** What a build may have left: containers that run our commands, mounts, folders of mmdebstrap, half a base. */
async function leftovers(): Promise<unknown> {
  const { stdout } = await run('docker', ['ps', '-a', '--no-trunc', '--format', '{{.Command}}']);
  return {
    containers: stdout.split('\n').filter((command) => command.includes(mark)),
    mounts: readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes('mmdebstrap')),
    folders: mmdebstrapFolders().filter((name) => !before.includes(name)),
    cached: readdirSync(join(work, 'cache')),
  };
}
const nothing = { containers: [], mounts: [], folders: [], cached: [] };

/** Aborts as soon as the build says something that matches. */
function abortAt(said: RegExp): Pick<NodeImageOptions, 'onStep' | 'signal'> {
  const stop = new AbortController();
  return {
    signal: stop.signal,
    onStep: ({ logLine }) => {
      if (said.test(logLine ?? '')) stop.abort(new Error('changed my mind'));
    },
  };
}

describe('building the node image', () => {
  test('with a step that fails says so with its last lines, leaves nothing, and works the next time', async () => {
    dockerfile(`RUN echo ${mark} is about to fail; exit 7`);
    await expect(build()).rejects.toMatchObject({
      code: 'ImageBuildFailed',
      message: expect.stringMatching(/^The node image cannot be built: .*returned a non-zero code: 7$/),
      remedy: expect.stringContaining('See the output below'),
      detail: expect.stringMatching(new RegExp(`^${mark} is about to fail$`, 'm')),
    });
    expect(await leftovers()).toEqual(nothing);
    const text = readFileSync(join(directory, 'Dockerfile'), 'utf8');
    writeFileSync(join(directory, 'Dockerfile'), text.replace('exit 7', 'exit 0'));
    const { tag } = await build();
    await run('docker', ['rmi', tag]);
  });

  test('that is cancelled half-way leaves no container', async () => {
    dockerfile(`RUN echo ${mark} has begun; sleep 300`);
    await expect(build(abortAt(/has begun$/))).rejects.toThrow('changed my mind');
    await expect.poll(leftovers, { timeout: 60_000 }).toEqual(nothing);
  });
});

describe('making its base on this machine', () => {
  afterEach(() => {
    delete process.env.APT_CONFIG;
  });

  test('from a mirror that cannot be reached says so, with the output, and leaves nothing', async () => {
    packages('# another base');
    writeFileSync(join(work, 'sources.list'), 'deb http://127.0.0.1:9/debian trixie main\n');
    writeFileSync(
      join(work, 'apt.conf'),
      `Dir::Etc::sourcelist "${join(work, 'sources.list')}";\nDir::Etc::sourceparts "${work}/none";\n`,
    );
    process.env.APT_CONFIG = join(work, 'apt.conf');
    await expect(build({ base: 'local' })).rejects.toMatchObject({
      code: 'ImageBuildFailed',
      message: expect.stringMatching(/^The node image cannot be built: /),
      remedy: expect.stringContaining('apt-get update'),
      detail: expect.stringContaining('127.0.0.1'),
    });
    expect(await leftovers()).toEqual(nothing);
  });

  test('that is cancelled while packages are installed leaves nothing', async () => {
    packages('# yet another base');
    await expect(build({ base: 'local', ...abortAt(/^(extracting|installing)/) })).rejects.toThrow(
      'changed my mind',
    );
    expect(await leftovers()).toEqual(nothing);
  });
});
