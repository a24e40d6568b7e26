import { expect, test } from 'vitest';
import { planRecovery } from './recovery.ts';

const nodes = ['a', 'b'].map((name) => ({
  name,
  container: name,
  ip: '',
  podCidr: '',
  kubeletHostPort: 0,
}));
const both = (a: string, b: string) => [
  { container: 'a', state: a },
  { container: 'b', state: b },
];
const seen = {
  config: { nodes },
  isWanted: true,
  isBack: false,
  hasControlPlane: true,
  containers: both('running', 'running'),
};

test.each([
  ['a cluster as it should be is left alone', {}, 'nothing'],
  ['a removed container is made anew', { containers: both('running', 'running').slice(1) }, 'revive'],
  ['a container stopped by hand stays stopped', { containers: both('exited', 'running') }, 'nothing'],
  [
    'what the engine did not bring back is started',
    { isBack: true, containers: both('exited', 'running') },
    'revive',
  ],
  ['a start that failed without Docker is made good', { isBack: true, hasControlPlane: false }, 'revive'],
  ['a stopped cluster without containers is left alone', { isWanted: false, containers: [] }, 'nothing'],
  [
    'a cluster stopped while Docker was away stays stopped',
    { isWanted: false, isBack: true, hasControlPlane: false },
    'stop',
  ],
  ['nodes of a cluster another app runs are left alone', { isWanted: false, isBack: true }, 'nothing'],
])('%s', (_what, difference, expected) => {
  expect(planRecovery({ ...seen, ...difference })).toBe(expected);
});
