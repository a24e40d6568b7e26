import './node-20.ts';

import {
  CoreV1Api,
  type CoreV1Event,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  RbacAuthorizationV1Api,
  type V1ConfigMap,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Slipway, until } from '../harness/slipway.ts';

/** `@kubernetes/client-node`, unchanged, against simulated nodes. */

const cluster = 'e2e-client-node';
const slipway = new Slipway();
const config = new KubeConfig();
let core: CoreV1Api;

beforeAll(async () => {
  await slipway.must('cluster', 'create', cluster, '--driver', 'hollow', '--nodes', '2');
  config.loadFromFile(await slipway.kubeconfig(cluster));
  core = config.makeApiClient(CoreV1Api);
  await core.createNamespace({ body: { metadata: { name: 'shop' } } });
});
afterAll(() => slipway.close());

const configMap = (name: string, data: Record<string, string>): V1ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data,
});

test('an informer sees what is there, and each change after it', async () => {
  await core.createNamespacedConfigMap({ namespace: 'shop', body: configMap('early', { a: '1' }) });
  const informer = makeInformer<V1ConfigMap>(config, '/api/v1/namespaces/shop/configmaps', () =>
    core.listNamespacedConfigMap({ namespace: 'shop' }),
  );
  const seen: string[] = [];
  for (const verb of ['add', 'update', 'delete'] as const) {
    informer.on(verb, ({ metadata }) => {
      if (metadata?.name !== 'kube-root-ca.crt') seen.push(`${verb} ${metadata?.name}`);
    });
  }
  const troubles: unknown[] = [];
  informer.on('error', (error) => troubles.push(error));
  await informer.start();
  try {
    await core.createNamespacedConfigMap({ namespace: 'shop', body: configMap('late', { a: '1' }) });
    await core.replaceNamespacedConfigMap({ name: 'late', namespace: 'shop', body: configMap('late', {}) });
    await core.deleteNamespacedConfigMap({ name: 'late', namespace: 'shop' });
    await until('four events', async () => seen.length >= 4);
    expect([seen, troubles]).toEqual([['add early', 'add late', 'update late', 'delete late'], []]);
    expect(informer.get('early', 'shop')?.data).toEqual({ a: '1' });
  } finally {
    await informer.stop();
  }
});

test('a watch goes on where a list ended', async () => {
  const list = await core.listNamespacedConfigMap({ namespace: 'shop' });
  await core.createNamespacedConfigMap({ namespace: 'shop', body: configMap('watched', {}) });
  const path = '/api/v1/namespaces/shop/configmaps';
  const seen: string[] = [];
  const ended = await new Promise((resolve, reject) => {
    new Watch(config)
      .watch(
        path,
        { resourceVersion: list.metadata?.resourceVersion, timeoutSeconds: 1, allowWatchBookmarks: true },
        (phase, { metadata }) => void seen.push(`${phase} ${metadata?.name}`),
        resolve,
      )
      .catch(reject);
  });
  expect(seen.filter((line) => !line.startsWith('BOOKMARK'))).toEqual(['ADDED watched']);
  expect(String(ended)).not.toContain('410');
});

test('the generic API: create, server-side apply with a conflict, merge patch, list, delete', async () => {
  const objects = KubernetesObjectApi.makeApiClient(config);
  await objects.create(configMap('generic', { color: 'blue' }), undefined, undefined, 'first');
  const apply = (color: string, force: boolean) =>
    objects.patch(
      configMap('generic', { color }),
      undefined,
      undefined,
      'second',
      force,
      PatchStrategy.ServerSideApply,
    );
  await expect(apply('red', false)).rejects.toMatchObject({ code: 409 });
  expect(await apply('red', true)).toMatchObject({ data: { color: 'red' } });
  const patched = await objects.patch(
    configMap('generic', { size: 'xl' }),
    undefined,
    undefined,
    undefined,
    undefined,
    PatchStrategy.MergePatch,
  );
  expect(patched).toMatchObject({ data: { color: 'red', size: 'xl' } });
  const listed = await objects.list(
    'v1',
    'ConfigMap',
    'shop',
    undefined,
    undefined,
    undefined,
    'metadata.name=generic',
  );
  expect(listed.items.map(({ metadata }) => metadata?.name)).toEqual(['generic']);
  await objects.delete(configMap('generic', {}));
  await expect(objects.read(configMap('generic', {}) as never)).rejects.toMatchObject({ code: 404 });
});

test('a kubeconfig with a service account token may do what it was granted', async () => {
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  await core.createNamespacedServiceAccount({ namespace: 'shop', body: { metadata: { name: 'reader' } } });
  await rbac.createNamespacedRole({
    namespace: 'shop',
    body: {
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }],
    },
  });
  await rbac.createNamespacedRoleBinding({
    namespace: 'shop',
    body: {
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'shop' }],
    },
  });
  const { status } = await core.createNamespacedServiceAccountToken({
    name: 'reader',
    namespace: 'shop',
    body: { spec: { audiences: [], expirationSeconds: 600 } },
  });
  const current = config.getCurrentCluster();
  if (!current) throw new Error('the kubeconfig names no cluster');
  const own = new KubeConfig();
  own.loadFromClusterAndUser(current, { name: 'reader', token: status?.token ?? '' });
  const reader = own.makeApiClient(CoreV1Api);
  expect((await reader.listNamespacedConfigMap({ namespace: 'shop' })).items.length).toBeGreaterThan(0);
  await expect(reader.listNamespacedSecret({ namespace: 'shop' })).rejects.toMatchObject({
    code: 403,
    body: expect.stringContaining('system:serviceaccount:shop:reader'),
  });
  own.loadFromClusterAndUser(current, { name: 'nobody', token: 'not.a.token' });
  await expect(
    own.makeApiClient(CoreV1Api).listNamespacedConfigMap({ namespace: 'shop' }),
  ).rejects.toMatchObject({ code: 401 });
});

test('pods run, dates are dates, quantities and events come as the types say', async () => {
  await core.createNamespacedPod({
    namespace: 'shop',
    body: {
      metadata: { name: 'typed' },
      spec: {
        containers: [{ name: 'main', image: 'example.test/app', resources: { requests: { cpu: '10m' } } }],
      },
    },
  });
  const read = () => core.readNamespacedPod({ name: 'typed', namespace: 'shop' });
  await until('the pod runs', async () => (await read()).status?.phase === 'Running');
  const pod = await read();
  expect(pod.metadata?.creationTimestamp).toBeInstanceOf(Date);
  expect(pod.spec?.containers[0]?.resources?.requests).toEqual({ cpu: '10m' });
  const events = await core.listNamespacedEvent({
    namespace: 'shop',
    fieldSelector: 'involvedObject.name=typed',
  });
  expect(events.items.map(({ reason }: CoreV1Event) => reason)).toContain('Scheduled');
  const removed = await core.deleteCollectionNamespacedPod({ namespace: 'shop' });
  expect(removed).toBeDefined();
});
