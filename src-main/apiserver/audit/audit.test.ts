import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueNodeCertificate } from '../../cluster/pki.ts';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';

const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: None
  users: ["system:apiserver"]
- level: RequestResponse
  omitManagedFields: true
  resources: [{ group: "", resources: ["configmaps"] }]
  namespaces: ["full"]
- level: Request
  omitStages: [RequestReceived]
  verbs: ["create", "patch"]
  resources: [{ group: "", resources: ["configmaps"], resourceNames: [] }]
- level: None
  nonResourceURLs: ["/healthz*"]
- level: Metadata
  omitStages: [RequestReceived]
`;

let cluster: TestCluster;
let events: readonly AuditEvent[] = [];
let log = '';

interface AuditEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly [field: string]: unknown;
}

const json = { 'content-type': 'application/json' };
const configMap = (name: string, data: Record<string, string> = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

/** Each request has an id of its own, by which its events are found once the server has ended. */
const call = (
  id: string,
  request: Omit<Parameters<typeof callHttps>[1], 'headers'> & { headers?: Record<string, string> },
) =>
  callHttps(cluster, {
    ...request,
    headers: { ...request.headers, 'audit-id': id, 'user-agent': 'tester/1' },
  });

const eventsOf = (id: string) => events.filter(({ auditID }) => auditID === id);

beforeAll(async () => {
  cluster = await startTestCluster({ auditPolicy: policy });
  const path = join(cluster.dir, 'audit', 'audit.log');
  await cluster.client.create(namespaceKind, { metadata: { name: 'full' } });
  await cluster.client.create(namespaceKind, {
    metadata: { name: 'strict', labels: { 'pod-security.kubernetes.io/audit': 'restricted' } },
  });
  await cluster.client.create(serviceAccountKind, { metadata: { name: 'default', namespace: 'strict' } });
  await call('full', {
    method: 'POST',
    path: '/api/v1/namespaces/full/configmaps?fieldManager=me',
    headers: json,
    body: configMap('a', { k: 'v' }),
  });
  await call('request', {
    method: 'POST',
    path: '/api/v1/namespaces/default/configmaps',
    headers: { 'content-type': 'application/yaml' },
    body: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n',
  });
  await call('refused', { path: '/api/v1/namespaces/default/configmaps/none' });
  await call('impersonated', {
    path: '/api/v1/namespaces/default/configmaps?limit=5',
    headers: { 'impersonate-user': 'jane', 'x-forwarded-for': '203.0.113.9' },
  });
  await call('list', { path: '/api/v1/namespaces/full/configmaps' });
  await call('watch', {
    path: '/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=1&resourceVersion=0',
  });
  await call('silent', { path: '/healthz' });
  await call('stranger', {
    path: '/api/v1/pods',
    headers: { authorization: 'Bearer nonsense' },
  });
  await call('forbidden', {
    path: '/api/v1/pods',
    headers: { 'impersonate-user': 'jane', 'impersonate-group': 'system:masters' },
    identity: await issueNodeCertificate(join(cluster.dir, 'pki'), { nodeName: 'limited', ips: [] }),
  });
  await call('pod', {
    method: 'POST',
    path: '/api/v1/namespaces/strict/pods',
    headers: json,
    body: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', image: 'c', securityContext: { privileged: true } }] },
    }),
  });
  await cluster.server.close(); // writes what is left
  log = await readFile(path, 'utf8');
  events = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditEvent);
});

afterAll(() => cluster.close());

const admin = {
  username: expect.any(String),
  groups: ['system:masters', 'system:authenticated'],
  extra: {
    'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)],
  },
};
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);

test('a request is told in full: what was sent, what was answered, both stages under one id', () => {
  const common = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: 'full',
    requestURI: '/api/v1/namespaces/full/configmaps?fieldManager=me',
    verb: 'create',
    user: admin,
    sourceIPs: ['127.0.0.1'],
    userAgent: 'tester/1',
    requestReceivedTimestamp: time,
    stageTimestamp: time,
  };
  const place = { resource: 'configmaps', namespace: 'full', apiVersion: 'v1' };
  expect(eventsOf('full')).toEqual([
    { ...common, stage: 'RequestReceived', objectRef: place },
    {
      ...common,
      stage: 'ResponseComplete',
      objectRef: { ...place, name: 'a' },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: JSON.parse(configMap('a', { k: 'v' })),
      responseObject: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: 'a',
          namespace: 'full',
          uid: expect.any(String),
          resourceVersion: expect.any(String),
          creationTimestamp: expect.any(String),
        },
        data: { k: 'v' },
      },
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    },
  ]);
});

test('the level Request tells what was sent, as an object whatever its format, and not what was answered', () => {
  expect(eventsOf('request')).toEqual([
    expect.objectContaining({
      level: 'Request',
      stage: 'ResponseComplete',
      requestObject: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } },
    }),
  ]);
  expect(eventsOf('request')[0]).not.toHaveProperty('responseObject');
});

test('a refusal is told by its Status', () => {
  expect(eventsOf('refused').map(({ responseStatus }) => responseStatus)).toEqual([
    {
      metadata: {},
      status: 'Failure',
      message: 'configmaps "none" not found',
      reason: 'NotFound',
      details: { name: 'none', kind: 'configmaps' },
      code: 404,
    },
  ]);
});

test('an impersonated request names both users, the ways it came, and why it was refused', () => {
  expect(eventsOf('impersonated')).toEqual([
    expect.objectContaining({
      verb: 'list',
      user: admin,
      impersonatedUser: { username: 'jane', groups: ['system:authenticated'] },
      authenticationMetadata: { impersonationConstraint: 'impersonate:user-info' },
      sourceIPs: ['203.0.113.9', '127.0.0.1'],
      responseStatus: expect.objectContaining({ code: 403, reason: 'Forbidden' }),
      annotations: { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' },
    }),
  ]);
});

test('a list is told with its items, and without managed fields where nobody wants them', () => {
  const [, complete] = eventsOf('list');
  expect(complete?.responseObject).toMatchObject({
    kind: 'ConfigMapList',
    apiVersion: 'v1',
    items: [{ metadata: { name: 'a' }, data: { k: 'v' } }],
  });
  expect(JSON.stringify(complete)).not.toContain('managedFields');
});

test('a watch has a beginning and an end', () => {
  expect(eventsOf('watch').map(({ stage, verb, responseStatus }) => [stage, verb, responseStatus])).toEqual([
    ['ResponseStarted', 'watch', { metadata: {}, code: 200 }],
    ['ResponseComplete', 'watch', { metadata: {}, code: 200 }],
  ]);
});

test('credentials that do not hold are logged, probes and the server itself are not where the policy says so', () => {
  expect(eventsOf('stranger').map(({ stage, responseStatus }) => [stage, responseStatus])).toEqual([
    [
      'ResponseStarted',
      expect.objectContaining({ code: 401, message: 'Authentication failed, attempted: bearer, x509' }),
    ],
  ]);
  expect(eventsOf('silent')).toEqual([]);
  expect(log).not.toContain('"username":"system:apiserver"');
});

test('who may not speak for another is named himself', () => {
  expect(eventsOf('forbidden')).toEqual([
    expect.objectContaining({
      user: expect.objectContaining({ username: 'system:node:limited' }),
      responseStatus: expect.objectContaining({ code: 403, reason: 'Forbidden' }),
    }),
  ]);
});

test('what admission notes stands in the annotations', () => {
  const [event] = eventsOf('pod');
  expect(event?.annotations).toMatchObject({
    'pod-security.kubernetes.io/enforce-policy': 'privileged:latest',
    'pod-security.kubernetes.io/audit-violations': expect.stringContaining('privileged'),
  });
});

test('without a policy there is no log; every answer carries an id all the same', async () => {
  const plain = await startTestCluster();
  try {
    await plain.client.list(configMapKind, { namespace: 'default' });
    const { headers } = await callHttps(plain, { path: '/version' });
    expect(headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
    await expect(readFile(join(plain.dir, 'audit', 'audit.log'))).rejects.toThrow('ENOENT');
  } finally {
    await plain.close();
  }
});
