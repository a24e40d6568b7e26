import { hollowNumbers } from '@shared/rpc/cluster-config.ts';
import { expect, test } from 'vitest';
import { planCluster, planNetwork, planNodes, withMoreHollow, withoutNode } from './plan.ts';

const network = planNetwork({ name: 'slipway-dev', subnet: '172.30.4.0/24', gateway: '172.30.4.1' });
const cluster = {
  ...planCluster({ name: 'dev', driver: 'docker', nodes: 3 }, { apiPort: 6443, now: new Date(0) }),
  network,
};

test('nodes get names, addresses and pod ranges of their own', () => {
  expect(planNodes(cluster, [41001, 41002])).toEqual([
    {
      name: 'dev-node-1',
      container: 'slipway-dev-node-1',
      ip: '172.30.4.11',
      podCidr: '10.244.1.0/24',
      kubeletHostPort: 41001,
    },
    {
      name: 'dev-node-2',
      container: 'slipway-dev-node-2',
      ip: '172.30.4.12',
      podCidr: '10.244.2.0/24',
      kubeletHostPort: 41002,
    },
  ]);
});

test('a removed node leaves a number that the next one takes', () => {
  const [first, second, third] = planNodes(cluster, [1, 2, 3]);
  if (!first || !second || !third) throw new Error('three nodes were planned');
  const [next] = planNodes({ ...cluster, nodes: [first, third] }, [4]);
  expect(next).toEqual({ ...second, kubeletHostPort: 4 });
});

test('a hollow cluster has simulated nodes only', () => {
  expect(
    planCluster({ name: 'h', driver: 'hollow', nodes: 50 }, { apiPort: 1, now: new Date(0) }),
  ).toMatchObject({ nodes: [], hollowNodes: 50, network: { dockerNetwork: null } });
});

test('a simulated node goes alone; its number is used again, and the highest one leaves no trace', () => {
  const five = planCluster({ name: 'h', driver: 'hollow', nodes: 5 }, { apiPort: 1, now: new Date(0) });
  const without = withoutNode(withoutNode(five, 'h-hollow-2'), 'h-hollow-4');
  expect([without.hollowNodes, hollowNumbers(without)]).toEqual([3, [1, 3, 5]]);
  expect(hollowNumbers(withMoreHollow(without, 1))).toEqual([1, 2, 3, 5]);
  expect(hollowNumbers(withMoreHollow(without, 4))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const low = withoutNode(without, 'h-hollow-5');
  expect([hollowNumbers(low), low.removedHollowNodes]).toEqual([[1, 3], [2]]);
  expect(withoutNode(low, 'h-hollow-9')).toEqual(low);
});
