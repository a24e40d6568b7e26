import { ApiError } from '@shared/api/status.ts';
import { mutatingWebhookConfigurationKind } from '@shared/kinds/admissionregistration/mutating-webhook-configuration/kind.ts';
import { customResourceDefinitionKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import {
  define,
  specOf,
  type Widget,
  widgetCrd,
  widgets,
  widgetVersion,
} from '../../crd/widgets.test-fixture.ts';
import {
  configure,
  startWebhookServer,
  unconfigure,
  type WebhookServer,
  webhook,
} from './webhook.test-fixture.ts';

let cluster: TestCluster;
let hooks: WebhookServer;
beforeAll(async () => {
  [cluster, hooks] = await Promise.all([startTestCluster(), startWebhookServer()]);
});
afterEach(async () => {
  await unconfigure(cluster);
  hooks.reset();
  const { items } = await cluster.client.list(configMapKind, { namespace: 'default' });
  for (const { metadata } of items)
    await cluster.client.delete(configMapKind, { namespace: 'default', name: metadata?.name ?? '' });
});
afterAll(async () => {
  await cluster.close();
  await hooks.close();
});

const namespace = 'default';
const map = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
  metadata: { name, namespace, labels },
  data,
});
const create = (name: string, data?: Record<string, string>, labels?: Record<string, string>) =>
  cluster.client.create(configMapKind, map(name, data, labels));

