import type { Pod, Service } from '@shared/kinds/wire.ts';
import { expect, test } from 'vitest';
import { planEndpoints } from './plan.ts';

const service: Service = {
  metadata: { name: 'web', namespace: 'default', uid: 'svc' },
  spec: {
    selector: { app: 'web' },
    clusterIP: '10.96.0.9',
    ports: [{ port: 80, targetPort: 8080 as never, protocol: 'TCP' }],
  },
};

function pod(n: number, ready = true, deleting = false): Pod {
  return {
    metadata: {
      name: `web-${n}`,
      namespace: 'default',
      uid: `pod-${n}`,
      labels: { app: 'web' },
      ...(deleting && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { containers: [], nodeName: 'node-1' },
    status: {
      phase: 'Running',
      podIPs: [{ ip: `10.244.${Math.floor(n / 250)}.${n % 250}` }],
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
}

const address = (n: number) => ({
  ip: `10.244.0.${n}`,
  nodeName: 'node-1',
  targetRef: { kind: 'Pod', namespace: 'default', name: `web-${n}`, uid: `pod-${n}` },
});

test('ready and unready pods stand apart, terminating ones are left out', () => {
  const action = planEndpoints(service, [pod(2), pod(1), pod(3, false), pod(4, true, true)], undefined);
  expect(action).toMatchObject({
    do: 'create',
    endpoints: {
      metadata: { name: 'web', namespace: 'default' },
      subsets: [
        {
          addresses: [address(1), address(2)],
          notReadyAddresses: [address(3)],
          ports: [{ port: 8080, protocol: 'TCP' }],
        },
      ],
    },
  });
});

test('changes nothing when the object tells the truth', () => {
  const action = planEndpoints(service, [pod(1)], undefined);
  if (action.do === 'nothing') throw new Error('expected a create');
  expect(planEndpoints(service, [pod(1)], action.endpoints)).toEqual({ do: 'nothing' });
});

test('cuts off after 1000 addresses, ready ones first, and says so', () => {
  const pods = Array.from({ length: 1200 }, (_, n) => pod(n + 1, n >= 300));
  const action = planEndpoints(service, pods, undefined);
  if (action.do === 'nothing') throw new Error('expected a create');
  const [subset] = action.endpoints.subsets ?? [];
  expect([subset?.addresses?.length, subset?.notReadyAddresses?.length]).toEqual([900, 100]);
  expect(action.endpoints.metadata?.annotations).toEqual({
    'endpoints.kubernetes.io/over-capacity': 'truncated',
  });
});

test('the note about capacity goes when the pods fit again', () => {
  const crowded = planEndpoints(
    service,
    Array.from({ length: 1001 }, (_, n) => pod(n + 1)),
    undefined,
  );
  if (crowded.do === 'nothing') throw new Error('expected a create');
  const action = planEndpoints(service, [pod(1)], crowded.endpoints);
  expect(action).toMatchObject({ do: 'update', endpoints: { metadata: { annotations: {} } } });
});

test('a headless service without ports still has addresses', () => {
  const headless = { ...service, spec: { selector: { app: 'web' }, clusterIP: 'None' } };
  expect(planEndpoints(headless, [pod(1)], undefined)).toMatchObject({
    endpoints: { subsets: [{ addresses: [address(1)] }] },
  });
});
