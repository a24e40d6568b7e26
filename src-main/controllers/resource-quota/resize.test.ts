import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { resourceQuotaKind } from '@shared/kinds/core/resource-quota/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, startWorld, type World } from '../../testing/world.ts';
import { resourceQuotaController } from './controller.ts';

let world: World;
const namespace = 'default';

beforeEach(async () => {
  world = await startWorld({ controllers: [resourceQuotaController] });
});

afterEach(() => world.close());

const untilUsed = (expected: Record<string, string>) =>
  eventually(world.client, resourceQuotaKind, {
    until: ([quota]) =>
      JSON.stringify(quota?.status?.used) === JSON.stringify(expected) ? quota : undefined,
  });

const ref = { namespace, name: 'p' };
const amounts = (cpu: string) => ({ requests: { cpu }, limits: { cpu } });

const resize = (cpu: string) =>
  world.client.patch(
    podKind,
    ref,
    { type: 'strategic', body: { spec: { containers: [{ name: 'c', resources: amounts(cpu) }] } } },
    { subresource: 'resize' },
  );

/** What the kubelet says the container has, and was promised. */
const report = async (cpu: string, conditions: object[] = []) => {
  const pod = await world.client.get(podKind, ref);
  const container = { name: 'c', image: 'i', imageID: '', ready: true, restartCount: 0 };
  const containerStatuses = [{ ...container, allocatedResources: { cpu }, resources: amounts(cpu) }];
  await world.client.updateStatus(podKind, {
    ...pod,
    status: { ...pod.status, phase: 'Running', conditions, containerStatuses } as never,
  });
};

beforeEach(async () => {
  const { client } = world;
  await client.create(resourceQuotaKind, {
    metadata: { name: 'q', namespace },
    spec: { hard: { 'limits.cpu': '1', 'requests.cpu': '1' } },
  });
  await client.create(podKind, {
    metadata: ref,
    spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i', resources: amounts('500m') }] },
  });
  await report('500m');
  await untilUsed({ 'limits.cpu': '500m', 'requests.cpu': '500m' });
});

test('what a resize asks for in addition is counted, and refused where it is too much', async () => {
  await resize('900m');
  await untilUsed({ 'limits.cpu': '900m', 'requests.cpu': '900m' });
  await expect(resize('1200m')).rejects.toThrow(
    'pods "p" is forbidden: exceeded quota: q, requested: limits.cpu=300m,requests.cpu=300m, used: limits.cpu=900m,requests.cpu=900m, limited: limits.cpu=1,requests.cpu=1',
  );
});

test('what a container still has counts until the kubelet has taken it', async () => {
  await resize('200m');
  const { client } = world;
  // Something that makes the quota be counted again, behind the resize.
  await client.patch(
    resourceQuotaKind,
    { namespace, name: 'q' },
    { type: 'merge', body: { spec: { hard: { pods: '9' } } } },
  );
  await untilUsed({ 'limits.cpu': '500m', pods: '1', 'requests.cpu': '500m' });
  await report('200m');
  await untilUsed({ 'limits.cpu': '200m', pods: '1', 'requests.cpu': '200m' });
});

test('a resize for which no node has room counts no longer', async () => {
  await resize('900m');
  await untilUsed({ 'limits.cpu': '900m', 'requests.cpu': '900m' });
  await report('500m', [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }]);
  await untilUsed({ 'limits.cpu': '500m', 'requests.cpu': '500m' });
});
