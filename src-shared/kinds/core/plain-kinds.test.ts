import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../api/meta.ts';
import { leaseKind } from '../coordination/lease/kind.ts';
import type { AnyKind } from '../define.ts';
import { endpointSliceKind } from '../discovery/endpoint-slice/kind.ts';
import { createErrors, secondsAgo, updateErrors } from '../testing.ts';
import { configMapKind } from './config-map/kind.ts';
import { endpointsKind } from './endpoints/kind.ts';
import { eventKind } from './event/kind.ts';

const metadata = { name: 'a', namespace: 'default' };

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
        'endpoints[0].addresses[0]: Invalid value: "fd00::1": must be an IPv4 address',
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
