import { type ClientHttp2Session, connect } from 'node:http2';
import { leaseKind } from '@shared/kinds/coordination/lease/kind.ts';
import { flowSchemaKind } from '@shared/kinds/flowcontrol/flow-schema/kind.ts';
import { priorityLevelConfigurationKind } from '@shared/kinds/flowcontrol/priority-level-configuration/kind.ts';
import { clusterRoleBindingKind } from '@shared/kinds/rbac/cluster-role-binding/kind.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';

const pods = 300;
const floodConnections = 6;
const listsPerConnection = 15;

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
  await cluster.client.create(clusterRoleBindingKind, {
    metadata: { name: 'all' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: ['system:nodes', 'readers', 'flooders'].map((name) => ({
      kind: 'Group',
      name,
      apiGroup: 'rbac.authorization.k8s.io',
    })),
  });
  // A level as any other, small, so that a small flood is one.
  const limitResponse = { type: 'Queue', queuing: { queues: 8, handSize: 2, queueLengthLimit: 10 } };
  await cluster.client.create(priorityLevelConfigurationKind, {
    metadata: { name: 'flood' },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, borrowingLimitPercent: 0, limitResponse },
    },
  });
  await cluster.client.create(flowSchemaKind, {
    metadata: { name: 'flood' },
    spec: {
      matchingPrecedence: 1000,
      priorityLevelConfiguration: { name: 'flood' },
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: ['flooders', 'readers'].map((name) => ({ kind: 'Group', group: { name } })),
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
        },
      ],
    },
  });
  await cluster.client.create(leaseKind, { metadata: { name: 'node-1', namespace: 'kube-node-lease' } });
  const pod = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name, annotations: { filler: 'x'.repeat(1000) } },
    spec: { containers: [{ name: 'c', image: 'c' }] },
  });
  for (let index = 0; index < pods; index += 1) {
    const name = `pod-${String(index).padStart(4, '0')}`;
    const put = { type: 'put', key: `/registry/pods/default/${name}`, value: pod(name) } as const;
    await cluster.store.txn({ compare: [], ops: [put] });
  }
});

afterAll(() => cluster.close());

interface Answer {
  readonly status: number;
  readonly retryAfter: unknown;
  readonly text: string;
}

function call(session: ClientHttp2Session, headers: Record<string, string>, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined });
    let answered: Record<string, unknown> = {};
    let text = '';
    stream.setEncoding('utf8');
    stream.on('response', (received) => {
      answered = received;
    });
    stream.on('data', (chunk: string) => {
      text += chunk;
    });
    stream.on('end', () =>
      resolve({ status: Number(answered[':status']), retryAfter: answered['retry-after'], text }),
    );
    stream.on('error', reject);
    if (body !== undefined) stream.end(body);
  });
}

function openSession(): ClientHttp2Session {
  const { pki, url } = cluster;
  return connect(url, { ca: pki.ca.cert, cert: pki.admin.cert, key: pki.admin.key });
}

const as = (user: string, group: string) => ({ 'impersonate-user': user, 'impersonate-group': group });

test('a flood of lists waits or is refused; nodes and other clients are served all the while', async () => {
  const sessions = Array.from({ length: floodConnections }, openSession);
  const flooder = { ':path': '/api/v1/namespaces/default/pods', ...as('flooder', 'flooders') };
  let isOver = false;
  const flood = Promise.all(
    sessions.flatMap((session) => Array.from({ length: listsPerConnection }, () => call(session, flooder))),
  ).finally(() => {
    isOver = true;
  });

  const calm = openSession();
  const lease = {
    ':method': 'PATCH',
    ':path': '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1',
    'content-type': 'application/merge-patch+json',
    ...as('system:node:node-1', 'system:nodes'),
  };
  const reader = { ':path': '/api/v1/namespaces/default/pods/pod-0001', ...as('reader', 'readers') };
  const served: number[] = [];
  let renewals = 0;
  while (!isOver) {
    renewals += 1;
    const [renewed, read] = await Promise.all([
      call(calm, lease, JSON.stringify({ spec: { holderIdentity: `node-1-${renewals}` } })),
      call(calm, reader),
    ]);
    served.push(renewed.status, read.status);
    expect(JSON.parse(renewed.text)).toMatchObject({ spec: { holderIdentity: `node-1-${renewals}` } });
    expect(JSON.parse(read.text)).toMatchObject({ metadata: { name: 'pod-0001' } });
  }

  const answers = await flood;
  const refused = answers.filter(({ status }) => status === 429);
  const listed = answers.filter(({ status }) => status === 200);
  expect(listed.length + refused.length).toBe(floodConnections * listsPerConnection);
  expect(refused.length).toBeGreaterThan(0);
  expect(new Set(refused.map(({ retryAfter }) => retryAfter))).toEqual(new Set(['1']));
  expect(JSON.parse(refused[0]?.text ?? '')).toMatchObject({ kind: 'Status', reason: 'TooManyRequests' });
  // Every list that was served is whole.
  for (const { text } of listed) expect((JSON.parse(text) as { items: unknown[] }).items).toHaveLength(pods);
  expect(new Set(served)).toEqual(new Set([200]));
  for (const session of [...sessions, calm]) session.close();

  const { text } = await callHttps(cluster, { path: '/metrics' });
  const flow = 'priority_level="flood",flow_schema="flood"';
  const sample = (name: string) => Number(text.split(`apiserver_flowcontrol_${name} `)[1]?.split('\n')[0]);
  expect(sample(`rejected_requests_total{${flow},reason="queue-full"}`)).toBe(refused.length);
  expect(sample(`dispatched_requests_total{${flow}}`)).toBe(listed.length + renewals);
  expect(sample(`current_executing_requests{${flow}}`)).toBe(0);
  expect(sample(`current_executing_seats{${flow}}`)).toBe(0);
});
