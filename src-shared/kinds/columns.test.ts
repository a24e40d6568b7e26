import { describe, expect, it } from 'vitest';
import { deploymentKind } from './apps/deployment/kind.ts';
import { replicaSetKind } from './apps/replica-set/kind.ts';
import { leaseKind } from './coordination/lease/kind.ts';
import { configMapKind } from './core/config-map/kind.ts';
import { endpointsKind } from './core/endpoints/kind.ts';
import { eventKind } from './core/event/kind.ts';
import { namespaceKind } from './core/namespace/kind.ts';
import { secretKind } from './core/secret/kind.ts';
import { serviceAccountKind } from './core/service-account/kind.ts';
import type { AnyKind } from './define.ts';
import { endpointSliceKind } from './discovery/endpoint-slice/kind.ts';
import { row, secondsAgo } from './testing.ts';

const metadata = { name: 'a', creationTimestamp: secondsAgo(60) };
const Name = 'a';
const Age = secondsAgo(60);

const template = {
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [
      { name: 'x', image: 'web:1' },
      { name: 'y', image: 'log:2' },
    ],
  },
};
const selector = {
  matchLabels: { app: 'web' },
  matchExpressions: [{ key: 'tier', operator: 'In', values: ['b', 'a'] }],
};

describe('kubectl get prints', () => {
  it.each<[AnyKind, object, Record<string, unknown>]>([
    [namespaceKind, { metadata, status: { phase: 'Active' } }, { Name, Status: 'Active', Age }],
    [configMapKind, { metadata, data: { a: '', b: '' }, binaryData: { c: '' } }, { Name, Data: 3, Age }],
    [secretKind, { metadata, type: 'Opaque', data: { a: '' } }, { Name, Type: 'Opaque', Data: 1, Age }],
    [serviceAccountKind, { metadata }, { Name, Secrets: 0, Age }],
    [leaseKind, { metadata, spec: { holderIdentity: 'n1' } }, { Name, Holder: 'n1', Age }],
    [
      deploymentKind,
      {
        metadata,
        spec: { replicas: 3, selector, template },
        status: { readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 },
      },
      {
        Name,
        Ready: '2/3',
        'Up-to-date': 1,
        Available: 2,
        Age,
        Containers: 'x,y',
        Images: 'web:1,log:2',
        Selector: 'app=web,tier in (a,b)',
      },
    ],
    [
      replicaSetKind,
      { metadata, spec: { replicas: 3, selector: {}, template }, status: { replicas: 2, readyReplicas: 1 } },
      {
        Name,
        Desired: 3,
        Current: 2,
        Ready: 1,
        Age,
        Containers: 'x,y',
        Images: 'web:1,log:2',
        Selector: '<none>',
      },
    ],
    [
      endpointsKind,
      {
        metadata,
        subsets: [
          {
            addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
            notReadyAddresses: [{ ip: '10.0.0.9' }],
            ports: [{ port: 80 }, { port: 81 }],
          },
        ],
      },
      { Name, Endpoints: '10.0.0.1:80,[fd00::1]:80,10.0.0.1:81 + 1 more...', Age },
    ],
    [endpointsKind, { metadata }, { Name, Endpoints: '<none>', Age }],
    [
      endpointSliceKind,
      {
        metadata,
        addressType: 'IPv4',
        ports: [{ port: 80 }, { name: 'x' }, {}, { port: 81 }],
        endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2'] }],
      },
      { Name, AddressType: 'IPv4', Ports: '80,x,* + 1 more...', Endpoints: '10.0.0.1,10.0.0.2', Age },
    ],
    [
      endpointSliceKind,
      { metadata, addressType: 'IPv6', endpoints: [] },
      { Name, AddressType: 'IPv6', Ports: '<unset>', Endpoints: '<unset>', Age },
    ],
    [
      eventKind,
      {
        metadata,
        involvedObject: { kind: 'Pod', name: 'web', fieldPath: 'spec.containers{x}' },
        type: 'Warning',
        reason: 'BackOff',
        message: 'Back-off restarting\n',
        source: { component: 'kubelet', host: 'n1' },
        firstTimestamp: secondsAgo(90),
        lastTimestamp: secondsAgo(30),
        count: 4,
      },
      {
        'Last Seen': secondsAgo(30),
        Type: 'Warning',
        Reason: 'BackOff',
        Object: 'pod/web',
        Subobject: 'spec.containers{x}',
        Source: 'kubelet, n1',
        Message: 'Back-off restarting',
        'First Seen': secondsAgo(90),
        Count: 4,
        Name,
      },
    ],
    [
      eventKind,
      {
        metadata,
        involvedObject: { kind: 'Pod', name: 'web' },
        type: 'Normal',
        reason: 'Scheduled',
        eventTime: secondsAgo(5),
        reportingComponent: 'default-scheduler',
        reportingInstance: 'default-scheduler-0',
      },
      {
        'Last Seen': secondsAgo(5),
        Type: 'Normal',
        Reason: 'Scheduled',
        Object: 'pod/web',
        Subobject: '',
        Source: 'default-scheduler, default-scheduler-0',
        Message: '',
        'First Seen': secondsAgo(5),
        Count: 1,
        Name,
      },
    ],
  ])('$kind', (kind, object, expected) => {
    expect(row(kind.columns, object)).toEqual(expected);
    expect(kind.columns.map(({ name }) => name)).toEqual(Object.keys(expected));
  });

  it('the wide columns of workloads only when asked', () => {
    const wide = deploymentKind.columns.filter(({ priority }) => priority === 1).map(({ name }) => name);
    expect(wide).toEqual(['Containers', 'Images', 'Selector']);
  });
});
