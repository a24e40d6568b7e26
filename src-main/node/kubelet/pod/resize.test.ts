import { expect, test } from 'vitest';
import { changedSettings, resizeText } from './resize.ts';
import type { ReadonlyContainer, ReadonlyPod } from './spec.ts';

type Amounts = Readonly<Record<string, string>>;

const container = (requests: Amounts, limits: Amounts = {}): ReadonlyContainer => ({
  name: 'a',
  resources: { requests, limits },
});
const pod = (...containers: ReadonlyContainer[]): ReadonlyPod => ({ spec: { containers } });

test('settings that change, and limits that are lifted', () => {
  const wanted = container({ cpu: '500m' }, { cpu: '1500m', memory: '64Mi' });
  expect(changedSettings(pod(wanted), wanted, {})).toEqual({
    cpuShares: 512,
    cpuPeriodUs: 100_000,
    cpuQuotaUs: 150_000,
    memoryLimitBytes: 67_108_864,
  });
  const open = container({ cpu: '500m' });
  expect(changedSettings(pod(open), open, { limits: { cpu: '1', memory: '64Mi' } })).toEqual({
    cpuShares: 512,
    cpuQuotaUs: -1,
    memoryLimitBytes: -1,
  });
});

test('events tell it as in Kubernetes', () => {
  const asked = { spec: { containers: [{ name: 'c1', resources: { requests: { cpu: '1' } } }] } };
  expect(resizeText('started', asked, { generation: 2 })).toBe(
    'Pod resize started: {"containers":[{"name":"c1","resources":{"requests":{"cpu":"1"}}}],"generation":2}',
  );
});
