import { flowSchemaKind } from '@shared/kinds/flowcontrol/flow-schema/kind.ts';
import { priorityLevelConfigurationKind } from '@shared/kinds/flowcontrol/priority-level-configuration/kind.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { autoupdateAnnotation } from './defaults.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

const asUser = (name: string, ...groups: string[]): Record<string, string> => ({
  'impersonate-user': name,
  ...(groups.length > 0 && { 'impersonate-group': groups.join(', ') }),
});
const level = (name: string) => cluster.client.get(priorityLevelConfigurationKind, { name });
const schema = (name: string) => cluster.client.get(flowSchemaKind, { name });

/** Names of flow schema and priority level by which a request was classified. */
async function classification(path: string, headers: Record<string, string>): Promise<string> {
  const answer = await callHttps(cluster, { path, headers });
  const schemas = (await cluster.client.list(flowSchemaKind)).items;
  const levels = (await cluster.client.list(priorityLevelConfigurationKind)).items;
  const name = (objects: typeof schemas | typeof levels, header: string) =>
    objects.find(({ metadata }) => metadata?.uid === answer.headers[header])?.metadata?.name;
  return `${name(schemas, 'x-kubernetes-pf-flowschema-uid')} → ${name(levels, 'x-kubernetes-pf-prioritylevel-uid')}`;
}

test('a new cluster has the mandatory and suggested objects, and no flow schema dangles', async () => {
  const schemas = (await cluster.client.list(flowSchemaKind)).items;
  expect(
    schemas.map(({ metadata, spec, status }) => [
      metadata?.name,
      spec?.matchingPrecedence,
      spec?.priorityLevelConfiguration.name,
      status?.conditions?.map(({ type, status: is, reason }) => `${type}=${is} ${reason}`).join(),
    ]),
  ).toEqual(
    [
      ['catch-all', 10_000, 'catch-all'],
      ['endpoint-controller', 150, 'workload-high'],
      ['exempt', 1, 'exempt'],
      ['global-default', 9900, 'global-default'],
      ['kube-controller-manager', 800, 'workload-high'],
      ['kube-scheduler', 800, 'workload-high'],
      ['kube-system-service-accounts', 900, 'workload-high'],
      ['probes', 2, 'exempt'],
      ['service-accounts', 9000, 'workload-low'],
      ['system-leader-election', 100, 'leader-election'],
      ['system-node-high', 400, 'node-high'],
      ['system-nodes', 500, 'system'],
      ['workload-leader-election', 200, 'leader-election'],
    ].map((row) => [...row, 'Dangling=False Found']),
  );
  const levels = (await cluster.client.list(priorityLevelConfigurationKind)).items;
  expect(
    levels.map(({ metadata, spec }) => [
      metadata?.name,
      spec?.type,
      spec?.limited?.nominalConcurrencyShares ?? spec?.exempt?.nominalConcurrencyShares,
      metadata?.annotations?.[autoupdateAnnotation],
    ]),
  ).toEqual([
    ['catch-all', 'Limited', 5, 'true'],
    ['exempt', 'Exempt', 0, 'true'],
    ['global-default', 'Limited', 20, 'true'],
    ['leader-election', 'Limited', 10, 'true'],
    ['node-high', 'Limited', 40, 'true'],
    ['system', 'Limited', 30, 'true'],
    ['workload-high', 'Limited', 40, 'true'],
    ['workload-low', 'Limited', 100, 'true'],
  ]);
});

test.each([
  ['an administrator', '/api/v1/nodes', {}, 'exempt → exempt'],
  ['a probe', '/readyz', asUser('jane'), 'probes → exempt'],
  [
    'a node about itself',
    '/api/v1/nodes/a',
    asUser('system:node:a', 'system:nodes'),
    'system-node-high → node-high',
  ],
  [
    'a node about its lease',
    '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/a',
    asUser('system:node:a', 'system:nodes'),
    'system-node-high → node-high',
  ],
  ['a node about pods', '/api/v1/pods', asUser('system:node:a', 'system:nodes'), 'system-nodes → system'],
  [
    'leader election',
    '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x',
    asUser('system:kube-scheduler'),
    'system-leader-election → leader-election',
  ],
  ['the scheduler', '/api/v1/pods', asUser('system:kube-scheduler'), 'kube-scheduler → workload-high'],
  [
    "a system component's account",
    '/api/v1/pods',
    asUser('system:serviceaccount:kube-system:dns'),
    'kube-system-service-accounts → workload-high',
  ],
  [
    'another account',
    '/api/v1/pods',
    asUser('system:serviceaccount:default:app'),
    'service-accounts → workload-low',
  ],
  ['somebody', '/api/v1/pods', asUser('jane'), 'global-default → global-default'],
])('%s is classified as Kubernetes does', async (_who, path, headers, expected) => {
  expect(await classification(path, headers)).toBe(expected);
});

test('a flow schema of the user sorts requests as soon as it is made, and dangles without its level', async () => {
  const rules = [
    {
      subjects: [{ kind: 'User', user: { name: 'greedy' } }],
      resourceRules: [{ verbs: ['list'], apiGroups: [''], resources: ['pods'], namespaces: ['*'] }],
    },
  ];
  const spec = { matchingPrecedence: 50, priorityLevelConfiguration: { name: 'mine' }, rules };
  await cluster.client.create(flowSchemaKind, { metadata: { name: 'mine' }, spec });
  const path = '/api/v1/namespaces/default/pods';
  const dangling = async () =>
    (await schema('mine')).status?.conditions?.map(({ type, status }) => `${type}=${status}`);
  await expect.poll(dangling).toEqual(['Dangling=True']);
  expect(await classification(path, asUser('greedy'))).toBe('global-default → global-default');
  await cluster.client.create(priorityLevelConfigurationKind, {
    metadata: { name: 'mine' },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } },
    },
  });
  expect(await classification(path, asUser('greedy'))).toBe('mine → mine');
  await expect.poll(dangling).toEqual(['Dangling=False']);
  await cluster.client.delete(flowSchemaKind, { name: 'mine' });
  await cluster.client.delete(priorityLevelConfigurationKind, { name: 'mine' });
  expect(await classification(path, asUser('greedy'))).toBe('global-default → global-default');
});

