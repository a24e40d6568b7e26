import { ApiError } from '@shared/api/status.ts';
import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { endpointSliceKind } from '@shared/kinds/discovery/endpoint-slice/kind.ts';
import { kubeletEndpointAnnotation } from '@shared/rpc/cluster-config.ts';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { callHttps } from '../../../testing/https.ts';
import { type FakeKubelet, startKubelet } from '../../streaming/kubelet.test-fixture.ts';
import { bindValidating, clear, rulesFor } from '../policies/policies.test-fixture.ts';
import {
  configure,
  startWebhookServer,
  unconfigure,
  type WebhookServer,
  webhook,
} from './webhook.test-fixture.ts';

const namespace = 'default';
let cluster: TestCluster;
let hooks: WebhookServer;
let kubelet: FakeKubelet;
beforeAll(async () => {
  [cluster, hooks] = await Promise.all([startTestCluster(), startWebhookServer()]);
  kubelet = await startKubelet(cluster, 'node-1');
  const annotations = { [kubeletEndpointAnnotation]: `127.0.0.1:${kubelet.port}` };
  await cluster.client.create(nodeKind, { metadata: { name: 'node-1', annotations } });
  await cluster.client.create(podKind, {
    metadata: { name: 'p', namespace },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  await cluster.client.create(deploymentKind, {
    metadata: { name: 'd', namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  });
});
afterEach(async () => {
  await unconfigure(cluster);
  await clear(cluster);
  hooks.reset();
});
afterAll(async () => {
  await kubelet.close();
  await cluster.close();
  await hooks.close();
});

const rulesOf = (operations: string[], resources: string[]) => [
  { operations, apiGroups: ['*'], apiVersions: ['*'], resources },
];
const pods = '/api/v1/namespaces/default/pods/p';
const send = (method: 'POST' | 'PUT' | 'PATCH', path: string, body: object) =>
  cluster.client.transport
    .request({ method, path, body })
    .catch((error: unknown) => (error instanceof ApiError ? error.status : error));

it('connections to pods can be refused by webhooks, who are told of their options', async () => {
  await configure(cluster, 'validating', 'v', [
    webhook(hooks, '/connect', { rules: rulesOf(['CONNECT'], ['pods/*', 'services/proxy']) }),
  ]);
  hooks.on('/connect', ({ name }) => ({ allowed: false, status: { message: `not to ${name}` } }));
  const message = 'admission webhook "connect.example.com" denied the request: not to p';
  const upgrade = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
  const exec = await callHttps(cluster, {
    method: 'POST',
    path: `${pods}/exec?command=ls&command=-l&stdout=true&stderr=false&container=c`,
    headers: upgrade,
  });
  expect(exec.json).toMatchObject({ kind: 'Status', code: 400, message });
  const forward = await callHttps(cluster, {
    method: 'POST',
    path: `${pods}/portforward?ports=80`,
    headers: upgrade,
  });
  expect(forward.json).toMatchObject({ message });
  const proxied = await callHttps(cluster, { path: `${pods}/proxy/healthz` });
  expect(proxied.json).toMatchObject({ message });
  const [first, second, third] = hooks.asked.map(({ request }) => request);
  expect(first).toMatchObject({
    kind: { group: '', version: 'v1', kind: 'PodExecOptions' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: 'exec',
    requestSubResource: 'exec',
    name: 'p',
    namespace,
    operation: 'CONNECT',
    object: {
      kind: 'PodExecOptions',
      apiVersion: 'v1',
      stdout: true,
      container: 'c',
      command: ['ls', '-l'],
    },
    oldObject: null,
    options: null,
    dryRun: false,
  });
  expect(first.object).not.toHaveProperty('stderr');
  expect(second).toMatchObject({
    subResource: 'portforward',
    object: { kind: 'PodPortForwardOptions', ports: [80] },
  });
  expect(third).toMatchObject({
    subResource: 'proxy',
    object: { kind: 'PodProxyOptions', path: '/healthz' },
  });
});

it('connections can be refused by policies', async () => {
  await bindValidating(cluster, 'v', {
    matchConstraints: rulesFor('pods/exec', { operations: ['CONNECT'] }),
    validations: [{ expression: 'object.command[0] != "sh"', message: 'no shells' }],
  });
  const exec = await callHttps(cluster, {
    method: 'POST',
    path: `${pods}/exec?command=sh&stdout=true`,
    headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
  });
  expect(exec.json).toMatchObject({
    code: 422,
    message: expect.stringContaining('denied request: no shells'),
  });
});

it('a scale is seen and changed as a Scale', async () => {
  await configure(cluster, 'mutating', 'm', [
    webhook(hooks, '/scale', { rules: rulesOf(['UPDATE'], ['*/scale']) }),
  ]);
  hooks.on('/scale', ({ object }) =>
    object.spec.replicas > 3 ? { patch: [{ op: 'replace', path: '/spec/replicas', value: 3 }] } : {},
  );
  const path = '/apis/apps/v1/namespaces/default/deployments/d/scale';
  const scale = {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name: 'd', namespace },
    spec: { replicas: 7 },
  };
  expect(await send('PUT', path, scale)).toMatchObject({ spec: { replicas: 3 } });
  expect(hooks.asked[0]?.request).toMatchObject({
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    subResource: 'scale',
    object: { kind: 'Scale', spec: { replicas: 7 } },
    oldObject: { kind: 'Scale', spec: { replicas: 1 } },
  });
  expect((await cluster.client.get(deploymentKind, { namespace, name: 'd' })).spec?.replicas).toBe(3);
});

it('bindings, evictions and tokens are seen as what was sent', async () => {
  const rules = rulesOf(['CREATE'], ['pods/binding', 'pods/eviction', 'serviceaccounts/token']);
  await configure(cluster, 'validating', 'v', [webhook(hooks, '/no', { rules })]);
  hooks.on('/no', () => ({ allowed: false }));
  const target = { kind: 'Node', name: 'node-1' };
  expect(await send('POST', `${pods}/binding`, { metadata: { name: 'p' }, target })).toMatchObject({
    code: 400,
  });
  expect(await send('POST', `${pods}/eviction`, { metadata: { name: 'p' } })).toMatchObject({ code: 400 });
  const token = '/api/v1/namespaces/default/serviceaccounts/default/token';
  expect(await send('POST', token, { spec: {} })).toMatchObject({ code: 400 });
  expect(
    hooks.asked.map(({ request }) => [request.operation, request.subResource, request.object.kind]),
  ).toEqual([
    ['CREATE', 'binding', 'Binding'],
    ['CREATE', 'eviction', 'Eviction'],
    ['CREATE', 'token', 'TokenRequest'],
  ]);
  expect((await cluster.client.get(podKind, { namespace, name: 'p' })).spec?.nodeName).toBeUndefined();
});

it('a status is seen by webhooks for statuses alone', async () => {
  await configure(cluster, 'validating', 'v', [
    webhook(hooks, '/status', { rules: rulesOf(['UPDATE'], ['pods/status']) }),
    webhook(hooks, '/main', { rules: rulesOf(['UPDATE'], ['pods']) }),
  ]);
  const pod = await cluster.client.get(podKind, { namespace, name: 'p' });
  await send('PUT', `${pods}/status`, { ...pod, status: { ...pod.status, message: 'hello' } });
  expect(hooks.asked.map(({ path }) => path)).toEqual(['/status']);
  expect(hooks.asked[0]?.request).toMatchObject({
    subResource: 'status',
    object: { status: { message: 'hello' } },
  });
});

it('a webhook is reached as a Service, through the network of the cluster', async () => {
  const clientConfig = {
    service: { namespace, name: 'hook', path: '/in-cluster', port: 8443 },
    caBundle: hooks.caBundle,
  };
  await configure(cluster, 'validating', 'v', [webhook(hooks, '/x', { clientConfig })]);
  const create = (name: string) => cluster.client.create(configMapKind, { metadata: { name, namespace } });
  const failure =
    'failed calling webhook "x.example.com": failed to call webhook: Post "https://hook.default.svc:8443/in-cluster?timeout=10s": ';
  await expect(create('a')).rejects.toThrow(`${failure}service "hook" not found`);
  await cluster.client.create(serviceKind, {
    metadata: { name: 'hook', namespace },
    spec: { ports: [{ port: 8443, name: 'https' }] },
  });
  await expect(create('a')).rejects.toThrow(`${failure}no endpoints available for service "hook:8443"`);
  await cluster.client.create(endpointSliceKind, {
    metadata: { name: 'hook-1', namespace, labels: { 'kubernetes.io/service-name': 'hook' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.0.5'], conditions: { ready: true }, nodeName: 'node-1' }],
    ports: [{ name: 'https', port: Number(new URL(hooks.url).port) }],
  });
  const { connections } = hooks;
  await create('a');
  await create('b');
  expect(hooks.asked.map(({ path }) => path)).toEqual(['/in-cluster', '/in-cluster']);
  expect(hooks.connections).toBe(connections + 1);
});
