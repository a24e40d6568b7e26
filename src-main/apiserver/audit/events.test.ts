import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps, type HttpsCall } from '../../testing/https.ts';

// https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
// https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/#audit-k8s-io-v1-Event

interface AuditEvent {
  readonly auditID: string;
  readonly stage: string;
  // biome-ignore lint/suspicious/noExplicitAny: events tell of everything
  readonly [field: string]: any;
}

let cluster: TestCluster;
let events: readonly AuditEvent[];

const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitManagedFields: true
rules:
- { level: None, users: ["system:apiserver"] }
- { level: RequestResponse }
`;

const configMaps = '/api/v1/namespaces/default/configmaps';
const json = { 'content-type': 'application/json' };

const ask = (id: string, call: HttpsCall) =>
  callHttps(cluster, { ...call, headers: { 'user-agent': 'tester/1', ...call.headers, 'audit-id': id } });

beforeAll(async () => {
  cluster = await startTestCluster({ auditPolicy: policy });
  await cluster.client.create(configMapKind, { metadata: { name: 'a', namespace: 'default' } });
  await ask('stranger', {
    path: `${configMaps}?access_token=x`,
    identity: null,
    headers: { authorization: 'Bearer made-up' },
  });
  await ask('refused-watch', { path: `${configMaps}?watch=1`, headers: { 'impersonate-user': 'jane' } });
  await ask('log', { path: '/api/v1/namespaces/default/pods/none/log' });
  await ask('review', { method: 'POST', path: '/version', headers: json, body: '{"a": 1}' });
  await ask('ways', {
    path: '/version',
    headers: { 'x-forwarded-for': '203.0.113.9, nobody, 10.0.0.1', 'x-real-ip': '203.0.113.9' },
  });
  await ask('last', { path: '/version', headers: { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '::1' } });
  await ask('long', { path: '/version', headers: { 'user-agent': 'x'.repeat(3000) } });
  await ask('table', {
    path: `${configMaps}?includeObject=Object`,
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  await ask('deprecated', { path: '/api/v1/componentstatuses' });
  const options = '{"gracePeriodSeconds": 0}';
  await ask('deleted', {
    method: 'DELETE',
    path: `${configMaps}/a`,
    headers: { ...json, 'content-length': String(options.length) },
    body: options,
  });
  await cluster.server.close(); // writes what is left
  const log = await readFile(join(cluster.dir, 'audit', 'audit.log'), 'utf8');
  events = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditEvent);
});

afterAll(() => cluster.close());

const eventsOf = (id: string) => events.filter(({ auditID }) => auditID === id);
const stagesOf = (id: string) => eventsOf(id).map(({ stage }) => stage);
const lastOf = (id: string) => eventsOf(id).at(-1);

it('has one event for credentials that do not hold, with the ways that were tried', () => {
  expect(eventsOf('stranger')).toMatchObject([
    {
      stage: 'ResponseStarted',
      user: {},
      responseStatus: { code: 401, message: 'Authentication failed, attempted: bearer, access_token' },
    },
  ]);
});

it('tells of three stages of long-running requests, also of those that were refused', () => {
  const all = ['RequestReceived', 'ResponseStarted', 'ResponseComplete'];
  expect([stagesOf('refused-watch'), stagesOf('log'), stagesOf('ways')]).toEqual([
    all,
    all,
    ['RequestReceived', 'ResponseComplete'],
  ]);
  expect(eventsOf('refused-watch').map(({ responseStatus }) => responseStatus?.code)).toEqual([
    undefined,
    403,
    403,
  ]);
});

it('logs no bodies of requests that are not for resources', () => {
  expect(lastOf('review')).toMatchObject({ verb: 'post', level: 'RequestResponse' });
  expect(lastOf('review')).not.toHaveProperty('requestObject');
  expect(lastOf('review')).not.toHaveProperty('responseObject');
  expect(lastOf('review')).not.toHaveProperty('objectRef');
});

it('lists the addresses a request came by: forwarded ones, the real one, the one at the other end', () => {
  expect(lastOf('ways')?.sourceIPs).toEqual(['203.0.113.9', '10.0.0.1', '127.0.0.1']);
  expect(lastOf('last')?.sourceIPs).toEqual(['127.0.0.1', '::1', '127.0.0.1']);
});

it('cuts long names of clients', () => {
  expect(lastOf('long')?.userAgent).toBe(`${'x'.repeat(1024)}...TRUNCATED`);
});

it('leaves managed fields out of the rows of tables', () => {
  const { rows } = lastOf('table')?.responseObject ?? {};
  expect(rows.map((row: { object: AuditEvent }) => row.object.metadata.name)).toContain('a');
  expect(JSON.stringify(rows)).not.toContain('managedFields');
});

it('notes what is deprecated, and why somebody was let in', () => {
  expect(lastOf('deprecated')?.annotations).toMatchObject({
    'authorization.k8s.io/decision': 'allow',
    'authorization.k8s.io/reason': expect.any(String),
    'k8s.io/deprecated': 'true',
  });
});

it('tells of a deletion the options, and the Status that was answered', () => {
  expect(lastOf('deleted')).toMatchObject({
    verb: 'delete',
    objectRef: { resource: 'configmaps', namespace: 'default', name: 'a', apiVersion: 'v1' },
    requestObject: { gracePeriodSeconds: 0 },
    responseStatus: { status: 'Success', code: 200 },
    responseObject: { kind: 'Status', status: 'Success' },
  });
});
