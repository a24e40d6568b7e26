#!/usr/bin/env node
/**
 * The one way in: `npm start`, `npm test`, `npm run dev|bench|package` all come here first. Node built-ins
 * only, since it runs before anything is installed. Each step checks before it acts, so that with everything
 * in place it costs well under a second.
 */
import { ensureBuilt } from './lib/build-state.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { fail, runNode } from './lib/shell.mjs';
import { ensureSystem, needs } from './lib/system.mjs';

const [command, ...rest] = process.argv.slice(2);
const yes = process.env.CI === 'true' || rest.includes('--yes');
const args = rest.filter((argument) => argument !== '--yes');

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(
    `Slipway needs Node.js 20.19 or newer; this is ${process.versions.node}. Install one from https://nodejs.org or your distribution.`,
  );
}

/** What each command needs of the machine, and the script that then runs. `required: false`: goes on without. */
const commands = {
  start: {
    system: [needs.docker, needs.nodeImage, needs.browser, needs.kubectl],
    required: false,
  },
  dev: { system: [needs.docker], required: false, script: 'dev.mjs' },
  test: {
    system: [needs.docker, needs.nodeImage, needs.chromium, needs.kubectl],
    required: true,
    script: 'test.mjs',
  },
  bench: {
    system: [needs.docker, needs.nodeImage, needs.chromium, needs.kubectl],
    required: true,
    script: 'bench.mjs',
  },
  package: { system: [], required: true, script: 'package.mjs' },
};

const chosen = commands[command];
if (!chosen) fail(`unknown command ${command ?? ''}; one of: ${Object.keys(commands).join(', ')}`);

await ensurePackages();
await ensureSystem(chosen.system, { yes, required: chosen.required });
await ensureBuilt();
if (command === 'start') {
  // In this process: a window that opens has no time to lose on another start of Node.js.
  const { launch } = await import('./launch.mjs');
  process.exit(await launch(args));
}
process.exitCode = await runNode(`scripts/${chosen.script}`, args);
