#!/usr/bin/env node
/**
 * Everything, from types to a cluster of real nodes driven in a real browser. Each stage runs even when an
 * earlier one failed, so that one run tells all. The last line sums up.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { electronBinary, hasDisplay } from './lib/electron-binary.mjs';
import { root, runBin, say } from './lib/shell.mjs';
import { missingOf, needs } from './lib/system.mjs';

const only = process.argv.slice(2);
const results = join(root, 'out/test');
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const vitest = (config, file, projects = []) =>
  runBin('vitest', [
    'run',
    '--config',
    config,
    ...projects.map((project) => `--project=${project}`),
    '--silent=passed-only',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${results}/${file}`,
  ]);

const stages = [
  { id: 'types', run: () => runBin('tsc', ['-p', '.']) },
  {
    id: 'lint',
    run: async () =>
      (await runBin('biome', ['check', '--error-on-warnings', '--max-diagnostics=50', '.'])) ||
      runBin('oxlint', ['--type-aware', '--deny-warnings']),
  },
  {
    id: 'unit',
    run: () => vitest('vitest.config.ts', 'unit.json', ['node', 'dom']),
    count: () => vitestCounts('unit.json'),
  },
  {
    id: 'long',
    run: () => vitest('vitest.config.ts', 'long.json', ['long']),
    count: () => vitestCounts('long.json'),
  },
  {
    id: 'e2e',
    needs: [needs.docker, needs.testKubectl, needs.testClients],
    run: () => vitest('e2e/vitest.config.ts', 'e2e.json'),
    count: () => vitestCounts('e2e.json'),
  },
  {
    id: 'window',
    needs: [needs.docker, needs.chromium],
    run: () => runBin('playwright', ['test', '--config', 'e2e/playwright.config.ts']),
    count: playwrightCounts,
  },
];

const electron = electronBinary();
if (!electron.file || !hasDisplay())
  say(`skipped: the Electron test does not run: ${electron.missing ?? 'there is no display'}`);

const failedStages = [];
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const stage of stages.filter(({ id }) => only.length === 0 || only.includes(id))) {
  const missing = await missingOf(stage.needs ?? []);
  const started = Date.now();
  if (missing.length > 0) {
    failedStages.push(stage.id);
    const reasons = missing.map(({ title }) => title).join(' and ');
    say(`${stage.id}: NOT RUN, this machine lacks ${reasons}; what to do stands above`);
    continue;
  }
  const status = await stage.run();
  if (status !== 0) failedStages.push(stage.id);
  const counts = stage.count?.();
  if (counts) for (const key of Object.keys(sum)) sum[key] += counts[key];
  say(`${stage.id}: ${status === 0 ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(0)} s)`);
}
if (failedStages.length > 0) say(`failed: ${failedStages.join(', ')}`);
// A stage can fail without a failed test (types, a crash of the runner): that is a failure to be counted.
const failed = Math.max(sum.failed, failedStages.length);
process.stdout.write(`${sum.passed} passed, ${failed} failed, ${sum.skipped} skipped\n`);
process.exitCode = failedStages.length > 0 || sum.passed === 0 ? 1 : 0;

function read(file) {
  const path = join(results, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

function vitestCounts(file) {
  const report = read(file);
  return {
    passed: report?.numPassedTests ?? 0,
    failed: report?.numFailedTests ?? 0,
    skipped: report?.numPendingTests ?? 0,
  };
}

function playwrightCounts() {
  const stats = read('window.json')?.stats;
  return {
    passed: stats?.expected ?? 0,
    failed: (stats?.unexpected ?? 0) + (stats?.flaky ?? 0),
    skipped: stats?.skipped ?? 0,
  };
}
