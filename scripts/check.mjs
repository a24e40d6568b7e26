#!/usr/bin/env node
/** Types, format, lint, import rules and unit tests: neither Docker nor a browser, nor the long tests. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, runBin, runNode, say } from './lib/shell.mjs';

const steps = [
  ['types', () => runBin('tsc', ['-p', '.'])],
  ['format and lint', () => runBin('biome', ['check', '--error-on-warnings', '--max-diagnostics=50', '.'])],
  ['promises', () => runBin('oxlint', ['--type-aware', '--deny-warnings'])],
  ['unit tests', () => runBin('vitest', ['run', '--project=node', '--project=dom', '--silent=passed-only'])],
];

if (!existsSync(join(root, 'src-shared/schema/generated/kubernetes.ts'))) {
  if ((await runNode('scripts/build-schemas.mjs')) !== 0) fail('compiling the Kubernetes schemas failed.');
}
for (const [title, action] of steps) {
  const started = Date.now();
  if ((await action()) !== 0) fail(`check failed: ${title}.`);
  say(`${title}: ok (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
