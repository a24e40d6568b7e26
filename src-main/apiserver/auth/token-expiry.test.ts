import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { createManualClock, type ManualClock } from '../../testing/manual-clock.ts';
import { claimsOf, tokenForDefault, whoIsBearer } from './tokens.test-fixture.ts';

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

test('a token as pods find it mounted is told to last an hour, and holds for those who never read it again', async () => {
  await cluster.client.create(podKind, {
    metadata: { name: 'p', namespace },
    spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] },
  });
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'p' };
  const ask = async (spec: object) => {
    const ref = { namespace, name: 'default' };
    const { status } = (await cluster.client.post(serviceAccountKind, ref, 'token', { spec })) as {
      status: { token: string; expirationTimestamp: string };
    };
    const {
      iat,
      exp,
      'kubernetes.io': own,
    } = claimsOf(status.token) as {
      iat: number;
      exp: number;
      'kubernetes.io': { warnafter?: number };
    };
    const told = Math.round(Date.parse(status.expirationTimestamp) / 1000 - iat);
    return { told, holds: exp - iat, warns: own.warnafter && own.warnafter - iat };
  };
  const year = 365 * 24 * 3600;
  expect(await ask({ expirationSeconds: 3607, boundObjectRef })).toEqual({
    told: 3607,
    holds: year,
    warns: 3607,
  });
  const asItSays = (seconds: number) => ({ told: seconds, holds: seconds, warns: undefined });
  expect(await ask({ expirationSeconds: 3600, boundObjectRef })).toEqual(asItSays(3600));
  expect(await ask({ expirationSeconds: 3607 })).toEqual(asItSays(3607));
  expect(await ask({ expirationSeconds: 3607, boundObjectRef, audiences: ['vault'] })).toEqual(
    asItSays(3607),
  );
});
