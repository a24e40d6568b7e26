import { once } from 'node:events';
import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { kubeletEndpointAnnotation } from '@shared/rpc/cluster-config.ts';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { type FakeKubelet, startKubelet } from '../../streaming/kubelet.test-fixture.ts';
import { bindMutating, bindValidating, clear, refusal } from '../policies/policies.test-fixture.ts';
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

const rulesOf = (operation: string, ...resources: string[]) => [
  { operations: [operation], apiGroups: ['*'], apiVersions: ['*'], resources },
];
const createPod = (name: string, spec: JsonObject = {}) =>
  cluster.client.create(podKind, {
    metadata: { name, namespace },
    spec: {
      containers: [
        { name: 'c', image: 'i' },
        { name: 'd', image: 'i' },
      ],
      ...spec,
    },
  });
const post = async (path: string, body: object) =>
  (await cluster.client.transport.request({ method: 'POST', path, body })) as JsonObject;
const podPath = (name: string) => `/api/v1/namespaces/default/pods/${name}`;
const tokenPath = '/api/v1/namespaces/default/serviceaccounts/default/token';

/** What validating webhooks were shown. */
const judged = () => hooks.asked.filter(({ path }) => path === '/judge').map(({ request }) => request.object);

async function mutateAndJudge(patch: JsonObject[], operation: string, resource: string): Promise<void> {
  const rules = rulesOf(operation, resource);
  await configure(cluster, 'mutating', 'm', [webhook(hooks, '/mutate', { rules })]);
  await configure(cluster, 'validating', 'v', [webhook(hooks, '/judge', { rules })]);
  hooks.on('/mutate', () => ({ patch }));
}

it('a binding is made as webhooks leave it', async () => {
  await createPod('b');
  await mutateAndJudge(
    [
      { op: 'replace', path: '/target/name', value: 'node-1' },
      { op: 'add', path: '/metadata/labels', value: { chosen: 'by-hook' } },
    ],
    'CREATE',
    'pods/binding',
  );
  await post(`${podPath('b')}/binding`, { metadata: { name: 'b' }, target: { name: 'nowhere' } });
  const pod = await cluster.client.get(podKind, { namespace, name: 'b' });
  expect(pod).toMatchObject({ metadata: { labels: { chosen: 'by-hook' } }, spec: { nodeName: 'node-1' } });
  expect(judged()).toMatchObject([{ kind: 'Binding', target: { name: 'node-1' } }]);
});

it('a binding without a target, as a webhook left it, is refused', async () => {
  await createPod('unbound');
  await mutateAndJudge([{ op: 'replace', path: '/target/name', value: '' }], 'CREATE', 'pods/binding');
  const binding = post(`${podPath('unbound')}/binding`, { target: { name: 'node-1' } });
  expect(await refusal(binding)).toMatchObject({
    code: 422,
    details: { causes: [{ field: 'target.name' }] },
  });
});

