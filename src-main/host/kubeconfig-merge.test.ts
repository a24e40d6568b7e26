import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { mergeTexts } from './kubeconfig-merge.ts';

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
    '/home/me/.kube/config is not valid YAML',
  );
});
