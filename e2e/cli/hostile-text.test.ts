import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Slipway } from '../harness/slipway.ts';

/** Text that terminals would obey: a new title, a cleared screen, a colour, text written backwards. */
const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202etxt';
const spelled = '\\x1b]0;owned\\x07\\x1b[2J\\x9b31m\\u202etxt';

const slipway = new Slipway();
beforeAll(async () => {
  await slipway.must('cluster', 'create', 'one', '--driver', 'hollow', '--nodes', '1');
});
afterAll(async () => {
  rmSync(join(slipway.dataDir, 'clusters', evil), { recursive: true });
  await slipway.close();
});

/** All that a command says, which must be nothing that a terminal obeys. */
async function said(...args: string[]): Promise<string> {
  const { stdout, stderr } = await slipway.cli(...args);
  const text = stdout === '' ? stderr : stdout;
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  return text;
}

test.each([
  ['a name of a cluster', ['cluster', 'create', evil]],
  ['a name nobody has', ['cluster', 'stop', evil]],
  ['a driver', ['cluster', 'create', 'x', '--driver', evil]],
  ['a size', ['cluster', 'create', 'x', '--memory', evil]],
  ['an output format', ['cluster', 'list', '-o', evil]],
  ['a command', [evil]],
  ['a node', ['node', 'remove', evil, '--cluster', 'one']],
  ['an image', ['image', 'load', evil, '--cluster', 'one']],
])('%s with escape sequences is shown and not obeyed', async (_what, args) => {
  expect(await said(...args)).toContain(spelled);
});

test('errors in JSON carry the very text, escaped', async () => {
  const text = await said('cluster', 'stop', evil, '-o', 'json');
  expect(JSON.parse(text).error.message).toContain(spelled);
});

test('names in files of the data folder, and of folders, reach no terminal', async () => {
  const folder = join(slipway.dataDir, 'clusters', evil);
  mkdirSync(folder);
  writeFileSync(join(folder, 'cluster.json'), '{}');
  expect(await said('cluster', 'list')).toContain('one');
  expect(await said('cluster', 'list', '-o', 'json')).toContain('"one"');
  const other = join(slipway.dataDir, 'clusters/two');
  mkdirSync(other);
  const nodes = [{ name: evil, container: `c\u0000\n${evil}`, ip: evil, podCidr: 'x'.repeat(65_536) }];
  const config = { version: 1, name: 'two', apiPort: 1, nodes, network: {}, hollowNodes: 0 };
  writeFileSync(join(other, 'cluster.json'), JSON.stringify(config));
  const listed = await said('node', 'list', '--cluster', 'two');
  expect(listed).toContain(`c\\x00\\n${spelled}`);
  expect(listed.length).toBeLessThan(16_000);
});

test('a file of images with such a name is complained about in one safe sentence', async () => {
  const file = join(slipway.dataDir, `${evil}.tar`);
  writeFileSync(file, 'no archive');
  expect(await said('image', 'load', file, '--cluster', 'one')).toMatch(/^slipway: [^\n]*\n$/m);
});
