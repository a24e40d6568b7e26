import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { resourceQuotaKind } from '@shared/kinds/core/resource-quota/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, startWorld, type World } from '../../testing/world.ts';
import { resourceQuotaController } from './controller.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld({ controllers: [resourceQuotaController] });
});

afterEach(() => world.close());

const namespace = 'default';

const untilUsed = (expected: Record<string, string>) =>
  eventually(world.client, resourceQuotaKind, {
    until: ([quota]) => {
      const used = quota?.status?.used;
      return used && JSON.stringify(used) === JSON.stringify(expected) ? quota : undefined;
    },
  });

test('counts what is there, what ends and what is deleted', async () => {
  const { client } = world;
  const pod = await client.create(podKind, {
    metadata: { name: 'a', namespace },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '250m' } } }] },
  });
  await client.create(resourceQuotaKind, {
    metadata: { name: 'q', namespace },
    spec: { hard: { configmaps: '9', 'count/pods': '9', cpu: '2', pods: '9' } },
  });
  const quota = await untilUsed({ configmaps: '0', 'count/pods': '1', cpu: '250m', pods: '1' });
  expect(quota.status?.hard).toEqual(quota.spec?.hard);
  await client.create(configMapKind, { metadata: { name: 'm', namespace } });
  await client.updateStatus(podKind, { ...pod, status: { phase: 'Succeeded' } });
  await untilUsed({ configmaps: '1', 'count/pods': '1', cpu: '0', pods: '0' });
  await client.delete(configMapKind, { name: 'm', namespace });
  await client.delete(podKind, { name: 'a', namespace }, { gracePeriodSeconds: 0 });
  await untilUsed({ configmaps: '0', 'count/pods': '0', cpu: '0', pods: '0' });
});

test('a changed quota shows at once what is used of what it limits now', async () => {
  const { client } = world;
  const quota = await client.create(resourceQuotaKind, {
    metadata: { name: 'q', namespace },
    spec: { hard: { pods: '1' } },
  });
  await untilUsed({ pods: '0' });
  const present = await client.get(resourceQuotaKind, { name: 'q', namespace });
  await client.update(resourceQuotaKind, { ...present, spec: { ...quota.spec, hard: { services: '3' } } });
  await untilUsed({ services: '1' });
});
