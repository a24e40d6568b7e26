import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { define, specOf, widgetCrd, widgets, widgetVersion } from '../../crd/widgets.test-fixture.ts';
import { createQuota, namespace, outcome, usedOf } from './quotas.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  await define(cluster.client, widgetCrd([widgetVersion(specOf({}))]));
});

afterEach(() => cluster.close());

const createWidget = (name: string) => cluster.client.create(widgets(), { metadata: { name, namespace } });

test('custom resources are counted by their plural name and group, those that were there before too', async () => {
  await createWidget('a');
  await createQuota(cluster, 'q', { hard: { 'count/widgets.example.com': '2' } });
  await createWidget('b');
  expect(await usedOf(cluster, 'q')).toEqual({ 'count/widgets.example.com': '2' });
  expect(await outcome(createWidget('c'))).toBe(
    'widgets.example.com "c" is forbidden: exceeded quota: q, requested: count/widgets.example.com=1, used: count/widgets.example.com=2, limited: count/widgets.example.com=2',
  );
});
