import { expect, test } from 'vitest';
import type { ReadonlyPod } from '../pod/spec.ts';
import { hasStorageLimit, type StorageUse, storageEviction } from './plan.ts';

const mi = 1024 * 1024;
const limited = (name: string, limit: string) => ({
  name,
  resources: { limits: { 'ephemeral-storage': limit } },
});

const pod: ReadonlyPod = {
  spec: {
    containers: [limited('a', '20Mi'), limited('b', '30Mi'), { name: 'free' }],
    volumes: [
      { name: 'small', emptyDir: { sizeLimit: '10Mi' } },
      { name: 'memory', emptyDir: { sizeLimit: '1Mi', medium: 'Memory' } },
      { name: 'large', emptyDir: {} },
    ],
  },
};

const use = (containers: Record<string, number>, volumes: Record<string, number> = {}): StorageUse => ({
  containers: new Map(Object.entries(containers)),
  volumes: new Map(Object.entries(volumes)),
});

test.each<[string, StorageUse, string | undefined]>([
  ['nothing', use({}), undefined],
  ['as much as is promised', use({ a: 20 * mi, b: 20 * mi }, { small: 10 * mi }), undefined],
  [
    'a volume beyond its limit',
    use({}, { small: 10 * mi + 1 }),
    'Usage of EmptyDir volume "small" exceeds the limit "10Mi". ',
  ],
  [
    'all together beyond what all containers may',
    use({ a: 10 * mi, free: 10 * mi }, { large: 31 * mi }),
    'Pod ephemeral local storage usage exceeds the total limit of containers 52428800. ',
  ],
  [
    'a container beyond its own',
    use({ a: 21 * mi }),
    'Container a exceeded its local ephemeral storage limit "20Mi". ',
  ],
])('%s', (_title, used, message) => {
  expect(storageEviction(pod, used)).toBe(message);
});

test('pods that promise nothing are none of its business', () => {
  const free: ReadonlyPod = {
    spec: {
      containers: [{ name: 'free' }],
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'm', emptyDir: { sizeLimit: '1Mi', medium: 'Memory' } },
      ],
    },
  };
  expect([hasStorageLimit(pod), hasStorageLimit(free)]).toEqual([true, false]);
  expect(storageEviction(free, use({ free: 1e12 }, { v: 1e12 }))).toBeUndefined();
});
