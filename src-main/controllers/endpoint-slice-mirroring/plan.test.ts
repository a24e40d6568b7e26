import type { EndpointSlice, Endpoints } from '@shared/kinds/wire.ts';
import { expect, test } from 'vitest';
import { isMirrored, planMirror } from './plan.ts';

const endpoints = (subsets: Endpoints['subsets'], metadata: Endpoints['metadata'] = {}): Endpoints => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'db', namespace: 'default', uid: 'ends', ...metadata },
  ...(subsets && { subsets }),
});
const ports = [{ name: 'sql', port: 5432, protocol: 'TCP' }];
const labels = {
  'kubernetes.io/service-name': 'db',
  'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
};
/** As the server would store it. */
const stored = (slice: EndpointSlice | undefined, n = 0): EndpointSlice => ({
  addressType: 'IPv4',
  endpoints: [],
  ...slice,
  metadata: { ...slice?.metadata, name: `db-${n}`, uid: `slice-${n}` },
});

test('a subset becomes a slice for each address family, ready or not as it says', () => {
  const object = endpoints(
    [
      {
        addresses: [{ ip: '10.0.0.1', hostname: 'one', nodeName: 'n' }, { ip: 'fd00::1' }],
        notReadyAddresses: [{ ip: '10.0.0.2' }],
        ports,
      },
    ],
    {
      labels: { team: 'a' },
      annotations: { note: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    },
  );
  const metadata = {
    generateName: 'db-',
    namespace: 'default',
    labels: { team: 'a', ...labels },
    annotations: { note: 'x' },
    ownerReferences: [
      {
        apiVersion: 'v1',
        kind: 'Endpoints',
        name: 'db',
        uid: 'ends',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
  const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, ports };
  expect(planMirror(object, [])).toEqual({
    create: [
      {
        ...slice,
        addressType: 'IPv4',
        endpoints: [
          { addresses: ['10.0.0.1'], conditions: { ready: true }, hostname: 'one', nodeName: 'n' },
          { addresses: ['10.0.0.2'], conditions: { ready: false } },
        ],
      },
      { ...slice, addressType: 'IPv6', endpoints: [{ addresses: ['fd00::1'], conditions: { ready: true } }] },
    ],
    update: [],
    remove: [],
    skipped: 0,
  });
});

test('a slice follows its subset, and goes when there is none of its ports any more', () => {
  const before = endpoints([
    { addresses: [{ ip: '10.0.0.1' }], ports },
    { addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] },
  ]);
  const slices = planMirror(before, []).create.map(stored);
  expect(planMirror(before, slices)).toEqual({ create: [], update: [], remove: [], skipped: 0 });
  const after = planMirror(endpoints([{ addresses: [{ ip: '10.0.0.9' }], ports }]), slices);
  expect(after.create).toEqual([]);
  expect(after.update.map(({ metadata, endpoints }) => [metadata?.name, endpoints?.[0]?.addresses])).toEqual([
    ['db-0', ['10.0.0.9']],
  ]);
  expect(after.remove.map(({ metadata }) => metadata?.name)).toEqual(['db-1']);
});

test('of a subset with more than 1,000 addresses, 1,000 are told', () => {
  const addresses = Array.from({ length: 1003 }, (_, n) => ({ ip: `10.0.${n >> 8}.${n & 255}` }));
  const plan = planMirror(endpoints([{ addresses, ports }]), []);
  expect([plan.create[0]?.endpoints?.length, plan.skipped]).toEqual([1000, 3]);
});

test.each([
  [{}, true],
  [{ labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } }, false],
  [{ annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }, false],
])('Endpoints with the metadata %j: mirrored %s', (metadata, mirrored) => {
  expect(isMirrored(endpoints([], metadata))).toBe(mirrored);
});