async function refusal(call: Promise<unknown>): Promise<ApiError['status']> {
  const error = await call.then(
    () => expect.unreachable('the call succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw error;
  return error.status;
}

describe('a validating webhook', () => {
  it('is asked everything there is to know of a request', async () => {
    await configure(cluster, 'validating', 'v', [webhook(hooks, '/ask')]);
    const created = await create('a', { x: '1' });
    await cluster.client.update(configMapKind, { ...map('a', { x: '2' }) });
    await cluster.client.delete(configMapKind, { namespace, name: 'a' });
    const [first, second, third] = hooks.asked.map(({ request }) => request);
    const kind = { group: '', version: 'v1', kind: 'ConfigMap' };
    const resource = { group: '', version: 'v1', resource: 'configmaps' };
    const facts = { kind, resource, requestKind: kind, requestResource: resource, name: 'a', namespace };
    const userInfo = {
      username: 'system:apiserver',
      groups: ['system:masters', 'system:authenticated'],
    };
    expect(first).toEqual({
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...facts,
      operation: 'CREATE',
      userInfo,
      dryRun: false,
      object: {
        ...created,
        metadata: { ...created.metadata, resourceVersion: undefined },
      },
      oldObject: null,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    });
    expect(second).toMatchObject({
      ...facts,
      operation: 'UPDATE',
      object: { data: { x: '2' } },
      oldObject: { data: { x: '1' } },
      options: { kind: 'UpdateOptions' },
    });
    expect(third).toMatchObject({
      ...facts,
      operation: 'DELETE',
      object: null,
      oldObject: { data: { x: '2' } },
      options: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' },
    });
  });

  it('refuses with its own words, code and reason', async () => {
    await configure(cluster, 'validating', 'v', [webhook(hooks, '/no')]);
    hooks.on('/no', () => ({
      allowed: false,
      status: { message: 'not today', code: 403, reason: 'Forbidden' },
    }));
    expect(await refusal(create('a'))).toMatchObject({
      message: 'admission webhook "no.example.com" denied the request: not today',
      code: 403,
      reason: 'Forbidden',
    });
    hooks.on('/no', () => ({ allowed: false }));
    expect(await refusal(create('a'))).toMatchObject({
      message: 'admission webhook "no.example.com" denied the request without explanation',
      code: 400,
    });
    hooks.on('/no', () => ({ allowed: false, status: { reason: 'Because' } }));
    expect((await refusal(create('a'))).message).toBe(
      'admission webhook "no.example.com" denied the request: Because',
    );
    await unconfigure(cluster);
    await create('a');
    await configure(cluster, 'validating', 'v', [webhook(hooks, '/no')]);
    expect((await refusal(cluster.client.delete(configMapKind, { namespace, name: 'a' }))).message).toContain(
      'denied the request: Because',
    );
  });

  it('passes warnings on to the client', async () => {
    await configure(cluster, 'validating', 'v', [webhook(hooks, '/warn')]);
    hooks.on('/warn', () => ({ warnings: ['mind the gap'] }));
    const { callHttps } = await import('../../../testing/https.ts');
    const answer = await callHttps(cluster, {
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(map('a')),
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.warning).toContain('mind the gap');
  });

  it('that cannot be reached stops requests, unless failures are to be ignored', async () => {
    const dead = 'https://127.0.0.1:1';
    const unreachable = webhook(hooks, '/x', {
      clientConfig: { url: `${dead}/x`, caBundle: hooks.caBundle },
    });
    await configure(cluster, 'validating', 'v', [unreachable]);
    expect(await refusal(create('a'))).toMatchObject({
      code: 500,
      reason: 'InternalError',
      message:
        'Internal error occurred: failed calling webhook "x.example.com": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
    });
    await unconfigure(cluster);
    await configure(cluster, 'validating', 'v', [{ ...unreachable, failurePolicy: 'Ignore' }]);
    await create('a');
  });

  it('is believed only with a certificate of its authority, in time and with a proper answer', async () => {
    const { caBundle: _, ...untrusted } = webhook(hooks, '/x').clientConfig;
    await configure(cluster, 'validating', 'v', [webhook(hooks, '/x', { clientConfig: untrusted })]);
    expect((await refusal(create('a'))).message).toContain(
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    );
    await unconfigure(cluster);
    await configure(cluster, 'validating', 'v', [webhook(hooks, '/x', { timeoutSeconds: 1 })]);
    hooks.on('/x', () => new Promise(() => undefined));
    expect((await refusal(create('a'))).message).toMatch(/\?timeout=1s": context deadline exceeded$/);
    const complaint = async (answer: object) => {
      hooks.on('/x', () => answer);
      const { message = '' } = await refusal(create('a'));
      return message.replace('Internal error occurred: failed calling webhook "x.example.com": ', '');
    };
    expect(await complaint({ raw: {} })).toBe(
      'received invalid webhook response: webhook response was absent',
    );
    expect(
      await complaint({
        raw: { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response: { uid: 'x' } },
      }),
    ).toMatch(/^received invalid webhook response: expected response.uid="[0-9a-f-]{36}", got "x"$/);
    expect(await complaint({ patch: [] })).toBe(
      'received invalid webhook response: validating webhook may not return response.patch',
    );
    expect(await complaint({ code: 404 })).toBe(
      'failed to call webhook: the server could not find the requested resource',
    );
    expect(await complaint({ code: 500, raw: { oh: 'no' } })).toBe(
      'failed to call webhook: an error on the server ("{\\"oh\\":\\"no\\"}") has prevented the request from succeeding',
    );
  });

  it('is asked about what its selectors, rules and conditions let through', async () => {
    await cluster.client.create(namespaceKind, { metadata: { name: 'quiet', labels: { hooks: 'off' } } });
    await configure(cluster, 'validating', 'v', [
      webhook(hooks, '/loud', {
        namespaceSelector: { matchExpressions: [{ key: 'hooks', operator: 'NotIn', values: ['off'] }] },
      }),
      webhook(hooks, '/red', { objectSelector: { matchLabels: { color: 'red' } } }),
      webhook(hooks, '/big', {
        matchConditions: [{ name: 'big', expression: 'has(object.data) && size(object.data) > 1' }],
      }),
      webhook(hooks, '/updates', {
        rules: [{ operations: ['UPDATE'], apiGroups: ['*'], apiVersions: ['v1'], resources: ['*/*'] }],
      }),
      webhook(hooks, '/cluster', {
        rules: [
          { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], scope: 'Cluster' },
        ],
      }),
      webhook(hooks, '/allowed', {
        matchConditions: [
          {
            name: 'may-delete',
            expression:
              'authorizer.requestResource.check("delete").allowed() && request.userInfo.username != "nobody"',
          },
        ],
      }),
    ]);
    const paths = () =>
      hooks.asked
        .splice(0)
        .map(({ path }) => path)
        .sort();
    await create('a');
    expect(paths()).toEqual(['/allowed', '/loud']);
    await create('b', { x: '1', y: '2' }, { color: 'red' });
    expect(paths()).toEqual(['/allowed', '/big', '/loud', '/red']);
    await cluster.client.update(configMapKind, map('b', { x: '1' }));
    expect(paths()).toEqual(['/allowed', '/loud', '/red', '/updates']);
    await cluster.client.create(configMapKind, { metadata: { name: 'a', namespace: 'quiet' } });
    expect(paths()).toEqual(['/allowed']);
    await cluster.client.create(namespaceKind, { metadata: { name: 'other' } });
    expect(paths()).toEqual(['/cluster']);
  });

  it('whose condition fails refuses, unless failures are to be ignored', async () => {
    const matchConditions = [{ name: 'broken', expression: 'object.data.missing == "x"' }];
    await configure(cluster, 'validating', 'v', [webhook(hooks, '/x', { matchConditions })]);
    expect(await refusal(create('a', { y: '1' }))).toMatchObject({
      reason: 'Forbidden',
      message:
        'configmaps "a" is forbidden: expression \'object.data.missing == "x"\' resulted in error: no such key: missing',
    });
    await unconfigure(cluster);
    await configure(cluster, 'validating', 'v', [
      webhook(hooks, '/x', { matchConditions, failurePolicy: 'Ignore' }),
    ]);
    await create('a', { y: '1' });
    expect(hooks.asked).toEqual([]);
  });

  it('with side effects refuses dry runs', async () => {
    await configure(cluster, 'validating', 'v', [webhook(hooks, '/x', { sideEffects: 'NoneOnDryRun' })]);
    const dry = (name: string) =>
      cluster.client.transport.request({
        method: 'POST',
        path: '/api/v1/namespaces/default/configmaps',
        query: { dryRun: 'All', fieldManager: 'me' },
        body: map(name),
      });
    await dry('a');
    expect(hooks.asked[0]?.request).toMatchObject({
      dryRun: true,
      options: { kind: 'CreateOptions', dryRun: ['All'], fieldManager: 'me' },
    });
  });

  it('never judges configurations of webhooks, so that a broken one can be taken away', async () => {
    const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }];
    await configure(cluster, 'validating', 'v', [webhook(hooks, '/no', { rules })]);
    await configure(cluster, 'mutating', 'm', [webhook(hooks, '/no', { rules })]);
    hooks.on('/no', () => ({ allowed: false }));
    await refusal(create('a'));
    await unconfigure(cluster);
    await create('a');
  });

  it('is called over connections that are kept', async () => {
    await configure(cluster, 'validating', 'v', [webhook(hooks, '/x')]);
    await create('a');
    const { connections } = hooks;
    for (let i = 0; i < 5; i++) await create(`b${i}`);
    expect(hooks.connections).toBe(connections);
  });
});

describe('a mutating webhook', () => {
  const setData = (key: string, value: string) => [{ op: 'add', path: `/data/${key}`, value }];

  it('changes objects, which are then decoded, pruned and defaulted again', async () => {
    const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
    await configure(cluster, 'mutating', 'm', [webhook(hooks, '/side', { rules })]);
    hooks.on('/side', () => ({
      patch: [
        { op: 'add', path: '/spec/containers/-', value: { name: 'proxy', image: 'proxy:1', nonsense: true } },
        { op: 'add', path: '/metadata/uid', value: 'mine' },
        { op: 'add', path: '/status/phase', value: 'Running' },
      ],
    }));
    const pod = await cluster.client.create(podKind, {
      metadata: { name: 'p', namespace },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
    expect(pod.spec?.containers).toMatchObject([
      { name: 'c' },
      { name: 'proxy', imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log' },
    ]);
    expect(pod.spec?.containers[1]).not.toHaveProperty('nonsense');
    expect(pod.spec?.containers[1]?.volumeMounts).toMatchObject([
      { mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ]);
    expect(pod.metadata?.uid).not.toBe('mine');
    expect(pod.status?.phase).toBe('Pending');
    await cluster.client.delete(podKind, { namespace, name: 'p' });
  });

  it('runs in the order of names, and again when it wants to and something has changed', async () => {
    await configure(cluster, 'mutating', 'b', [webhook(hooks, '/second')]);
    await configure(cluster, 'mutating', 'a', [
      webhook(hooks, '/first', { reinvocationPolicy: 'IfNeeded' }),
      webhook(hooks, '/never'),
    ]);
    hooks.on('/second', () => ({ patch: setData('second', '2') }));
    hooks.on('/first', ({ object }) => ({ patch: setData('first', object.data.second ?? 'none') }));
    const made = await create('a', { x: '1' });
    expect(hooks.asked.map(({ path }) => path)).toEqual(['/first', '/never', '/second', '/first']);
    expect(made.data).toEqual({ x: '1', first: '2', second: '2' });
  });

  it('may refuse deletions but has nothing to change there', async () => {
    await create('a');
    await configure(cluster, 'mutating', 'm', [webhook(hooks, '/m')]);
    hooks.on('/m', () => ({ patch: setData('a', 'b') }));
    expect((await refusal(cluster.client.delete(configMapKind, { namespace, name: 'a' }))).message).toBe(
      'Internal error occurred: admission webhook "m.example.com" attempted to modify the object, which is not supported for this operation',
    );
  });

  it('whose patch does not fit is an internal error', async () => {
    await configure(cluster, 'mutating', 'm', [webhook(hooks, '/m')]);
    hooks.on('/m', () => ({ patch: [{ op: 'remove', path: '/data/nothing' }] }));
    expect(await refusal(create('a', { x: '1' }))).toMatchObject({
      code: 500,
      message:
        'Internal error occurred: remove operation does not apply: doc is missing path: "/data/nothing": missing value',
    });
    hooks.on('/m', () => ({ patch: [{ op: 'test', path: '/data/x', value: '2' }] }));
    expect((await refusal(create('a', { x: '1' }))).message).toBe(
      'Internal error occurred: testing value /data/x failed: test failed',
    );
    hooks.on('/m', () => ({ patch: [{ op: 'replace', path: '/data', value: 7 }] }));
    expect(await refusal(create('a', { x: '1' }))).toMatchObject({ code: 500, reason: 'InternalError' });
  });

  it('leaves what it adds to nobody, as in Kubernetes', async () => {
    await configure(cluster, 'mutating', 'm', [webhook(hooks, '/m')]);
    hooks.on('/m', () => ({ patch: setData('added', 'x') }));
    const made = await create('a', { mine: '1' });
    expect(made.data).toEqual({ mine: '1', added: 'x' });
    expect(JSON.stringify(made.metadata?.managedFields)).toContain('f:mine');
    expect(JSON.stringify(made.metadata?.managedFields)).not.toContain('f:added');
  });

  it('is not configured with conditions that do not compile', async () => {
    const webhooks = [
      webhook(hooks, '/m', {
        matchConditions: [
          { name: 'c', expression: 'object.' },
          { name: 'd', expression: '1' },
        ],
      }),
    ];
    const status = await refusal(
      cluster.client.create(mutatingWebhookConfigurationKind, { metadata: { name: 'm' }, webhooks }),
    );
    expect(status.details?.causes?.map(({ field }) => field)).toEqual([
      'webhooks[0].matchConditions[0].expression',
      'webhooks[0].matchConditions[1].expression',
    ]);
    expect(status.message).toContain('must evaluate to bool');
  });
});

describe('webhooks of custom resources', () => {
  it('see and change them in the version they name, and what they add is pruned', async () => {
    const { client } = cluster;
    const schema = specOf({ size: { type: 'integer' }, color: { type: 'string', default: 'red' } });
    const versions = [widgetVersion(schema), widgetVersion(schema, { name: 'v2', storage: false })];
    await define(client, widgetCrd(versions));
    const rule = { apiGroups: ['example.com'], apiVersions: ['v2'], resources: ['widgets'] };
    const rules = [{ ...rule, operations: ['*'] }];
    await configure(cluster, 'mutating', 'm', [
      webhook(hooks, '/m', { rules: [{ ...rule, operations: ['CREATE'] }] }),
    ]);
    await configure(cluster, 'validating', 'v', [
      webhook(hooks, '/v', { rules }),
      webhook(hooks, '/exact', { rules, matchPolicy: 'Exact' }),
    ]);
    hooks.on('/m', () => ({
      patch: [
        { op: 'replace', path: '/spec/size', value: 5 },
        { op: 'remove', path: '/spec/color' },
        { op: 'add', path: '/spec/nonsense', value: 1 },
      ],
    }));
    hooks.on('/v', ({ operation }) => ({ allowed: operation !== 'DELETE', status: { message: 'stay' } }));
    const made = await client.create(widgets('v1'), {
      metadata: { name: 'w', namespace },
      spec: { size: 1 },
    } as Widget);
    expect(made).toMatchObject({ apiVersion: 'example.com/v1', spec: { size: 5, color: 'red' } });
    expect(JSON.stringify(made)).not.toContain('"nonsense"');
    expect(hooks.asked.map(({ path }) => path)).toEqual(['/m', '/v']);
    expect(hooks.asked[1]?.request).toMatchObject({
      kind: { group: 'example.com', version: 'v2', kind: 'Widget' },
      requestKind: { group: 'example.com', version: 'v1', kind: 'Widget' },
      resource: { group: 'example.com', version: 'v2', resource: 'widgets' },
      requestResource: { group: 'example.com', version: 'v1', resource: 'widgets' },
      object: { apiVersion: 'example.com/v2', spec: { size: 5, color: 'red' } },
    });
    expect((await refusal(client.delete(widgets('v1'), { namespace, name: 'w' }))).message).toContain('stay');
    await client.delete(customResourceDefinitionKind, { name: 'widgets.example.com' });
  });
});