test('mandatory objects come back, suggested ones stay as the user wants them when he says so', async () => {
  await cluster.client.delete(flowSchemaKind, { name: 'catch-all' });
  await expect
    .poll(() =>
      schema('catch-all').then(
        ({ spec }) => spec?.matchingPrecedence,
        () => undefined,
      ),
    )
    .toBe(10_000);
  const low = await level('workload-low');
  const limited = { ...low.spec?.limited, nominalConcurrencyShares: 7 };
  const mine = { ...low.metadata, annotations: { [autoupdateAnnotation]: 'false' } };
  await cluster.client.update(priorityLevelConfigurationKind, {
    ...low,
    metadata: mine,
    spec: { type: 'Limited', limited },
  });
  const high = await level('workload-high');
  await cluster.client.update(priorityLevelConfigurationKind, {
    ...high,
    spec: { type: 'Limited', limited: { ...high.spec?.limited, nominalConcurrencyShares: 7 } },
  });
  const shares = async (name: string) => (await level(name)).spec?.limited?.nominalConcurrencyShares;
  await expect.poll(() => shares('workload-high')).toBe(40);
  expect(await shares('workload-low')).toBe(7);
});

test('the specs of mandatory objects are not for anybody to change, but for the shares of the exempt level', async () => {
  const path = '/apis/flowcontrol.apiserver.k8s.io/v1';
  const patch = async (at: string, spec: object) => {
    const headers = { 'content-type': 'application/merge-patch+json' };
    const body = JSON.stringify({ spec });
    const { status, json } = await callHttps(cluster, {
      method: 'PATCH',
      path: `${path}/${at}`,
      headers,
      body,
    });
    const causes = (json.details as { causes?: { message: string }[] } | undefined)?.causes ?? [];
    return [status, ...causes.map(({ message }) => message.replace(/^Invalid value: \{.*\}: /, ''))];
  };
  expect(await patch('flowschemas/catch-all', { matchingPrecedence: 9000 })).toEqual([
    422,
    "spec of 'catch-all' must equal the fixed value",
  ]);
  expect(await patch('flowschemas/exempt', { distinguisherMethod: { type: 'ByUser' } })).toEqual([
    422,
    "spec of 'exempt' must equal the fixed value",
  ]);
  expect(
    await patch('prioritylevelconfigurations/catch-all', { limited: { nominalConcurrencyShares: 50 } }),
  ).toEqual([422, "spec of 'catch-all' must equal the fixed value"]);
  const shares = { nominalConcurrencyShares: 10, lendablePercent: 50 };
  expect(await patch('prioritylevelconfigurations/exempt', { exempt: shares })).toEqual([200]);
  expect((await level('exempt')).spec).toEqual({ type: 'Exempt', exempt: shares });
  const limited = { limitResponse: { type: 'Reject' } };
  expect(
    (await patch('prioritylevelconfigurations/exempt', { type: 'Limited', exempt: null, limited })).at(-1),
  ).toBe("spec of 'exempt' except the 'spec.exempt' field must equal the fixed value");
  const { metadata, ...rest } = await schema('catch-all');
  const labels = { mine: 'yes' };
  await cluster.client.update(flowSchemaKind, { ...rest, metadata: { ...metadata, labels } });
  expect((await schema('catch-all')).metadata?.labels).toEqual(labels);
});

test('debug documents and metrics tell who waits where', async () => {
  const dump = (name: string) =>
    callHttps(cluster, { path: `/debug/api_priority_and_fairness/${name}` }).then(({ text }) => text);
  const levels = (await dump('dump_priority_levels')).split('\n');
  expect(levels[0]).toMatch(/^PriorityLevelName, +ActiveQueues, +IsIdle, +IsQuiescing, +WaitingRequests, /);
  expect(levels.find((line) => line.startsWith('system,'))).toMatch(
    /^system, +0, +true, +false, +0, +0, +\d+, +0,/,
  );
  expect(await dump('dump_queues')).toMatch(/\nleader-election, +15, +0, +0, +0, /);
  const requests = await dump('dump_requests?includeRequestDetails=1');
  expect(requests).toMatch(
    /\nexempt, +exempt, +-1, +-1, .*, get, +\/debug\/api_priority_and_fairness\/dump_requests,/,
  );
  const { text } = await callHttps(cluster, { path: '/metrics' });
  expect(text).toContain('apiserver_flowcontrol_nominal_limit_seats{priority_level="node-high"} ');
  expect(text).toMatch(
    /apiserver_flowcontrol_dispatched_requests_total\{priority_level="exempt",flow_schema="exempt"\} \d/,
  );
  const flow = 'priority_level="exempt",flow_schema="exempt"';
  expect(text).toContain(`apiserver_flowcontrol_current_executing_seats{${flow}} 1`);
  expect(text).toContain(
    `apiserver_flowcontrol_request_wait_duration_seconds_count{${flow},execute="true"} `,
  );
  expect(text).toContain(`apiserver_flowcontrol_request_execution_seconds_count{${flow},type="regular"} `);
});
