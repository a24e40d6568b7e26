#!/usr/bin/env node
/**
 * Measures Slipway on this machine and prints a table: `npm run bench`, or `npm run bench -- api nodes` for some.
 * Nothing here passes or fails; tests assert, benches tell.
 */
import { cpus, totalmem } from 'node:os';
import { fail, say } from './lib/shell.mjs';

const suites = {
  api: () => import('./bench/api.mjs'),
  flood: () => import('./bench/flood.mjs'),
  nodes: () => import('./bench/nodes.mjs'),
  window: () => import('./bench/window.mjs'),
};

const chosen = process.argv.slice(2);
for (const name of chosen)
  if (!(name in suites)) fail(`there is no bench "${name}"; one of: ${Object.keys(suites).join(', ')}`);

const rows = [];
for (const [name, load] of Object.entries(suites)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  say(`measuring: ${name}`);
  const { measure } = await load();
  rows.push(...(await measure()));
}
const [{ model }] = cpus();
process.stdout.write(
  `\n${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.versions.node}\n\n`,
);
process.stdout.write('| what | measured | target | how |\n|---|---|---|---|\n');
for (const { what, measured, target, how } of rows)
  process.stdout.write(`| ${what} | ${measured} | ${target} | ${how} |\n`);
