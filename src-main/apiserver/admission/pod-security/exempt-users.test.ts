import { Client } from '@shared/client/client.ts';
import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';

let cluster: TestCluster;
const namespace = 'default';

beforeEach(async () => {
  cluster = await startTestCluster({
    https: false,
    podSecurity: { defaults: { enforce: 'baseline' }, exemptions: { usernames: ['operator'] } },
  });
});

afterEach(() => cluster.close());

const as = (name: string) =>
  new Client(cluster.server.localTransport({ name, groups: ['system:masters', 'system:authenticated'] }));

const privileged = { containers: [{ name: 'c', image: 'i', securityContext: { privileged: true } }] };
const createPod = (user: string, name: string) =>
  as(user).create(podKind, { metadata: { name, namespace }, spec: privileged });

test('a user who is exempt runs what others may not', async () => {
  await expect(createPod('jane', 'a')).rejects.toThrow('violates PodSecurity "baseline:latest"');
  expect((await createPod('operator', 'a')).metadata?.name).toBe('a');
});

test('the exemption is his alone: pods that a controller makes for him are judged', async () => {
  const labels = { app: 'a' };
  const made = await as('operator').create(deploymentKind, {
    metadata: { name: 'd', namespace },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: privileged } },
  });
  expect(made.metadata?.name).toBe('d');
  await expect(createPod('system:serviceaccount:kube-system:replicaset-controller', 'd-1')).rejects.toThrow(
    'violates PodSecurity',
  );
});
