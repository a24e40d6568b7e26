#!/usr/bin/env node
/** Compiles schemas, main process, preload, renderer and node agent into out/. Called by `bootstrap.mjs build`. */
import { fail, runBin, runNode, say } from './lib/shell.mjs';

const quiet = process.argv.includes('--verbose') ? [] : ['--logLevel', 'warn'];
const started = Date.now();

async function step(title, status) {
  if ((await status) !== 0) fail(`${title} failed.`);
}

say('building');
await step('compiling the Kubernetes schemas', runNode('scripts/build-schemas.mjs'));
await step('building the app', runBin('electron-vite', ['build', ...quiet]));
await step('building the node agent', runBin('vite', ['build', '-c', 'vite.agent.config.ts', ...quiet]));
say(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
