import { describe, expect, it } from 'vitest';
import { created, createErrors, defaulted, row, secondsAgo, updateErrors } from '../../testing.ts';
import type { Node } from '../../wire.ts';
import { nodeKind } from './kind.ts';
import { isNodeReady } from './node-status.ts';

describe('a node', () => {
  const ready = (status: string) => [{ type: 'Ready', status }];

  it.each<[string, Node, string]>([
    ['ready', { status: { conditions: ready('True') } }, 'Ready'],
    ['not ready', { status: { conditions: ready('False') } }, 'NotReady'],
    ['lost', { status: { conditions: ready('Unknown') } }, 'NotReady'],
    ['new', {}, 'Unknown'],
    [
      'cordoned',
      { spec: { unschedulable: true }, status: { conditions: ready('True') } },
      'Ready,SchedulingDisabled',
    ],
  ])('that is %s is printed so', (_title, node, status) => {
    expect(row(nodeKind.columns, node).Status).toBe(status);
    expect(isNodeReady(node)).toBe(status.startsWith('Ready'));
  });

  it('is printed in full', () => {
    const node: Node = {
      metadata: {
        name: 'n1',
        creationTimestamp: secondsAgo(60),
        labels: {
          'node-role.kubernetes.io/worker': '',
          'node-role.kubernetes.io/control-plane': '',
          'kubernetes.io/role': 'edge',
        },
      },
      status: {
        conditions: ready('True'),
        addresses: [
          { type: 'Hostname', address: 'n1' },
          { type: 'InternalIP', address: '172.18.0.2' },
        ],
        nodeInfo: {
          architecture: 'amd64',
          bootID: '',
          containerRuntimeVersion: 'containerd://2.1.4',
          kernelVersion: '6.1.0',
          kubeProxyVersion: '',
          kubeletVersion: 'v1.36.0',
          machineID: '',
          operatingSystem: 'linux',
          osImage: 'Debian GNU/Linux 12 (bookworm)',
          systemUUID: '',
        },
      },
    };
    expect(row(nodeKind.columns, node)).toEqual({
      Name: 'n1',
      Status: 'Ready',
      Roles: 'control-plane,edge,worker',
      Age: secondsAgo(60),
      Version: 'v1.36.0',
      'Internal-IP': '172.18.0.2',
      'External-IP': '<none>',
      'OS-Image': 'Debian GNU/Linux 12 (bookworm)',
      'Kernel-Version': '6.1.0',
      'Container-Runtime': 'containerd://2.1.4',
    });
  });

  it('registers with the status its kubelet gives it', () => {
    const node = created<Node>(nodeKind, { metadata: { name: 'n' }, status: { capacity: { cpu: '2' } } });
    expect(node.status).toEqual({ capacity: { cpu: '2' }, allocatable: { cpu: '2' } });
    expect(nodeKind.strategy.keepsStatusOnCreate).toBe(true);
  });

  it('says its pod network both ways', () => {
    expect(defaulted<Node>(nodeKind, { spec: { podCIDR: '10.0.0.0/24' } }).spec?.podCIDRs).toEqual([
      '10.0.0.0/24',
    ]);
    expect(defaulted<Node>(nodeKind, { spec: { podCIDRs: ['10.0.0.0/24'] } }).spec?.podCIDR).toBe(
      '10.0.0.0/24',
    );
  });

  it('has proper taints and networks', () => {
    const spec = {
      taints: [
        { key: 'a', effect: 'NoSchedule' },
        { key: 'a', effect: 'NoSchedule', value: 'b' },
        { key: 'a', effect: 'Sometimes' },
      ],
      podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'],
    };
    expect(createErrors<Node>(nodeKind, { metadata: { name: 'n' }, spec })).toEqual([
      'metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule","value":"b"}: taints must be unique by key and effect pair',
      'metadata.taints[2].effect: Unsupported value: "Sometimes": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family',
    ]);
  });

  it('keeps its pod network and provider id', () => {
    const old: Node = { spec: { podCIDRs: ['10.0.0.0/24'], providerID: 'x' } };
    expect(updateErrors<Node>(nodeKind, { spec: { podCIDRs: ['10.0.1.0/24'] } }, old)).toEqual([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ]);
    expect(updateErrors<Node>(nodeKind, old, { spec: {} })).toEqual([]);
  });
});
