import { lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  mergeKubeconfig,
  mergeTexts,
  refreshMergedKubeconfig,
  unmergeKubeconfig,
} from './kubeconfig-merge.ts';

const addition = {
  clusters: [{ name: 'slipway-dev', cluster: { server: 'https://127.0.0.1:2' } }],
  users: [{ name: 'slipway-dev', user: {} }],
  contexts: [{ name: 'slipway-dev', context: { cluster: 'slipway-dev', user: 'slipway-dev' } }],
  'current-context': 'slipway-dev',
};

test('an empty file becomes a kubeconfig with the cluster in it', () => {
  expect(parse(mergeTexts('', addition, 'f'))).toEqual({ apiVersion: 'v1', kind: 'Config', ...addition });
});

test('entries of others stay, an entry of the same name is replaced, comments survive', () => {
  const current = `# mine
apiVersion: v1
kind: Config
clusters:
- name: work
  cluster: {server: "https://work"}
- name: slipway-dev
  cluster: {server: "https://127.0.0.1:1"}
preferences: {colors: true}
`;
  const merged = mergeTexts(current, addition, 'f');
  expect(merged).toContain('# mine');
  expect(parse(merged)).toMatchObject({
    clusters: [{ name: 'work', cluster: { server: 'https://work' } }, addition.clusters[0]],
    preferences: { colors: true },
    'current-context': 'slipway-dev',
  });
});

test('a file that is not YAML is refused by name and left alone', () => {
  expect(() => mergeTexts('a: [', addition, '/home/me/.kube/config')).toThrow(
    /^\/home\/me\/\.kube\/config cannot be merged into: it is not valid YAML: .* at line 1, column \d+\.$/,
  );
});

test.each([
  ['a list', '- a\n- b\n', 'it holds no key: value pairs'],
  ['a text', 'hello\n', 'it holds no key: value pairs'],
  ['clusters that are no list', 'clusters: {a: 1}\n', 'its clusters are no list'],
])('%s is refused', (_what, current, why) => {
  expect(() => mergeTexts(current, addition, 'f')).toThrow(`f cannot be merged into: ${why}.`);
});

test.each([
  [
    'null sections, as kubectl leaves them',
    'apiVersion: v1\nkind: Config\nclusters: null\nusers: []\ncontexts: null\n',
  ],
  ['comments alone', '# nothing yet\n'],
  ['an empty document', '---\n'],
])('%s are filled', (_what, current) => {
  expect(parse(mergeTexts(current, addition, 'f'))).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    ...addition,
  });
});

test('comments inside a section survive', () => {
  const current = 'clusters:\n# the office\n- name: work # slow\n  cluster: {}\n';
  const merged = mergeTexts(current, addition, 'f');
  expect(merged).toContain('# the office');
  expect(merged).toContain('# slow');
});

const at = (server: string, authority = 'ours') =>
  JSON.stringify({
    ...addition,
    clusters: [{ name: 'slipway-dev', cluster: { server, 'certificate-authority-data': authority } }],
  });

describe('in the file of the user', () => {
  const before = process.env.KUBECONFIG;
  let dir: string;
  const read = () => parse(readFileSync(join(dir, 'config'), 'utf8'));

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'slipway-kubeconfig-'));
    process.env.KUBECONFIG = join(dir, 'config');
    writeFileSync(join(dir, 'real'), '');
    symlinkSync(join(dir, 'real'), join(dir, 'config'));
  });

  afterEach(() => {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
    rmSync(dir, { recursive: true });
  });

  test('a link stays a link, and a refresh leaves the current context', async () => {
    await refreshMergedKubeconfig(at('https://127.0.0.1:1'));
    expect(readFileSync(join(dir, 'real'), 'utf8')).toBe('');
    await mergeKubeconfig(at('https://127.0.0.1:1'));
    expect(lstatSync(join(dir, 'config')).isSymbolicLink()).toBe(true);
    const text = readFileSync(join(dir, 'real'), 'utf8');
    writeFileSync(join(dir, 'real'), text.replace('current-context: slipway-dev', 'current-context: work'));
    await refreshMergedKubeconfig(at('https://127.0.0.1:2'));
    expect(read()).toMatchObject({
      clusters: [{ cluster: { server: 'https://127.0.0.1:2' } }],
      'current-context': 'work',
    });
  });

  test('what was merged is taken out again, and nothing else', async () => {
    writeFileSync(join(dir, 'real'), '# mine\nclusters:\n# the office\n- name: work\n  cluster: {}\n');
    await mergeKubeconfig(at('https://127.0.0.1:1'));
    expect(await unmergeKubeconfig(at('https://127.0.0.1:1'))).toBe(join(dir, 'config'));
    expect(readFileSync(join(dir, 'real'), 'utf8')).toMatch(/# mine[\s\S]*# the office/);
    expect(read()).toMatchObject({
      clusters: [{ name: 'work' }],
      users: [],
      contexts: [],
      'current-context': '',
    });
    expect(await unmergeKubeconfig(at('https://127.0.0.1:1'))).toBeUndefined();
  });

  test("a cluster of the same name with another authority is somebody else's", async () => {
    await mergeKubeconfig(at('https://127.0.0.1:1', 'theirs'));
    const text = readFileSync(join(dir, 'real'), 'utf8');
    expect(await unmergeKubeconfig(at('https://127.0.0.1:1'))).toBeUndefined();
    await refreshMergedKubeconfig(at('https://127.0.0.1:2'));
    expect(readFileSync(join(dir, 'real'), 'utf8')).toBe(text);
  });
});
