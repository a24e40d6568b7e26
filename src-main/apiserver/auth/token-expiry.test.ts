import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { createManualClock, type ManualClock } from '../../testing/manual-clock.ts';
import { tokenForDefault, whoIsBearer } from './tokens.test-fixture.ts';

let cluster: TestCluster;
let clock: ManualClock;
const namespace = 'default';
const account = { username: 'system:serviceaccount:default:default' };

beforeEach(async () => {
  clock = createManualClock();
  cluster = await startTestCluster({ clock });
});

afterEach(() => cluster.close());

const whoIs = (token: string) => whoIsBearer(cluster, token);

test('a token holds until it expires, however often it was shown', async () => {
  const short = await tokenForDefault(cluster, { expirationSeconds: 600 });
  const long = await tokenForDefault(cluster, { expirationSeconds: 1200 });
  expect(await whoIs(short)).toMatchObject(account);
  clock.advance(598_000);
  expect(await whoIs(short)).toMatchObject(account);
  clock.advance(3000);
  expect(await whoIs(short)).toBeUndefined();
  expect(await whoIs(long)).toMatchObject(account);
});

test('a token of a pod that ends holds for its grace and a minute more', async () => {
  await cluster.client.create(podKind, {
    metadata: { name: 'p', namespace },
    spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] },
  });
  const token = await tokenForDefault(cluster, {
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' },
  });
  await cluster.client.delete(podKind, { name: 'p', namespace }, { gracePeriodSeconds: 30 });
  expect(await whoIs(token)).toMatchObject(account);
  clock.advance(85_000);
  expect(await whoIs(token)).toMatchObject(account);
  clock.advance(10_000);
  expect(await whoIs(token)).toBeUndefined();
});
