import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planRestore, readLoadedImages, rememberImages } from './loaded-images.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'slipway-images-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const app = { image: 'app:1', names: ['docker.io/library/app:1'] };

test('loaded images are remembered once each; a damaged file is as good as none', async () => {
  expect(readLoadedImages(dir)).toEqual([]);
  await rememberImages(dir, [app]);
  await rememberImages(dir, [{ image: '/app.tar', names: ['a/b:1', ...app.names] }]);
  expect(readLoadedImages(dir)).toEqual([{ image: '/app.tar', names: ['a/b:1', 'docker.io/library/app:1'] }]);
  writeFileSync(join(dir, 'images.json'), '[{"image":');
  expect(readLoadedImages(dir)).toEqual([]);
});

test('a node that lacks an image gets it from one that has it, else from where it came', () => {
  const has = new Set(app.names);
  const none = new Set<string>();
  expect(planRestore([app], new Map([['a', has]]))).toEqual([]);
  expect(
    planRestore(
      [app],
      new Map([
        ['a', none],
        ['b', has],
        ['c', none],
      ]),
    ),
  ).toEqual([{ image: app, to: ['a', 'c'], from: 'b' }]);
  expect(planRestore([app], new Map([['a', none]]))).toEqual([{ image: app, to: ['a'], from: undefined }]);
});
