import { expect, test } from 'vitest';
import type { Pod } from '../../wire.ts';
import { reservedRequests } from './pod-reservation.ts';

const pod = (wanted: string, status: { allocated?: string; actual?: string; infeasible?: boolean }): Pod => ({
  spec: {
    containers: [{ name: 'a', resources: { requests: { cpu: wanted, memory: '1Gi' } } }, { name: 'b' }],
  },
  status: {
    ...(status.infeasible && {
      conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }],
    }),
    containerStatuses: [
      {
        name: 'a',
        image: '',
        imageID: '',
        ready: true,
        restartCount: 0,
        ...(status.allocated && { allocatedResources: { cpu: status.allocated, memory: '1Gi' } }),
        ...(status.actual && { resources: { requests: { cpu: status.actual, memory: '1Gi' } } }),
      },
    ],
  },
});

test.each([
  ['asks for what it has', pod('1', { allocated: '1', actual: '1' }), 1000],
  ['has told nothing yet', pod('1', {}), 1000],
  ['asks for more and waits', pod('2', { allocated: '1', actual: '1' }), 2000],
  ['asks for less and still has more', pod('500m', { allocated: '500m', actual: '1' }), 1000],
  ['asks for less and was not heard yet', pod('500m', { allocated: '1', actual: '1' }), 1000],
  ['asks for what no node has', pod('64', { allocated: '1', actual: '1', infeasible: true }), 1000],
  ['tells nonsense', pod('1', { allocated: 'many', actual: '500m' }), 1000],
])('a pod that %s', (_title, subject, cpuMilli) => {
  expect(reservedRequests(subject)).toEqual({
    cpuMilli,
    memoryBytes: 2 ** 30,
    ephemeralStorageBytes: 0,
    others: {},
  });
});

test('a pod that states resources for all of its containers keeps those it has until they are less', () => {
  const requests = (cpu: string) => ({ requests: { cpu } });
  const whole: Pod = {
    spec: { resources: requests('1'), containers: [{ name: 'a', resources: requests('100m') }] },
    status: { allocatedResources: { cpu: '1' }, resources: requests('2') },
  };
  expect(reservedRequests(whole).cpuMilli).toBe(2000);
  expect(reservedRequests({ ...whole, status: { resources: requests('1') } }).cpuMilli).toBe(1000);
});