it('a pod gets the zone and region of its node, and webhooks see them in the binding', async () => {
  const labels = { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r', other: 'o' };
  await cluster.client.create(nodeKind, { metadata: { name: 'zoned', labels } });
  await createPod('t');
  await mutateAndJudge([], 'CREATE', 'pods/binding');
  await post(`${podPath('t')}/binding`, {
    metadata: { labels: { 'topology.kubernetes.io/region': 'own' } },
    target: { kind: 'Node', name: 'zoned' },
  });
  const expected = { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'own' };
  expect((await cluster.client.get(podKind, { namespace, name: 't' })).metadata?.labels).toEqual(expected);
  expect(judged()).toMatchObject([{ kind: 'Binding', metadata: { labels: expected } }]);
  const placed = await createPod('placed', { nodeName: 'zoned' });
  expect(placed.metadata?.labels).toEqual({
    'topology.kubernetes.io/zone': 'z',
    'topology.kubernetes.io/region': 'r',
  });
});

it('an eviction is carried out as webhooks leave it', async () => {
  await createPod('e');
  await mutateAndJudge(
    [{ op: 'add', path: '/deleteOptions', value: { dryRun: ['All'] } }],
    'CREATE',
    'pods/eviction',
  );
  await post(`${podPath('e')}/eviction`, { metadata: { name: 'e' } });
  await cluster.client.get(podKind, { namespace, name: 'e' });
  expect(judged()).toMatchObject([{ kind: 'Eviction', deleteOptions: { dryRun: ['All'] } }]);
});

it('a token is issued as webhooks leave the request, and judged with what the server adds', async () => {
  await mutateAndJudge(
    [{ op: 'add', path: '/spec/audiences', value: ['vault'] }],
    'CREATE',
    'serviceaccounts/token',
  );
  const answer = await post(tokenPath, { spec: { audiences: ['other'], expirationSeconds: 700 } });
  expect(answer).toMatchObject({ spec: { audiences: ['vault'], expirationSeconds: 700 } });
  const { token } = answer.status as { token: string };
  expect(decodeJwt(token).aud).toEqual(['vault']);
  expect(judged()).toMatchObject([
    {
      kind: 'TokenRequest',
      metadata: { name: 'default', namespace },
      spec: { audiences: ['vault'], expirationSeconds: 700 },
    },
  ]);
  await unconfigure(cluster);
  await mutateAndJudge(
    [{ op: 'replace', path: '/spec/expirationSeconds', value: 1 }],
    'CREATE',
    'serviceaccounts/token',
  );
  const tooShort = await refusal(post(tokenPath, { spec: { expirationSeconds: 700 } }));
  expect(tooShort.message).toContain('may not specify a duration less than 10 minutes');
});

it('policies change and judge tokens, bindings and scales', async () => {
  const constraints = {
    resourceRules: rulesOf('*', 'serviceaccounts/token', 'pods/binding', 'deployments/scale') as never,
  };
  await bindMutating(cluster, 'm', {
    matchConstraints: constraints,
    mutations: [
      {
        patchType: 'ApplyConfiguration',
        applyConfiguration: {
          expression:
            'request.subResource == "token" ? Object{spec: Object.spec{expirationSeconds: 900}} : request.subResource == "scale" ? Object{spec: Object.spec{replicas: 2}} : Object{metadata: Object.metadata{labels: {"by": "policy"}}}',
        },
      },
    ],
  });
  await bindValidating(cluster, 'v', {
    matchConstraints: constraints,
    validations: [
      { expression: 'request.subResource != "token" || object.spec.expirationSeconds == 900' },
      { expression: 'request.subResource != "scale" || object.spec.replicas == 2' },
      { expression: 'request.subResource != "binding" || object.metadata.labels.by == "policy"' },
    ],
  });
  expect(await post(tokenPath, { spec: {} })).toMatchObject({ spec: { expirationSeconds: 900 } });
  await createPod('p');
  await post(`${podPath('p')}/binding`, { target: { name: 'node-1' } });
  expect((await cluster.client.get(podKind, { namespace, name: 'p' })).metadata?.labels).toEqual({
    by: 'policy',
  });
  await cluster.client.create(deploymentKind, {
    metadata: { name: 'd', namespace },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  });
  await cluster.client.patch(
    deploymentKind,
    { namespace, name: 'd' },
    { type: 'merge', body: { spec: { replicas: 7 } } },
    { subresource: 'scale' },
  );
  expect((await cluster.client.get(deploymentKind, { namespace, name: 'd' })).spec?.replicas).toBe(2);
});

it('reviews are changed and judged like what is stored', async () => {
  await mutateAndJudge(
    [{ op: 'replace', path: '/spec/user', value: 'nobody' }],
    'CREATE',
    'subjectaccessreviews',
  );
  const review = {
    kind: 'SubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    spec: {
      user: 'system:kube-scheduler',
      resourceAttributes: { verb: 'list', resource: 'pods' },
    },
  };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  expect(await post(path, review)).toMatchObject({ spec: { user: 'nobody' }, status: { allowed: false } });
  expect(judged()).toMatchObject([{ kind: 'SubjectAccessReview', spec: { user: 'nobody' } }]);
  hooks.on('/judge', () => ({ allowed: false }));
  expect(await refusal(post(path, review))).toMatchObject({ code: 400 });
});

it('a connection is made as webhooks leave its options', async () => {
  await createPod('x', { nodeName: 'node-1' });
  await mutateAndJudge(
    [
      { op: 'replace', path: '/command', value: ['date'] },
      { op: 'replace', path: '/container', value: 'd' },
    ],
    'CONNECT',
    'pods/exec',
  );
  const { cert, key } = cluster.pki.admin;
  const url = `${cluster.url.replace('https', 'wss')}${podPath('x')}/exec?command=sh&command=-c&container=c&stdout=true&stderr=false`;
  const socket = new WebSocket(url, ['v4.channel.k8s.io'], { ca: cluster.pki.ca.cert, cert, key });
  await once(socket, 'open');
  socket.terminate();
  expect(kubelet.requests.at(-1)?.url).toBe('/exec/default/x/d?output=1&command=date');
  expect(judged()).toMatchObject([{ kind: 'PodExecOptions', command: ['date'], container: 'd' }]);
});
