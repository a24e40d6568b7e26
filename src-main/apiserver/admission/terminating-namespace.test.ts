import { localSubjectAccessReviewKind } from '@shared/kinds/authorization/local-subject-access-review/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';

let cluster: TestCluster;
const namespace = 'going';

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
  const { client } = cluster;
  await client.create(namespaceKind, { metadata: { name: namespace } });
  await client.create(serviceAccountKind, { metadata: { namespace, name: 'default' } });
  await client.create(podKind, {
    metadata: { namespace, name: 'p' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  await client.delete(namespaceKind, { name: namespace });
});

afterEach(() => cluster.close());

const refusal = (what: string) => ({
  message: `${what} is forbidden: unable to create new content in namespace going because it is being terminated`,
  reason: 'Forbidden',
  status: {
    details: {
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: 'namespace going is being terminated',
          field: 'metadata.namespace',
        },
      ],
    },
  },
});

test('nothing is evicted, bound or given a token in a namespace that is going', async () => {
  const { client } = cluster;
  const post = (name: string, body: object) => client.post(podKind, { namespace, name: 'p' }, name, body);
  await expect(post('eviction', {})).rejects.toMatchObject(refusal('pods "p"'));
  await expect(post('binding', { target: { kind: 'Node', name: 'n' } })).rejects.toMatchObject(
    refusal('pods "p"'),
  );
  await expect(
    client.post(serviceAccountKind, { namespace, name: 'default' }, 'token', { spec: {} }),
  ).rejects.toMatchObject(refusal('serviceaccounts "default"'));
});

test('pods of a namespace that is going are deleted, and change', async () => {
  const { client } = cluster;
  const ref = { namespace, name: 'p' };
  const body = { metadata: { labels: { a: 'b' } } };
  await client.patch(podKind, ref, { type: 'merge', body });
  await client.delete(podKind, ref, { gracePeriodSeconds: 0 });
  expect((await client.list(podKind, { namespace })).items).toEqual([]);
});

test('what one may do there is answered, even where there is no namespace', async () => {
  const review = (place: string) =>
    cluster.client.create(localSubjectAccessReviewKind, {
      metadata: { namespace: place },
      spec: { user: 'jane', resourceAttributes: { namespace: place, verb: 'get', resource: 'pods' } },
    });
  expect((await review(namespace)).status).toMatchObject({ allowed: false });
  expect((await review('nowhere')).status).toMatchObject({ allowed: false });
});
