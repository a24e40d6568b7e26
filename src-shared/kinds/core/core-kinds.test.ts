import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../api/meta.ts';
import { leaseKind } from '../coordination/lease/kind.ts';
import type { AnyKind } from '../define.ts';
import { endpointSliceKind } from '../discovery/endpoint-slice/kind.ts';
import { created, createErrors, defaulted, row, secondsAgo, updated, updateErrors } from '../testing.ts';
import type { Namespace, Node, Secret } from '../wire.ts';
import { configMapKind } from './config-map/kind.ts';
import { endpointsKind } from './endpoints/kind.ts';
import { eventKind } from './event/kind.ts';
import { namespaceKind } from './namespace/kind.ts';
import { nodeKind } from './node/kind.ts';
import { isNodeReady } from './node/node-status.ts';
import { secretKind } from './secret/kind.ts';

const metadata = { name: 'a', namespace: 'default' };

describe('a namespace', () => {
  it('is born active, labelled with its name, and holds its contents', () => {
    expect(created<Namespace>(namespaceKind, { metadata: { name: 'team' } })).toEqual({
      metadata: { name: 'team', labels: { 'kubernetes.io/metadata.name': 'team' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  it('keeps its finalizers: they change through /finalize alone', () => {
    const old: Namespace = { metadata: { name: 'a' }, spec: { finalizers: ['kubernetes'] } };
    expect(updated<Namespace>(namespaceKind, { metadata: { name: 'a' } }, old).spec).toEqual(old.spec);
  });

  it('takes only finalizers with a domain', () => {
    const example: Namespace = { metadata: { name: 'a' }, spec: { finalizers: ['example.com/x', 'mine'] } };
    expect(createErrors(namespaceKind, example)).toEqual([
      'spec.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });

  it('is terminating exactly while it is being deleted', () => {
    const check = (namespace: Namespace) =>
      namespaceKind.strategy.validateStatusUpdate?.(namespace, namespace).map(({ message }) => message);
    const deleted = { deletionTimestamp: secondsAgo(1) };
    expect(check({ metadata: {}, status: { phase: 'Terminating' } })).toEqual([
      'Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    ]);
    expect(check({ metadata: deleted, status: { phase: 'Active' } })).toEqual([
      'Invalid value: "Active": may only be \'Terminating\' if `deletionTimestamp` is not empty',
    ]);
    expect(check({ metadata: deleted, status: { phase: 'Terminating' } })).toEqual([]);
  });
});

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

describe('a secret', () => {
  it('is opaque and encoded', () => {
    const example: Secret = { metadata, data: { a: 'b2xk', b: 'Yg==' }, stringData: { a: 'new', c: 'ü' } };
    expect(defaulted(secretKind, example)).toEqual({
      metadata,
      type: 'Opaque',
      data: { a: 'bmV3', b: 'Yg==', c: 'w7w=' },
    });
  });

  it.each<[string, Secret, string[]]>([
    [
      'keys that are none',
      { data: { 'a b': '' } },
      [
        "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    ],
    [
      'no certificate',
      { type: 'kubernetes.io/tls', data: { 'tls.key': '' } },
      ['data[tls.crt]: Required value'],
    ],
    ['no key', { type: 'kubernetes.io/ssh-auth' }, ['data[ssh-privatekey]: Required value']],
    [
      'neither user nor password',
      { type: 'kubernetes.io/basic-auth' },
      ['data[username]: Required value', 'data[password]: Required value'],
    ],
    [
      'a configuration that is no JSON',
      { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'secret' } },
      ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": must be valid JSON'],
    ],
    [
      'no account',
      { type: 'kubernetes.io/service-account-token' },
      ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
    ],
    [
      'too much in it',
      { stringData: { a: 'x'.repeat(2 ** 20 + 1) } },
      ['data: Too long: may not be more than 1048576 bytes'],
    ],
  ])('with %s is refused', (_title, secret, expected) => {
    expect(createErrors(secretKind, { metadata, ...secret })).toEqual(expected);
  });

  it('never changes its type', () => {
    expect(updateErrors<Secret>(secretKind, { type: 'b' }, { type: 'a' })).toEqual([
      'type: Invalid value: "b": field is immutable',
    ]);
  });

  it('never changes once immutable', () => {
    const old: Secret = { immutable: true, data: { a: 'YQ==' } };
    expect(updateErrors<Secret>(secretKind, { data: { a: 'Yg==' } }, old)).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
    expect(updateErrors<Secret>(secretKind, old, old)).toEqual([]);
  });
});

describe('the plain kinds', () => {
  it.each<[string, AnyKind, KubeObject & object, string[]]>([
    [
      'a config map with a key twice',
      configMapKind,
      { metadata, data: { a: '' }, binaryData: { a: '' } } as KubeObject,
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [
      'a config map too large',
      configMapKind,
      { metadata, data: { a: 'ü'.repeat(2 ** 19), b: 'x' } } as KubeObject,
      [': Too long: may not be more than 1048576 bytes'],
    ],
    [
      'endpoints without addresses',
      endpointsKind,
      { metadata, subsets: [{ ports: [{ port: 80 }] }] } as KubeObject,
      ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
    ],
    [
      'endpoints on the loopback',
      endpointsKind,
      { metadata, subsets: [{ addresses: [{ ip: '127.0.0.1' }] }] } as KubeObject,
      [
        'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [
      'an endpoint slice of the wrong family',
      endpointSliceKind,
      {
        metadata,
        addressType: 'IPv4',
        endpoints: [{ addresses: ['fd00::1'] }, { addresses: [] }],
      } as KubeObject,
      [
        'endpoints[0].addresses[0]: Invalid value: "fd00::1": must be a valid IPv4 address',
        'endpoints[1].addresses: Required value: must contain at least 1 address',
      ],
    ],
    [
      'an endpoint slice with nameless ports',
      endpointSliceKind,
      { metadata, addressType: 'IPv4', endpoints: [], ports: [{ port: 80 }, { port: 81 }] } as KubeObject,
      ['ports[1].name: Duplicate value: ""'],
    ],
    [
      'a lease of no time',
      leaseKind,
      {
        metadata,
        spec: { leaseDurationSeconds: 0, leaseTransitions: -1, preferredHolder: 'x' },
      } as KubeObject,
      [
        'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
        'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
        'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined',
      ],
    ],
    [
      'an event about another namespace',
      eventKind,
      { metadata, involvedObject: { namespace: 'other' } } as KubeObject,
      ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    ],
    [
      'a new event without a reporter',
      eventKind,
      {
        metadata,
        involvedObject: { namespace: 'default' },
        eventTime: secondsAgo(0),
        reportingComponent: 'c',
        reason: 'r'.repeat(129),
      } as KubeObject,
      [
        'reportingInstance: Required value',
        'action: Required value',
        'reason: Invalid value: "": can have at most 128 characters',
      ],
    ],
  ])('refuse %s', (_title, kind, object, expected) => {
    expect(createErrors(kind, object)).toEqual(expected);
  });

  it('keep what is immutable', () => {
    const slice = (addressType: string) => ({ metadata, addressType, endpoints: [] });
    expect(updateErrors(endpointSliceKind, slice('IPv6'), slice('IPv4'))).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ]);
    const map = { metadata, immutable: true, binaryData: { a: 'YQ==' } };
    expect(updateErrors(configMapKind, { ...map, binaryData: {} }, map)).toEqual([
      'binaryData: Forbidden: field is immutable when `immutable` is set',
    ]);
  });

  it('find events by what they are about', () => {
    const event = {
      metadata,
      involvedObject: { kind: 'Pod', name: 'web', uid: 'u' },
      reason: 'Started',
      source: { component: 'kubelet' },
      type: 'Normal',
    };
    const selected = Object.entries(eventKind.selectableFields).map(([field, select]) => [
      field,
      select(event),
    ]);
    expect(Object.fromEntries(selected)).toEqual({
      'involvedObject.kind': 'Pod',
      'involvedObject.namespace': '',
      'involvedObject.name': 'web',
      'involvedObject.uid': 'u',
      'involvedObject.apiVersion': '',
      'involvedObject.resourceVersion': '',
      'involvedObject.fieldPath': '',
      reason: 'Started',
      reportingComponent: '',
      source: 'kubelet',
      type: 'Normal',
    });
    expect(eventKind.ttlSeconds).toBe(3600);
  });
});
