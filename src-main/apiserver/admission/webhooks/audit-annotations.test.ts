import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { callHttps } from '../../../testing/https.ts';
import { bindValidating, rulesFor } from '../policies/policies.test-fixture.ts';
import { configure, startWebhookServer, type WebhookServer, webhook } from './webhook.test-fixture.ts';

const auditPolicy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:apiserver"]
- level: Request
  resources: [{ group: "", resources: ["configmaps"] }]
- level: Metadata
`;

let cluster: TestCluster;
let hooks: WebhookServer;
beforeAll(async () => {
  [cluster, hooks] = await Promise.all([startTestCluster({ auditPolicy }), startWebhookServer()]);
});
afterAll(() => hooks.close());

it('webhooks and policies leave annotations in the audit log, patches only where objects are logged', async () => {
  const rules = [
    { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps', 'secrets'] },
  ];
  const dead = { url: 'https://127.0.0.1:1', caBundle: hooks.caBundle };
  await configure(cluster, 'mutating', 'm', [
    webhook(hooks, '/m', { rules }),
    webhook(hooks, '/dead', { rules, clientConfig: dead, failurePolicy: 'Ignore' }),
  ]);
  const patch = [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }];
  hooks.on('/m', () => ({ patch, auditAnnotations: { seen: 'yes' } }));
  await bindValidating(
    cluster,
    'policy',
    {
      matchConstraints: {
        resourceRules: [...rulesFor('configmaps').resourceRules, ...rulesFor('secrets').resourceRules],
      },
      validations: [{ expression: 'true' }, { expression: 'false', message: 'never' }],
      auditAnnotations: [
        { key: 'name', valueExpression: '"is " + object.metadata.name' },
        { key: 'nothing', valueExpression: 'null' },
      ],
    },
    { validationActions: ['Audit'] },
  );
  for (const plural of ['configmaps', 'secrets']) {
    const { status } = await callHttps(cluster, {
      method: 'POST',
      path: `/api/v1/namespaces/default/${plural}`,
      headers: { 'content-type': 'application/json', 'audit-id': plural },
      body: JSON.stringify({ metadata: { name: 'a' } }),
    });
    expect(status).toBe(201);
  }
  await cluster.server.close();
  const log = await readFile(join(cluster.dir, 'audit', 'audit.log'), 'utf8');
  await cluster.close();
  const events = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { auditID: string; annotations: Record<string, string> });
  const annotations = (id: string) => {
    const { annotations: found = {} } = events.find(({ auditID }) => auditID === id) ?? {};
    const entries = Object.entries(found).filter(([key]) => !key.startsWith('authorization.'));
    return Object.fromEntries(
      entries.map(([key, value]) => [key, /^[[{]/.test(value) ? JSON.parse(value) : value]),
    );
  };
  const common = {
    'm.example.com/seen': 'yes',
    'mutation.webhook.admission.k8s.io/round_0_index_0': {
      configuration: 'm',
      webhook: 'm.example.com',
      mutated: true,
    },
    'mutation.webhook.admission.k8s.io/round_0_index_1': {
      configuration: 'm',
      webhook: 'dead.example.com',
      mutated: false,
    },
    'failed-open.mutation.webhook.admission.k8s.io/round_0_index_1': 'dead.example.com',
    'policy/name': 'is a',
    'validation.policy.admission.k8s.io/validation_failure': [
      {
        message: 'never',
        policy: 'policy',
        binding: 'policy-binding',
        expressionIndex: 1,
        validationActions: ['Audit'],
      },
    ],
  };
  expect(annotations('secrets')).toEqual(common);
  expect(annotations('configmaps')).toEqual({
    ...common,
    'patch.webhook.admission.k8s.io/round_0_index_0': {
      configuration: 'm',
      webhook: 'm.example.com',
      patch,
      patchType: 'JSONPatch',
    },
  });
});
