import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { asNode, namespace, outcome, podOn } from './nodes.test-fixture.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  await podOn(cluster, {
    name: 'mine',
    nodeName: 'n1',
    spec: { resourceClaims: [{ name: 'device', resourceClaimTemplateName: 'template' }] },
  });
});

afterEach(() => cluster.close());

const patch = (body: object) =>
  outcome(
    asNode(cluster, 'n1').patch(
      podKind,
      { namespace, name: 'mine' },
      { type: 'merge', body },
      { subresource: 'status' },
    ),
  );

test("a node says how its pod is, but not which claims are the pod's", async () => {
  const resourceClaimStatuses = [{ name: 'device', resourceClaimName: 'of-somebody-else' }];
  expect(await patch({ status: { resourceClaimStatuses } })).toBe(
    'pods "mine" is forbidden: node "n1" cannot update resource claim statues',
  );
  expect(await patch({ status: { phase: 'Running' } })).toBe('allowed');
});

test('a node keeps the claims that a controller noted', async () => {
  const resourceClaimStatuses = [{ name: 'device', resourceClaimName: 'claim' }];
  await cluster.client.patch(
    podKind,
    { namespace, name: 'mine' },
    { type: 'merge', body: { status: { resourceClaimStatuses } } },
    { subresource: 'status' },
  );
  expect(await patch({ status: { phase: 'Running', resourceClaimStatuses } })).toBe('allowed');
  expect(await patch({ status: { resourceClaimStatuses: null } })).toContain(
    'cannot update resource claim statues',
  );
});

test("a node does not change its pod's labels through the status", async () => {
  expect(await patch({ metadata: { labels: { a: 'b' } } })).toBe(
    'pods "mine" is forbidden: node "n1" cannot update labels through pod status',
  );
});
