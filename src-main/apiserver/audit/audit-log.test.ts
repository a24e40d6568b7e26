import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAuditSettings } from '../../cluster/audit-config.ts';
import { AuditLog } from './audit-log.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-audit-'));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

function openLog(options: Partial<ConstructorParameters<typeof AuditLog>[0]> = {}) {
  const said: string[] = [];
  const path = join(dir, 'logs', 'audit.log');
  const log = new AuditLog({
    path,
    maxBytes: 1000,
    maxBackups: 2,
    log: (message) => void said.push(message),
    ...options,
  });
  return { log, said, path };
}

test('a file that would grow too large is put aside, and the oldest of those goes', async () => {
  const { log, path } = openLog();
  for (let number = 0; number < 6; number += 1) {
    log.add(() => JSON.stringify({ number, filler: 'x'.repeat(600) }));
    await log.flush();
  }
  await log.close();
  const names = (await readdir(join(dir, 'logs'))).sort();
  expect(names).toEqual([
    expect.stringMatching(/^audit-\d{4}-\d\d-\d\dT[\d.-]+\.log$/),
    expect.stringMatching(/^audit-\d{4}-\d\d-\d\dT[\d.-]+\.log$/),
    'audit.log',
  ]);
  const numbers = await Promise.all(
    names.map(
      async (name) =>
        (JSON.parse(await readFile(join(dir, 'logs', name), 'utf8')) as { number: number }).number,
    ),
  );
  expect(numbers).toEqual([3, 4, 5]);
  expect(path).toContain('audit.log');
});

test('a full disk loses events, counts them and says so once; what can be written later is', async () => {
  const full = join(dir, 'full');
  await symlink('/dev/full', full);
  const { log, said } = openLog({ path: full });
  for (let round = 0; round < 3; round += 1) {
    log.add(() => 'lost');
    await log.flush();
  }
  expect([log.written, log.lost, said]).toEqual([
    0,
    3,
    ['the audit log cannot be written; events are lost until it can'],
  ]);
  await rm(full);
  log.add(() => 'kept');
  await log.close();
  expect(await readFile(full, 'utf8')).toBe('kept\n');
  expect([log.written, log.lost, said.at(-1)]).toEqual([1, 3, 'the audit log is written again']);
});

test('what is added while others are written keeps its order and is written before the end', async () => {
  const { log, path } = openLog({ maxBytes: 1e9 });
  for (let number = 0; number < 1000; number += 1) log.add(async () => String(number));
  await log.close();
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  expect(lines).toEqual(Array.from({ length: 1000 }, (_, number) => String(number)));
});

test.each([
  ['no policy at all', 'a: [', /audit-policy\.yaml: not YAML: /],
  [
    'another kind',
    'kind: Pod',
    /audit-policy\.yaml: apiVersion must be audit\.k8s\.io\/v1 and kind Policy\./,
  ],
  [
    'no rules',
    'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: []',
    /rules must be a list of at least one rule/,
  ],
  [
    'every mistake at once',
    'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [Later]\nrules:\n- level: All\n  user: [a]\n' +
      '  nonResourceURLs: [metrics]\n- level: Metadata\n  resources: [{group: apps/v1, resourceNames: [a]}]',
    new RegExp(
      [
        'omitStages: "Later" is none of RequestReceived, ResponseStarted, ResponseComplete, Panic',
        'unknown field rules\\[0\\]\\.user',
        'rules\\[0\\]\\.level must be one of None, Metadata, Request, RequestResponse',
        "rules\\[0\\]\\.nonResourceURLs\\[0\\] must begin with a '/' character",
        'rules\\[1\\]\\.resources\\[0\\]\\.group must be the name of an API group, without a version',
        'rules\\[1\\]\\.resources\\[0\\]\\.resourceNames: using resourceNames requires at least one resource',
      ].join('; '),
    ),
  ],
])('a policy with a mistake (%s) is refused with its file and a remedy', async (_what, text, message) => {
  await writeFile(join(dir, 'audit-policy.yaml'), text);
  const refused = await readAuditSettings(dir).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    message: expect.stringMatching(message),
    code: 'InvalidArgument',
    remedy: expect.stringContaining('Correct the file'),
  });
});
