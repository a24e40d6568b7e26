import { describe, expect, test } from 'vitest';
import type { DeepReadonly } from '../../../lib/types.ts';
import type { Container, Pod } from '../../wire.ts';
import { refusalOf, resizeStep, wholePod, wishes, withResources } from './pod-resize.ts';

type Amounts = Readonly<Record<string, string>>;

const container = (
  requests: Amounts,
  limits: Amounts = {},
  policy: Amounts = {},
): DeepReadonly<Container> => ({
  name: 'a',
  resources: { requests, limits },
  resizePolicy: Object.entries(policy).map(([resourceName, restartPolicy]) => ({
    resourceName,
    restartPolicy,
  })),
});
const pod = (...containers: DeepReadonly<Container>[]): DeepReadonly<Pod> => ({
  metadata: { name: 'web', uid: 'u1' },
  spec: { containers, initContainers: [{ name: 'first', resources: { requests: { cpu: '9' } } }] },
});

describe('how a running container gets its resources', () => {
  const actual = { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } };
  test.each([
    ['nothing changed', container({ cpu: '1000m', memory: '1024Mi' }, { memory: '1Gi' }), 'none'],
    ['other cpu', container({ cpu: '2', memory: '1Gi' }, { memory: '1Gi' }), 'update'],
    ['a new limit', container({ cpu: '1', memory: '1Gi' }, { memory: '1Gi', cpu: '2' }), 'update'],
    [
      'what changes takes a restart',
      container({ cpu: '1', memory: '1Gi' }, { memory: '2Gi' }, { memory: 'RestartContainer' }),
      'restart',
    ],
    [
      'only what stays would take one',
      container({ cpu: '2', memory: '1Gi' }, { memory: '1Gi' }, { memory: 'RestartContainer' }),
      'update',
    ],
  ])('%s', (_title, wanted, expected) => {
    expect(resizeStep(wanted, actual)).toBe(expected);
  });
});

test.each([
  ['room', { cpu: '1', memory: '1Gi' }, undefined],
  [
    'a node too small',
    { cpu: '5' },
    {
      reason: 'Infeasible',
      message: "Node didn't have enough capacity: cpu, requested: 9000, capacity: 4000",
    },
  ],
])('with %s', (_title, requests, expected) => {
  const capacity = { cpuMilli: 4000, memoryBytes: 2 ** 32 };
  const { spec } = pod(container(requests));
  const own = { spec: { ...spec, containers: spec?.containers ?? [], initContainers: [] } };
  const asked = expected ? pod(container(requests)) : own;
  expect(refusalOf(asked, { cpuMilli: 1000, memoryBytes: 0 }, capacity)).toEqual(expected);
});

test('room that others take is waited for', () => {
  const asked = { spec: { containers: [container({ memory: '3Gi' })] } };
  expect(
    refusalOf(asked, { cpuMilli: 0, memoryBytes: 2 ** 31 }, { cpuMilli: 4000, memoryBytes: 2 ** 32 }),
  ).toEqual({
    reason: 'Deferred',
    message:
      "Node didn't have enough resource: memory, requested: 3221225472, used: 2147483648, capacity: 4294967296",
  });
});

test('a pod with what it was promised; init containers keep their own', () => {
  const asked = pod(container({ cpu: '2' }));
  expect(withResources(asked, wishes(asked))).toBe(asked);
  const promised = withResources(asked, new Map([['a', { requests: { cpu: '1' } }]]));
  expect(promised.spec?.containers[0]?.resources).toEqual({ requests: { cpu: '1' } });
  expect(promised.spec?.initContainers).toEqual(asked.spec?.initContainers);
});

test('what a pod states for all of its containers is a wish of its own', () => {
  const asked = { spec: { resources: { requests: { cpu: '2' } }, containers: [container({ cpu: '1' })] } };
  expect([...wishes(asked).keys()]).toEqual(['a', wholePod]);
  const promised = withResources(asked, new Map([[wholePod, { requests: { cpu: '1' } }]]));
  expect(promised.spec).toEqual({ ...asked.spec, resources: { requests: { cpu: '1' } } });
});
