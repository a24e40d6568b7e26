import { Client } from '@shared/client/client.ts';
import { selfSubjectRulesReviewKind } from '@shared/kinds/authorization/self-subject-rules-review/kind.ts';
import { subjectAccessReviewKind } from '@shared/kinds/authorization/subject-access-review/kind.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { roleBindingKind } from '@shared/kinds/rbac/role-binding/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { createManualClock, type ManualClock } from '../../testing/manual-clock.ts';
import { compileCel, createCelEnvironment } from '../cel/cel.ts';
import { type Answer, type IdentityService, startIdentityService } from './identity-service.test-fixture.ts';
import type { AuthorizerSettings } from './rules.ts';
import type { WebhookAuthorizerSettings } from './webhook-authorizer.ts';

let service: IdentityService;
let cluster: TestCluster;
let clock: ManualClock;
let answer: Answer;
let asked: Record<string, unknown>[];

beforeEach(async () => {
  asked = [];
  service = await startIdentityService((path, body) => {
    asked.push((JSON.parse(body) as { spec: Record<string, unknown> }).spec);
    return answer(path, body);
  });
});

afterEach(async () => {
  await cluster.close();
  await service.close();
});

async function start(settings: Partial<WebhookAuthorizerSettings> = {}): Promise<void> {
  clock = createManualClock();
  const webhook: WebhookAuthorizerSettings = {
    name: 'policy',
    connection: { url: `${service.url}/authorize`, ca: service.ca },
    timeoutMs: 3000,
    allowedMs: 60_000,
    refusedMs: 10_000,
    failurePolicy: 'NoOpinion',
    matchConditions: [],
    ...settings,
  };
  const authorization: AuthorizerSettings[] = [
    { type: 'Webhook', webhook },
    { type: 'Node' },
    { type: 'RBAC' },
  ];
  cluster = await startTestCluster({ clock, https: false, authorization });
  const apiGroup = 'rbac.authorization.k8s.io';
  await cluster.client.create(roleBindingKind, {
    metadata: { namespace: 'default', name: 'jane' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'User', apiGroup, name: 'jane' }],
  });
}

const as = (name: string) =>
  new Client(cluster.server.localTransport({ name, groups: ['devs', 'system:authenticated'] }));

const list = (user: string, namespace = 'default') =>
  as(user)
    .list(configMapKind, { namespace, fieldSelector: 'metadata.name!=x' })
    .then(
      () => 'allowed',
      (error: Error) => error.message,
    );

const says = (status: object) => () => ({ status });

test('a webhook is told who wants what, and what it allows is allowed', async () => {
  await start();
  answer = says({ allowed: true });
  expect(await list('joe')).toBe('allowed');
  expect(asked).toEqual([
    {
      user: 'joe',
      groups: ['devs', 'system:authenticated'],
      resourceAttributes: {
        namespace: 'default',
        verb: 'list',
        version: 'v1',
        resource: 'configmaps',
        fieldSelector: { requirements: [{ key: 'metadata.name', operator: 'NotIn', values: ['x'] }] },
      },
    },
  ]);
});

test('without an opinion the next one decides; a denial ends it', async () => {
  await start({ refusedMs: 0 });
  answer = says({ allowed: false, reason: 'not mine' });
  expect(await list('jane')).toBe('allowed');
  expect(await list('joe')).toContain(
    'cannot list resource "configmaps" in API group "" in the namespace "default": not mine',
  );
  answer = says({ allowed: false, denied: true, reason: 'not today' });
  expect(await list('jane')).toContain('not today');
});

test('administrators are not asked about', async () => {
  await start();
  answer = says({ allowed: false, denied: true });
  expect((await cluster.client.list(configMapKind, { namespace: 'default' })).items).toEqual([]);
  expect(asked).toEqual([]);
});

test('answers are kept for their time', async () => {
  await start();
  answer = says({ allowed: true });
  expect([await list('joe'), await list('joe'), asked.length]).toEqual(['allowed', 'allowed', 1]);
  answer = says({ allowed: false });
  clock.advance(61_000);
  expect(await list('joe')).toContain('is forbidden');
  answer = says({ allowed: true });
  expect([await list('joe'), asked.length]).toEqual([expect.stringContaining('is forbidden'), 2]);
  clock.advance(11_000);
  expect([await list('joe'), asked.length]).toEqual(['allowed', 3]);
});

test('a webhook that fails means nothing, or no, as it was said', async () => {
  await start();
  answer = () => 500;
  expect([await list('jane'), await list('joe')]).toEqual(['allowed', expect.stringContaining('HTTP 500')]);
  await cluster.close();
  await start({ failurePolicy: 'Deny' });
  expect(await list('jane')).toContain('webhook policy: HTTP 500');
  answer = says({ allowed: true });
  expect(await list('jane')).toBe('allowed');
});

function condition(text: string) {
  const program = compileCel(text, createCelEnvironment({ request: 'dyn' }));
  if (program.type === 'error') throw new Error(program.message);
  return program;
}

test('conditions say when a webhook is asked; one that fails is a failure', async () => {
  await start({
    matchConditions: [
      condition('has(request.resourceAttributes)'),
      condition('request.resourceAttributes.namespace == "kube-system"'),
    ],
  });
  answer = says({ allowed: true });
  expect([await list('joe'), await list('joe', 'kube-system'), asked.length]).toEqual([
    expect.stringContaining('is forbidden'),
    'allowed',
    1,
  ]);
  await cluster.close();
  await start({ failurePolicy: 'Deny', matchConditions: [condition('request.nothing == 1')] });
  expect(await list('jane')).toContain('webhook policy: no such key: nothing');
});

test('access reviews tell a denial; rules reviews that they are not complete', async () => {
  await start();
  answer = says({ allowed: false, denied: true, reason: 'not today' });
  const resourceAttributes = { namespace: 'default', verb: 'list', resource: 'configmaps' };
  const review = await cluster.client.create(subjectAccessReviewKind, {
    spec: { user: 'jane', resourceAttributes },
  });
  expect(review.status).toEqual({ allowed: false, denied: true, reason: 'not today' });
  answer = says({ allowed: true });
  clock.advance(61_000);
  const rules = await as('jane').create(selfSubjectRulesReviewKind, { spec: { namespace: 'default' } });
  expect(rules.status).toMatchObject({
    incomplete: true,
    evaluationError: 'webhook authorizer does not support user rule resolution',
  });
});
