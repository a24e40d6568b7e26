import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { slipwayVersion } from '@shared/lib/version.ts';
import { build, Platform } from 'electron-builder';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from '../../scripts/lib/shell.mjs';

const require = createRequire(import.meta.url);
const work = mkdtempSync(join(tmpdir(), 'slipway-package-'));
afterAll(() => rmSync(work, { recursive: true }));

const configuration = () =>
  parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) as Record<string, unknown>;

test('the configuration fits electron-builder’s schema, and a misspelt key would not', async () => {
  const { validateConfiguration } = require('app-builder-lib/out/util/config/config.js') as {
    validateConfiguration(config: object, debug: object): Promise<void>;
  };
  const debug = { isEnabled: false, add: () => undefined };
  await validateConfiguration(configuration(), debug);
  await expect(validateConfiguration({ ...configuration(), asarr: true }, debug)).rejects.toThrow('asarr');
});

test('the version shown to people is the package’s', () => {
  expect(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version).toBe(slipwayVersion);
});

/** Electron's binary cannot be fetched everywhere, so a stand-in of the same layout is packed. */
function fakeElectron(): string {
  const folder = join(work, 'electron');
  mkdirSync(join(folder, 'locales'), { recursive: true });
  for (const [name, text] of Object.entries({
    electron: '#!/bin/sh\n',
    version: '45.4.1',
    LICENSE: '',
    'LICENSES.chromium.html': '',
    'locales/en-US.pak': '',
    'chrome-sandbox': '',
  })) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

test('the packed archive holds the app and nothing of its sources, the agent lies beside it', async () => {
  const { electronFuses: _needsRealBinary, ...config } = configuration();
  const dryRun = join(work, 'electron-builder.json');
  const directories = { output: join(work, 'dist'), buildResources: 'resources/icons' };
  writeFileSync(dryRun, JSON.stringify({ ...config, directories, electronDist: fakeElectron() }));
  await build({
    projectDir: root,
    targets: Platform.LINUX.createTarget('dir'),
    config: dryRun,
    publish: 'never',
  });
  const resources = join(work, 'dist/linux-unpacked/resources');
  const { listPackage } = require('@electron/asar') as {
    listPackage(archive: string, options: { isPack: boolean }): string[];
  };
  const files = listPackage(join(resources, 'app.asar'), { isPack: false });
  for (const wanted of [
    '/out/main/index.js',
    '/out/main/cli.js',
    '/out/main/control-plane.js',
    '/out/preload/index.cjs',
    '/out/renderer/index.html',
    '/node_modules/dockerode/package.json',
  ])
    expect(files).toContain(wanted);
  expect(files.filter((file) => /^\/src-|\.map$|^\/e2e|^\/scripts|cpu-features/.test(file))).toEqual([]);
  expect(readFileSync(join(resources, 'agent/node-agent.cjs')).length).toBeGreaterThan(100_000);
});
