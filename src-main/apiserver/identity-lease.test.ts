import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';

const namespace = 'kube-system';
let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});
afterEach(() => cluster.close());

const identities = async () => {
  const labelSelector = 'apiserver.kubernetes.io/identity=kube-apiserver';
  return (await cluster.client.list(leaseKind, { namespace, labelSelector })).items;
};

test('a server says that it serves; one that starts again keeps its name', async () => {
  const [first, ...others] = await identities();
  expect(others).toEqual([]);
  expect(first?.metadata?.name).toMatch(/^apiserver-[0-9a-f]{26}$/);
  expect(first?.spec?.holderIdentity).toMatch(new RegExp(`^${first?.metadata?.name}_[0-9a-f-]{36}$`));
  expect(first?.spec?.leaseDurationSeconds).toBe(3600);
  const again = await startTestCluster({ https: false, store: cluster.store });
  const [second, ...more] = await identities();
  expect([second?.metadata?.name, more]).toEqual([first?.metadata?.name, []]);
  expect(second?.spec?.holderIdentity).not.toBe(first?.spec?.holderIdentity);
  await again.close();
});

test('what servers that are gone have left is taken away', async () => {
  const leave = (name: string, renewTime: string) =>
    cluster.client.create(leaseKind, {
      metadata: { name, namespace, labels: { 'apiserver.kubernetes.io/identity': 'kube-apiserver' } },
      spec: { holderIdentity: name, leaseDurationSeconds: 3600, renewTime: renewTime as never },
    });
  await leave('apiserver-gone', '2020-01-01T00:00:00.000000Z');
  await leave('apiserver-other', new Date().toISOString().replace('Z', '000Z'));
  const again = await startTestCluster({ https: false, store: cluster.store });
  const names = (await identities()).map(({ metadata }) => metadata?.name);
  expect(names).toContain('apiserver-other');
  expect(names).not.toContain('apiserver-gone');
  await again.close();
});
