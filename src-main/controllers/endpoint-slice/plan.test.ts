import type { EndpointSlice, Node, Pod, Service } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { expect, test } from 'vitest';
import { planSlices } from './plan.ts';

function service(spec: Partial<NonNullable<Service['spec']>> = {}): Service {
  const ports = [{ name: 'http', port: 80, targetPort: 8080 as never, protocol: 'TCP' }];
  return {
    metadata: { name: 'web', namespace: 'default', uid: 'svc', labels: { team: 'a' } },
    spec: { selector: { app: 'web' }, clusterIP: '10.96.0.9', ports, ...spec },
  };
}

interface Traits {
  ready?: boolean;
  deleting?: boolean;
  ips?: string[];
  phase?: string;
  spec?: Partial<NonNullable<Pod['spec']>>;
}

function pod(n: number, { ready = true, deleting, ips, phase = 'Running', spec }: Traits = {}): Pod {
  const podIPs = (ips ?? [`10.244.${Math.floor(n / 250)}.${n % 250}`]).map((ip) => ({ ip }));
  return {
    metadata: {
      name: `web-${n}`,
      namespace: 'default',
      uid: `pod-${n}`,
      labels: { app: 'web' },
      ...(deleting && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { containers: [{ name: 'c' }], nodeName: 'node-1', ...spec },
    status: { phase, podIPs, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

const node: Node = { metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': 'z1' } } };
const plan = (svc: Service, pods: Pod[], slices: readonly DeepReadonly<EndpointSlice>[] = []) =>
  planSlices({ service: svc, pods, nodeOf: () => node, slices });

/** As the server would store it. */
const stored = (slice: EndpointSlice, n = 0): EndpointSlice => ({
  ...slice,
  metadata: { ...slice.metadata, name: `web-${n}`, uid: `slice-${n}` },
});

test('lists a ready pod with its address, node, zone and resolved port', () => {
  expect(plan(service(), [pod(1)])).toEqual({
    create: [
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          generateName: 'web-',
          namespace: 'default',
          labels: {
            team: 'a',
            'kubernetes.io/service-name': 'web',
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          },
          ownerReferences: [
            {
              apiVersion: 'v1',
              kind: 'Service',
              name: 'web',
              uid: 'svc',
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
        addressType: 'IPv4',
        endpoints: [
          {
            addresses: ['10.244.0.1'],
            conditions: { ready: true, serving: true, terminating: false },
            targetRef: { kind: 'Pod', namespace: 'default', name: 'web-1', uid: 'pod-1' },
            nodeName: 'node-1',
            zone: 'z1',
          },
        ],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ],
    update: [],
    remove: [],
  });
});

test.each([
  ['ready', {}, {}, { ready: true, serving: true, terminating: false }],
  ['not ready', { ready: false }, {}, { ready: false, serving: false, terminating: false }],
  ['terminating', { deleting: true }, {}, { ready: false, serving: true, terminating: true }],
  [
    'published anyway',
    { ready: false },
    { publishNotReadyAddresses: true },
    { ready: true, serving: false, terminating: false },
  ],
])('conditions of a pod that is %s', (_, traits: Traits, spec, conditions) => {
  expect(plan(service(spec), [pod(1, traits)]).create[0]?.endpoints?.[0]?.conditions).toEqual(conditions);
});

test('changes nothing when the slices tell the truth', () => {
  const pods = [pod(1), pod(2)];
  const slices = plan(service(), pods).create.map((slice) => stored(slice));
  expect(plan(service(), pods, slices)).toEqual({ create: [], update: [], remove: [] });
});

test('keeps one empty slice for a service without pods', () => {
  const { create } = plan(service(), []);
  expect(create.map(({ endpoints, ports }) => ({ endpoints, ports }))).toEqual([
    { endpoints: [], ports: [] },
  ]);
  expect(
    plan(
      service(),
      [],
      create.map((slice) => stored(slice)),
    ),
  ).toEqual({ create: [], update: [], remove: [] });
});

test('ended pods, pods without address and pods of other labels have no endpoint', () => {
  const other = { ...pod(3), metadata: { ...pod(3).metadata, labels: { app: 'other' } } };
  const pods = [pod(1, { phase: 'Succeeded' }), pod(2, { ips: [] }), other];
  expect(plan(service(), pods).create[0]?.endpoints).toEqual([]);
});

test('a slice holds at most 100 endpoints', () => {
  const { create } = plan(
    service(),
    Array.from({ length: 250 }, (_, n) => pod(n + 1)),
  );
  expect(create.map(({ endpoints }) => endpoints?.length)).toEqual([100, 100, 50]);
});

test('a pod that goes changes only the slice it was in, and a new one takes its place', () => {
  const pods = Array.from({ length: 200 }, (_, n) => pod(n + 1));
  const slices = plan(service(), pods).create.map(stored);
  const { create, update, remove } = plan(service(), [...pods.filter((_, n) => n !== 150), pod(201)], slices);
  expect([create, remove]).toEqual([[], []]);
  expect(update.map(({ metadata, endpoints }) => [metadata?.name, endpoints?.length])).toEqual([
    ['web-1', 100],
  ]);
});

test('slices that end up empty are removed', () => {
  const pods = Array.from({ length: 150 }, (_, n) => pod(n + 1));
  const slices = plan(service(), pods).create.map(stored);
  const { remove, update } = plan(service(), pods.slice(0, 100), slices);
  expect([remove.map(({ metadata }) => metadata?.name), update]).toEqual([['web-1'], []]);
});

test('a named target port is looked up in each pod; pods that differ get slices of their own', () => {
  const named = service({ ports: [{ name: 'http', port: 80, targetPort: 'web' as never }] });
  const withPort = (n: number, containerPort: number) =>
    pod(n, { spec: { containers: [{ name: 'c', ports: [{ name: 'web', containerPort }] }] } });
  const { create } = plan(named, [withPort(1, 8080), withPort(2, 9090), withPort(3, 8080)]);
  expect(create.map(({ ports, endpoints }) => [ports?.[0]?.port, endpoints?.length])).toEqual([
    [8080, 2],
    [9090, 1],
  ]);
});

test('dual stack gives slices of each family', () => {
  const dual = service({ ipFamilies: ['IPv6', 'IPv4'] });
  const { create } = plan(dual, [pod(1, { ips: ['10.244.0.1', 'fd00::1'] })]);
  expect(create.map(({ addressType, endpoints }) => [addressType, endpoints?.[0]?.addresses])).toEqual([
    ['IPv6', ['fd00::1']],
    ['IPv4', ['10.244.0.1']],
  ]);
});

test('a headless service is labelled, and hostnames count where the subdomain names it', () => {
  const headless = service({ clusterIP: 'None' });
  const named = pod(1, { spec: { hostname: 'db-0', subdomain: 'web' } });
  const stranger = pod(2, { spec: { hostname: 'db-1', subdomain: 'other' } });
  const [slice] = plan(headless, [named, stranger]).create;
  expect(slice?.metadata?.labels?.['service.kubernetes.io/headless']).toBe('');
  expect(slice?.endpoints?.map(({ hostname }) => hostname)).toEqual(['db-0', undefined]);
});
