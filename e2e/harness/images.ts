import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  createWriteStream,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';

/** Images for tests, made here from Debian's busybox-static and this machine's Node.js: no registry is needed. */
export const busyboxImage = 'test.local/busybox:1';
const webImage = 'test.local/web:1';

const cacheDir = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'slipway/test-images');

/** Path of a `docker load`-able tar of {@link busyboxImage}: a shell and the usual commands, also `httpd` and `nc`. */
export async function busyboxArchive(): Promise<string> {
  return cached('busybox', async (file) => {
    const binary = busyboxBinary();
    const applets = execFileSync(binary, ['--list'], { encoding: 'utf8' }).trim().split('\n');
    await writeArchive(file, busyboxImage, {
      files: [{ path: 'bin/busybox', content: readFileSync(binary), mode: 0o755 }],
      links: applets
        .filter((applet) => applet !== 'busybox')
        .map((applet) => ({ path: `bin/${applet}`, target: 'busybox' })),
      config: { Env: ['PATH=/bin'], Cmd: ['sh'] },
    });
  });
}

/** Path of a tar of {@link webImage}: a Node.js server on port 8080 that answers with its host name and what it was asked. */
export async function webArchive(): Promise<string> {
  return cached('web', async (file) => {
    const node = realpathSync(process.execPath);
    const libraries = execFileSync('ldd', [node], { encoding: 'utf8' }).match(/\/\S+\.so[.\d]*/g) ?? [];
    const files = [node, ...libraries].map((path) => ({
      path: path === node ? 'bin/node' : path.slice(1),
      content: readFileSync(realpathSync(path)),
      mode: 0o755,
    }));
    await writeArchive(file, webImage, {
      files: [...files, { path: 'server.cjs', content: Buffer.from(serverSource), mode: 0o644 }],
      links: [],
      config: {
        Env: ['PATH=/bin'],
        Entrypoint: ['/bin/node', '/server.cjs'],
        ExposedPorts: { '8080/tcp': {} },
      },
    });
  });
}

const serverSource = `
const http = require('node:http'), os = require('node:os');
const server = http.createServer((request, response) => {
  console.log(request.method + ' ' + request.url);
  response.end(JSON.stringify({ host: os.hostname(), path: request.url, env: process.env.GREETING ?? null }) + '\\n');
});
server.listen(8080, () => console.log('listening on 8080'));
process.on('SIGTERM', () => { console.log('terminating'); server.close(() => process.exit(0)); server.closeAllConnections(); });
`;

async function cached(name: string, make: (file: string) => Promise<void>): Promise<string> {
  const version = createHash('sha256')
    .update(readFileSync(import.meta.filename))
    .update(process.version)
    .digest('hex')
    .slice(0, 12);
  const file = join(cacheDir, `${name}-${version}.tar`);
  if (existsSync(file)) return file;
  mkdirSync(cacheDir, { recursive: true });
  const part = `${file}.${process.pid}.part`;
  await make(part);
  renameSync(part, file);
  return file;
}

/** busybox from Debian's package, unpacked beside the images without being installed. */
function busyboxBinary(): string {
  const target = join(cacheDir, 'busybox');
  if (existsSync(target)) return target;
  const work = mkdtempSync(join(tmpdir(), 'slipway-busybox-'));
  try {
    execFileSync('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', '-qq', 'busybox-static'], {
      cwd: work,
    });
    const deb = readdirSync(work).find((name) => name.endsWith('.deb'));
    if (!deb) throw new Error('apt-get download busybox-static fetched nothing');
    execFileSync('dpkg-deb', ['-x', join(work, deb), work]);
    writeFileSync(
      target,
      readFileSync(
        join(
          work,
          lstatSync(join(work, 'bin')).isSymbolicLink() ? readlinkSync(join(work, 'bin')) : 'bin',
          'busybox',
        ),
      ),
    );
    chmodSync(target, 0o755);
    return target;
  } finally {
    rmSync(work, { recursive: true });
  }
}

interface Contents {
  readonly files: readonly { path: string; content: Buffer; mode: number }[];
  readonly links: readonly { path: string; target: string }[];
  readonly config: object;
}

/** One layer in the format of `docker save` (manifest.json, config, layer.tar). */
async function writeArchive(file: string, name: string, contents: Contents): Promise<void> {
  const layerFile = `${file}.layer`;
  await writeTar(layerFile, (tar) => {
    const folders = new Set(['tmp', 'etc', ...contents.files.flatMap(({ path }) => ancestors(path))]);
    for (const folder of [...folders].sort())
      tar.entry({ name: folder, type: 'directory', mode: folder === 'tmp' ? 0o1777 : 0o755 });
    for (const { path, content, mode } of contents.files) tar.entry({ name: path, mode }, content);
    for (const { path, target } of contents.links)
      tar.entry({ name: path, type: 'symlink', linkname: target });
    tar.entry({ name: 'etc/passwd' }, 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
    tar.entry({ name: 'etc/group' }, 'root:x:0:\nnogroup:x:65534:\n');
  });
  const layer = readFileSync(layerFile);
  const config = JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: contents.config,
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
  });
  const configName = `${sha256(Buffer.from(config))}.json`;
  await writeTar(file, (tar) => {
    tar.entry({ name: configName }, config);
    tar.entry({ name: 'layer.tar' }, layer);
    tar.entry(
      { name: 'manifest.json' },
      JSON.stringify([{ Config: configName, RepoTags: [name], Layers: ['layer.tar'] }]),
    );
  });
  rmSync(layerFile);
}

async function writeTar(file: string, fill: (tar: ReturnType<typeof pack>) => void): Promise<void> {
  const tar = pack();
  const written = pipeline(tar, createWriteStream(file));
  fill(tar);
  tar.finalize();
  await written;
}

function ancestors(path: string): string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [...ancestors(folder), folder];
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
