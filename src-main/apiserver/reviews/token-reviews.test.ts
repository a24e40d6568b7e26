import { tokenReviewKind } from '@shared/kinds/authentication/token-review/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { createManualClock, type ManualClock } from '../../testing/manual-clock.ts';
import { tokenForDefault } from '../auth/tokens.test-fixture.ts';

let cluster: TestCluster;
let clock: ManualClock;
const namespace = 'default';

beforeEach(async () => {
  clock = createManualClock();
  cluster = await startTestCluster({ clock, https: false });
});

afterEach(() => cluster.close());

async function review(token: string) {
  return (await cluster.client.create(tokenReviewKind, { spec: { token } })).status;
}

const dead = { user: {}, error: 'invalid bearer token' };

test("a review tells the pod and the node of a pod's token, and of a dead one nothing", async () => {
  const node = await cluster.client.create(nodeKind, { metadata: { name: 'n' } });
  const pod = await cluster.client.create(podKind, {
    metadata: { name: 'p', namespace },
    spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] },
  });
  const token = await tokenForDefault(cluster, {
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' },
  });
  expect(await review(token)).toEqual({
    authenticated: true,
    audiences: ['https://kubernetes.default.svc.cluster.local'],
    user: {
      username: 'system:serviceaccount:default:default',
      uid: expect.any(String),
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)],
        'authentication.kubernetes.io/node-name': ['n'],
        'authentication.kubernetes.io/node-uid': [node.metadata?.uid],
        'authentication.kubernetes.io/pod-name': ['p'],
        'authentication.kubernetes.io/pod-uid': [pod.metadata?.uid],
      },
    },
  });
  await cluster.client.delete(podKind, { name: 'p', namespace }, { gracePeriodSeconds: 0 });
  expect(await review(token)).toEqual(dead);
});

test('an expired token is nobody’s', async () => {
  const token = await tokenForDefault(cluster, { expirationSeconds: 600 });
  expect(await review(token)).toMatchObject({ authenticated: true });
  clock.advance(601_000);
  expect(await review(token)).toEqual(dead);
});
