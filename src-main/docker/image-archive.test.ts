import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openImageArchive } from './image-archive.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'slipway-archive-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A tar of these files, written by tar itself. */
function tarOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(dir, 'files-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  execFileSync('tar', ['-C', folder, '-cf', join(dir, 'image.tar'), '.']);
  return join(dir, 'image.tar');
}

/** As `docker save` writes it. */
function dockerArchive({
  architecture = 'amd64',
  tags = ['app:1'] as string[] | null,
} = {}): Record<string, string> {
  return {
    'config.json': JSON.stringify({ architecture, os: 'linux' }),
    'layer.tar': 'x'.repeat(100_000),
    'manifest.json': JSON.stringify([{ Config: 'config.json', RepoTags: tags, Layers: ['layer.tar'] }]),
  };
}

/** An OCI layout with one image below an index of its own, as buildx writes it. */
function ociLayout(architecture = 'amd64'): Record<string, string> {
  const blobs: Record<string, string> = {};
  const put = (text: string) => {
    blobs[`blobs/sha256/${sha256(text)}`] = text;
    return { digest: `sha256:${sha256(text)}`, size: text.length };
  };
  const config = put(JSON.stringify({ architecture, os: 'linux' }));
  const manifest = put(JSON.stringify({ schemaVersion: 2, config, layers: [put('layer'.repeat(1000))] }));
  const attestation = { ...put('{"schemaVersion":2}'), platform: { architecture: 'unknown', os: 'unknown' } };
  const index = put(JSON.stringify({ manifests: [manifest, attestation] }));
  const annotations = { 'io.containerd.image.name': 'docker.io/library/app:2' };
  return {
    ...blobs,
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
    'index.json': JSON.stringify({ schemaVersion: 2, manifests: [{ ...index, annotations }] }),
  };
}

const refusal = (path: string) =>
  openImageArchive(path, 'amd64').then(
    () => 'none',
    (error: Error) => error.message.replace(`${dir}/`, ''),
  );

describe('an image file', () => {
  it('of `docker save` or with an OCI layout is taken, gzipped as well, with its full names', async () => {
    const file = tarOf(dockerArchive());
    expect((await openImageArchive(file, 'amd64')).names).toEqual(['docker.io/library/app:1']);
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
    const zipped = await openImageArchive(`${file}.gz`, 'amd64');
    const chunks: Buffer[] = [];
    for await (const chunk of zipped.open()) chunks.push(chunk);
    expect(Buffer.concat(chunks)).toEqual(readFileSync(file));
    expect((await openImageArchive(tarOf(ociLayout()), 'amd64')).names).toEqual(['docker.io/library/app:2']);
  });

  it('that is none is refused in one sentence', async () => {
    expect(await refusal(join(dir, 'nothing.tar'))).toBe('There is no file nothing.tar.');
    expect(await refusal(dir)).toMatch(/^The image file .* is a folder\.$/);
    writeFileSync(join(dir, 'empty.tar'), '');
    expect(await refusal(join(dir, 'empty.tar'))).toBe('The image file empty.tar is empty.');
    for (const text of ['words', 'many words '.repeat(1000)]) {
      writeFileSync(join(dir, 'text.tar'), text);
      expect(await refusal(join(dir, 'text.tar'))).toBe('The image file text.tar is not a tar file.');
    }
    expect(await refusal(tarOf({ 'a.txt': 'b' }))).toBe(
      'The image file image.tar holds no images: it has neither a manifest.json nor an OCI index.json.',
    );
  });

  it('that would fill the memory with descriptions is refused', async () => {
    const text = `{${' '.repeat(3_900_000)}}`;
    const many = Object.fromEntries(Array.from({ length: 18 }, (_, index) => [`${index}.json`, text]));
    expect(await refusal(tarOf({ ...dockerArchive(), ...many }))).toBe(
      'The image file image.tar holds more descriptions than images have.',
    );
  });

  it('that is cut off anywhere is refused, also when gzipped', async () => {
    const whole = readFileSync(tarOf(dockerArchive()));
    const zipped = gzipSync(whole);
    for (const part of [0.3, 0.5, 0.9]) {
      writeFileSync(join(dir, 'cut.tar'), whole.subarray(0, Math.floor(100_000 * part)));
      expect(await refusal(join(dir, 'cut.tar'))).toBe('The image file cut.tar is cut off or damaged.');
      writeFileSync(join(dir, 'cut.gz'), zipped.subarray(0, Math.floor(zipped.length * part)));
      expect(await refusal(join(dir, 'cut.gz'))).toBe('The image file cut.gz is cut off or damaged.');
    }
  });

  it('that lacks a part, a name, or is for other processors is refused', async () => {
    const { 'layer.tar': _, ...withoutLayer } = dockerArchive();
    expect(await refusal(tarOf(withoutLayer))).toBe(
      'The image file image.tar is incomplete: layer.tar is missing in it.',
    );
    const layout = ociLayout();
    const layer = Object.keys(layout).find((name) => layout[name]?.startsWith('layer')) ?? '';
    delete layout[layer];
    expect(await refusal(tarOf(layout))).toBe(
      `The image file image.tar is incomplete: ${layer} is missing in it.`,
    );
    expect(await refusal(tarOf(dockerArchive({ tags: null })))).toBe(
      'The image file image.tar holds no image with a name.',
    );
    const foreign = /holds .*app:\d for s390x, and the nodes are amd64\.$/;
    expect(await refusal(tarOf(dockerArchive({ architecture: 's390x' })))).toMatch(foreign);
    expect(await refusal(tarOf(ociLayout('s390x')))).toMatch(foreign);
  });
});
