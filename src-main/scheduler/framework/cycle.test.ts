import { Client } from '@shared/client/client.ts';
import type { Node, Pod } from '@shared/kinds/wire.ts';
import { describe, expect, test } from 'vitest';
import { defaultProfile } from '../profile.ts';
import { decide } from './cycle.ts';
import { NodeInfo } from './node-info.ts';

const unused: Client = new Client({
  request: () => Promise.reject(new Error('a decision makes no calls')),
  watch: () => Promise.reject(new Error('a decision makes no calls')),
  stream: () => {
    throw new Error('a decision makes no calls');
  },
});
const profile = defaultProfile(unused);

function node(name: string, change: Partial<Node> = {}): NodeInfo {
  const info = new NodeInfo(name);
  info.setNode({
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    status: { allocatable: { cpu: '2', memory: '4Gi', pods: '110' } },
    ...change,
  });
  return info;
}

function pod(
  name: string,
  spec: Partial<NonNullable<Pod['spec']>> = {},
  requests: Record<string, string> = {},
): Pod {
  return {
    metadata: { name, namespace: 'default', uid: name },
    spec: { containers: [{ name: 'a', image: 'a', resources: { requests } }], ...spec },
  };
}

const place = (subject: Pod, nodes: readonly NodeInfo[], random = () => 0) =>
  decide(subject, nodes, { profile, random, nowMs: 0 });

describe('a pod that fits nowhere is told why, in the words kubectl users know', () => {
  const cases: [string, Pod, NodeInfo[], string][] = [
    ['no nodes', pod('p'), [], 'no nodes available to schedule pods'],
    [
      'cpu',
      pod('p', {}, { cpu: '3' }),
      [node('a'), node('b')],
      '0/2 nodes are available: 2 Insufficient cpu.',
    ],
    [
      'cpu and memory',
      pod('p', {}, { cpu: '3', memory: '5Gi' }),
      [node('a')],
      '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.',
    ],
    [
      'an extended resource no node has',
      pod('p', {}, { 'example.com/gpu': '1' }),
      [node('a')],
      '0/1 nodes are available: 1 Insufficient example.com/gpu.',
    ],
    [
      'node selector',
      pod('p', { nodeSelector: { disk: 'ssd' } }),
      [node('a')],
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    ],
    [
      'cordoned',
      pod('p'),
      [node('a', { spec: { unschedulable: true } })],
      '0/1 nodes are available: 1 node(s) were unschedulable.',
    ],
    [
      'taint',
      pod('p'),
      [node('a', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } })],
      '0/1 nodes are available: 1 node(s) had untolerated taint(s).',
    ],
    [
      'node name',
      pod('p', { nodeName: 'x' }),
      [node('a')],
      "0/1 nodes are available: 1 node(s) didn't match the requested node name.",
    ],
    [
      'each node for a reason of its own',
      pod('p', {}, { cpu: '3' }),
      [node('a'), node('b', { spec: { unschedulable: true } }), node('c')],
      '0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.',
    ],
  ];
  test.each(cases)('%s', (_name, subject, nodes, message) => {
    const decision = place(subject, nodes);
    expect([decision.node, decision.explanation.message]).toEqual([undefined, message]);
  });

  test('too many pods', () => {
    const full = node('a', { status: { allocatable: { cpu: '2', memory: '4Gi', pods: '1' } } });
    full.addPod('other', pod('other'));
    expect(place(pod('p'), [full]).explanation.message).toBe('0/1 nodes are available: 1 Too many pods.');
  });

  test('a host port that is taken on the same address', () => {
    const withPort = (name: string, hostIP?: string) =>
      pod(name, {
        containers: [
          {
            name: 'a',
            image: 'a',
            ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP', ...(hostIP && { hostIP }) }],
          },
        ],
      });
    const busy = node('a');
    busy.addPod('other', withPort('other', '127.0.0.1'));
    expect(place(withPort('p'), [busy]).explanation.message).toBe(
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
    );
    expect(place(withPort('p', '127.0.0.2'), [busy]).node).toBe('a');
  });
});

describe('among nodes that fit', () => {
  test('the emptier one is chosen, and the explanation shows both scores', () => {
    const busy = node('busy');
    busy.addPod('other', pod('other', {}, { cpu: '1', memory: '1Gi' }));
    const decision = place(pod('p', {}, { cpu: '100m' }), [busy, node('free')]);
    expect(decision.node).toBe('free');
    const scores = decision.explanation.nodes.map((verdict) => [
      verdict.node,
      verdict.scores.NodeResourcesFit,
    ]);
    expect(scores).toEqual([
      ['busy', 57],
      ['free', 95],
    ]);
  });

  test('equals are drawn by lot', () => {
    const nodes = [node('a'), node('b')];
    expect(place(pod('p'), nodes, () => 0).node).toBe('a');
    expect(place(pod('p'), nodes, () => 0.9).node).toBe('b');
  });

  test('preferred affinity and soft taints weigh', () => {
    const liked = node('liked', { metadata: { name: 'liked', labels: { disk: 'ssd' } } });
    const prefers = pod('p', {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 10,
              preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] },
            },
          ],
        },
      },
    });
    expect(place(prefers, [node('a'), liked]).node).toBe('liked');
    const avoided = node('avoided', { spec: { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] } });
    expect(place(pod('p'), [avoided, node('z')]).node).toBe('z');
  });

  test('a toleration opens a tainted node', () => {
    const tainted = node('a', { spec: { taints: [{ key: 'k', value: 'v', effect: 'NoExecute' }] } });
    expect(
      place(pod('p', { tolerations: [{ key: 'k', operator: 'Equal', value: 'v' }] }), [tainted]).node,
    ).toBe('a');
    expect(place(pod('p', { tolerations: [{ operator: 'Exists' }] }), [tainted]).node).toBe('a');
    expect(
      place(pod('p', { tolerations: [{ key: 'k', operator: 'Equal', value: 'w' }] }), [tainted]).node,
    ).toBeUndefined();
  });
});

test('a pod that left gives its room back', () => {
  const info = node('a');
  info.addPod('one', pod('one', {}, { cpu: '2' }));
  expect(place(pod('p', {}, { cpu: '1' }), [info]).node).toBeUndefined();
  info.removePod('one');
  expect(place(pod('p', {}, { cpu: '1' }), [info]).node).toBe('a');
  expect([...info.requested.values()].every((amount) => amount === 0)).toBe(true);
});
