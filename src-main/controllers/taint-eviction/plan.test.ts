import type { Node, Pod, Taint, Toleration } from '@shared/kinds/wire.ts';
import { expect, test } from 'vitest';
import { planEviction } from './plan.ts';

const nowMs = Date.parse('2026-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(nowMs - seconds * 1000).toISOString();
const unreachable: Taint = {
  key: 'node.kubernetes.io/unreachable',
  effect: 'NoExecute',
  timeAdded: ago(100),
};

const node = (...taints: Taint[]): Node => ({ metadata: { name: 'a' }, spec: { taints } });
const pod = (tolerations: Toleration[], ageSeconds = 1000): Pod => ({
  metadata: { name: 'p', creationTimestamp: ago(ageSeconds) },
  spec: { containers: [], tolerations },
});
const tolerate = (tolerationSeconds?: number, rest: Partial<Toleration> = {}): Toleration => ({
  key: unreachable.key,
  operator: 'Exists',
  effect: 'NoExecute',
  ...(tolerationSeconds !== undefined && { tolerationSeconds }),
  ...rest,
});

test.each([
  ['a node without such taints', pod([]), node({ key: 'x', effect: 'NoSchedule' }), { do: 'nothing' }],
  ['a taint it does not tolerate', pod([]), node(unreachable), { do: 'evict' }],
  ['a taint it tolerates for ever', pod([tolerate()]), node(unreachable), { do: 'nothing' }],
  ['time left', pod([tolerate(300)]), node(unreachable), { do: 'wait', forMs: 200_000 }],
  ['no time left', pod([tolerate(100)]), node(unreachable), { do: 'evict' }],
  [
    'the shortest of several limits',
    pod([tolerate(300), tolerate(120)]),
    node(unreachable),
    { do: 'wait', forMs: 20_000 },
  ],
  ['a negative limit', pod([tolerate(-1)]), node(unreachable), { do: 'evict' }],
  ['a pod younger than the taint', pod([tolerate(60)], 10), node(unreachable), { do: 'wait', forMs: 50_000 }],
  [
    'one of two taints not tolerated',
    pod([tolerate()]),
    node(unreachable, { key: 'x', effect: 'NoExecute' }),
    { do: 'evict' },
  ],
  ['a toleration for everything', pod([{ operator: 'Exists' }]), node(unreachable), { do: 'nothing' }],
  [
    'another value',
    pod([{ key: 'x', value: 'a' }]),
    node({ key: 'x', value: 'b', effect: 'NoExecute' }),
    { do: 'evict' },
  ],
  [
    'the same value',
    pod([{ key: 'x', value: 'a' }]),
    node({ key: 'x', value: 'a', effect: 'NoExecute' }),
    { do: 'nothing' },
  ],
  ['no such node', pod([]), undefined, { do: 'nothing' }],
])('%s', (_, given, where, plan) => {
  expect(planEviction(given, where, nowMs)).toEqual(plan);
});
