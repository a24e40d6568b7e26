#!/usr/bin/env node
/**
 * The one way in: `npm start`, `npm test`, `npm run dev|check|build|bench|package` all come here first. Node built-ins
 * only, since it runs before anything is installed. Each step checks before it acts, so that with everything
 * in place it costs well under a second.
 */
import { build, ensureBuilt } from './lib/build-state.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { fail, runNode } from './lib/shell.mjs';
import { ensureSystem, needs } from './lib/system.mjs';

const [command, ...rest] = process.argv.slice(2);
const yes = process.env.CI === 'true' || rest.includes('--yes');
const args = rest.filter((argument) => argument !== '--yes');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `Slipway needs Node.js 20.19 or newer; this is ${process.versions.node}. Install a newer one, for example by ` +
      'npm install -g node@22 (as root), from your distribution or from https://nodejs.org.',
  );
}

/**
 * What each command needs of the machine (`required: false`: goes on without), whether of a finished build, and the
 * script that then runs.
 */
const commands = {
  start: {
    system: [needs.docker, needs.nodeImage, needs.browser, needs.kubectl],
    required: false,
    built: true,
  },
  dev: { system: [needs.docker, needs.nodeImage], required: false, built: true, script: 'dev.mjs' },
  // What a machine cannot offer is named, and those stages count as failed.
  test: {
    system: [needs.docker, needs.nodeImage, needs.chromium, needs.testKubectl, needs.testClients],
    required: false,
    built: true,
    script: 'test.mjs',
  },
  check: { system: [needs.testKubectl], required: false, built: false, script: 'check.mjs' },
  build: { system: [], required: true, built: false },
  bench: {
    system: [needs.docker, needs.nodeImage, needs.chromium, needs.testKubectl],
    required: true,
    built: true,
    script: 'bench.mjs',
  },
  package: { system: [], required: true, built: true, script: 'package.mjs' },
};

const chosen = commands[command];
if (!chosen) fail(`unknown command ${command ?? ''}; one of: ${Object.keys(commands).join(', ')}`);

await ensurePackages();
await ensureSystem(chosen.system, { yes, required: chosen.required });
if (command === 'build') await build();
else if (chosen.built) await ensureBuilt();
if (command === 'start') {
  // In this process: a window that opens has no time to lose on another start of Node.js.
  const { launch } = await import('./launch.mjs');
  process.exit(await launch(args));
}
if (chosen.script) process.exitCode = await runNode(`scripts/${chosen.script}`, args);
