import type { ApiError } from '@shared/api/status.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceKind } from '@shared/kinds/core/service/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { Service } from '@shared/kinds/wire.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const namespace = 'default';
const service = (name: string, spec: Partial<NonNullable<Service['spec']>> = {}) => ({
  metadata: { name, namespace },
  spec: { ports: [{ port: 80 }], ...spec },
});
const pod = (name: string, spec: object = {}) => ({
  metadata: { name, namespace },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});

async function refusal(call: Promise<unknown>): Promise<ApiError['status']> {
  const error = await call.then(
    () => expect.unreachable('the call succeeded'),
    (reason: ApiError) => reason,
  );
  return error.status;
}

async function allocations(): Promise<string[]> {
  const { entries } = await cluster.store.range('/registry/ranges/');
  return entries
    .map(({ key }) => key.slice('/registry/ranges/'.length))
    .filter((key) => key !== 'serviceips/10.96.0.1');
}

test('nothing is created in a namespace that is missing or about to go', async () => {
  const inside = { metadata: { name: 'a', namespace: 'x' } };
  expect(await refusal(cluster.client.create(configMapKind, inside))).toMatchObject({
    reason: 'NotFound',
    message: 'namespaces "x" not found',
  });
  await cluster.client.create(namespaceKind, { metadata: { name: 'x' } });
  await cluster.client.create(configMapKind, inside);
  const going = await cluster.client.delete(namespaceKind, { name: 'x' });
  expect(going).toMatchObject({ status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } });
  expect(
    await refusal(cluster.client.create(configMapKind, { metadata: { name: 'b', namespace: 'x' } })),
  ).toMatchObject({
    reason: 'Forbidden',
    message:
      'configmaps "b" is forbidden: unable to create new content in namespace x because it is being terminated',
    details: { causes: [{ reason: 'NamespaceTerminating' }] },
  });
});

test('a namespace is gone when the last finalizer is taken away, and some may not go', async () => {
  await cluster.client.create(namespaceKind, { metadata: { name: 'x' } });
  await cluster.client.delete(namespaceKind, { name: 'x' });
  const present = await cluster.client.get(namespaceKind, { name: 'x' });
  const path = '/api/v1/namespaces/x/finalize';
  await cluster.client.transport.request({
    method: 'PUT',
    path,
    body: { ...present, spec: { finalizers: [] } },
  });
  expect((await refusal(cluster.client.get(namespaceKind, { name: 'x' }))).reason).toBe('NotFound');
  expect(await refusal(cluster.client.delete(namespaceKind, { name: 'kube-system' }))).toMatchObject({
    reason: 'Forbidden',
    message: 'namespaces "kube-system" is forbidden: this namespace may not be deleted',
  });
});

test('a service gets an address of the service network and keeps it', async () => {
  const created = await cluster.client.create(serviceKind, service('a'));
  const address = created.spec?.clusterIP;
  expect(created.spec).toMatchObject({
    type: 'ClusterIP',
    clusterIP: expect.stringMatching(/^10\.96\.\d+\.\d+$/),
    clusterIPs: [address],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    sessionAffinity: 'None',
  });
  const updated = await cluster.client.update(serviceKind, service('a', { ports: [{ port: 81 }] }));
  expect(updated.spec?.clusterIP).toBe(address);
  expect(await allocations()).toEqual([`serviceips/${address}`]);
  await cluster.client.delete(serviceKind, { namespace, name: 'a' });
  expect(await allocations()).toEqual([]);
});

test('a taken or foreign address is refused in Kubernetes’ words', async () => {
  await cluster.client.create(serviceKind, service('a', { clusterIP: '10.96.7.7' }));
  expect(
    (await refusal(cluster.client.create(serviceKind, service('b', { clusterIP: '10.96.7.7' })))).message,
  ).toBe(
    'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.96.7.7"]: failed to allocate IP 10.96.7.7: provided IP is already allocated',
  );
  expect(
    (await refusal(cluster.client.create(serviceKind, service('b', { clusterIP: '10.97.0.1' })))).message,
  ).toContain(
    'the provided IP (10.97.0.1) is not in the valid range. The range of valid IPs is 10.96.0.0/16',
  );
});

test('many services at once get different addresses and ports', async () => {
  const made = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      cluster.client.create(serviceKind, service(`s${index}`, { type: 'NodePort' })),
    ),
  );
  expect(new Set(made.map(({ spec }) => spec?.clusterIP)).size).toBe(60);
  expect(new Set(made.map(({ spec }) => spec?.ports?.[0]?.nodePort)).size).toBe(60);
});

test('of many that want the same port exactly one gets it', async () => {
  const wanted = Array.from({ length: 20 }, (_, index) =>
    cluster.client.create(
      serviceKind,
      service(`s${index}`, { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
    ),
  );
  const results = await Promise.allSettled(wanted);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const refused = results.find((result) => result.status === 'rejected');
  expect(refused?.reason).toMatchObject({
    reason: 'Invalid',
    message: expect.stringMatching(
      /^Service "s\d+" is invalid: spec\.ports\[0\]\.nodePort: Invalid value: 30080: provided port is already allocated$/,
    ),
  });
});

test('ports follow the type of the service', async () => {
  await cluster.client.create(
    serviceKind,
    service('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
  );
  const ref = { namespace, name: 'a' };
  const patch = (spec: object) => cluster.client.patch(serviceKind, ref, { type: 'merge', body: { spec } });
  const kept = await patch({ ports: [{ port: 80 }] });
  expect(kept.spec?.ports?.[0]?.nodePort).toBe(30080);
  const inner = await patch({ type: 'ClusterIP' });
  expect(inner.spec?.ports?.[0]?.nodePort).toBeUndefined();
  expect(await allocations()).toEqual([`serviceips/${inner.spec?.clusterIP}`]);
  expect((await refusal(patch({ type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }))).message).toContain(
    'provided port is not in the valid range. The range of valid ports is 30000-32767',
  );
  expect(await allocations()).toEqual([`serviceips/${inner.spec?.clusterIP}`]);
  const external = await patch({
    type: 'ExternalName',
    externalName: 'example.test',
    clusterIP: null,
    clusterIPs: null,
  });
  expect(external.spec?.clusterIP).toBeUndefined();
  expect(await allocations()).toEqual([]);
});

test('headless services and dry runs allocate nothing', async () => {
  const headless = await cluster.client.create(serviceKind, service('h', { clusterIP: 'None' }));
  expect(headless.spec?.clusterIPs).toEqual(['None']);
  const dry = await cluster.client.create(serviceKind, service('d'), { dryRun: true });
  expect(dry.spec?.clusterIP).toMatch(/^10\.96\./);
  expect(await allocations()).toEqual([]);
});

test('a pod runs as a service account and finds its token', async () => {
  const created = await cluster.client.create(podKind, pod('p'));
  const name = created.spec?.volumes?.[0]?.name ?? '';
  expect(name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
  expect(created.spec).toMatchObject({
    serviceAccountName: 'default',
    serviceAccount: 'default',
    volumes: [
      {
        name,
        projected: {
          defaultMode: 420,
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            {
              downwardAPI: {
                items: [
                  { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } },
                ],
              },
            },
          ],
        },
      },
    ],
    containers: [
      {
        volumeMounts: [{ name, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true }],
      },
    ],
  });
  expect(created.metadata?.managedFields).toHaveLength(1);
  expect(JSON.stringify(created.metadata?.managedFields)).not.toContain('kube-api-access');
});

test('pod or account may do without the token; an unknown account is refused', async () => {
  const without = await cluster.client.create(podKind, pod('a', { automountServiceAccountToken: false }));
  expect(without.spec?.volumes).toBeUndefined();
  await cluster.client.create(serviceAccountKind, {
    metadata: { name: 'quiet', namespace },
    automountServiceAccountToken: false,
    imagePullSecrets: [{ name: 'pull' }],
  });
  const quiet = await cluster.client.create(podKind, pod('b', { serviceAccountName: 'quiet' }));
  expect([quiet.spec?.volumes, quiet.spec?.imagePullSecrets]).toEqual([undefined, [{ name: 'pull' }]]);
  expect(
    await refusal(cluster.client.create(podKind, pod('c', { serviceAccountName: 'nobody' }))),
  ).toMatchObject({
    reason: 'Forbidden',
    message:
      'pods "c" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
  });
});

test('pods stay five minutes on a node that got into trouble, unless they say otherwise', async () => {
  const usual = await cluster.client.create(podKind, pod('a'));
  expect(usual.spec?.tolerations).toEqual(
    ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
  );
  const own = await cluster.client.create(podKind, pod('b', { tolerations: [{ operator: 'Exists' }] }));
  expect(own.spec?.tolerations).toEqual([{ operator: 'Exists' }]);
});

test('a pod is bound once, and says so', async () => {
  await cluster.client.create(podKind, pod('p'));
  const ref = { namespace, name: 'p' };
  const bind = (node: string) =>
    cluster.client.post(podKind, ref, 'binding', { target: { kind: 'Node', name: node } });
  expect(await bind('n1')).toMatchObject({ kind: 'Status', status: 'Success', code: 201 });
  const bound = await cluster.client.get(podKind, ref);
  expect(bound.spec?.nodeName).toBe('n1');
  expect(bound.status?.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }]);
  expect(await refusal(bind('n2'))).toMatchObject({
    reason: 'Conflict',
    message: 'Operation cannot be fulfilled on pods "p": pod p is already assigned to node "n1"',
  });
  expect(await refusal(cluster.client.post(podKind, ref, 'binding', { target: {} }))).toMatchObject({
    reason: 'Invalid',
  });
});

test('eviction deletes with the pod’s grace period', async () => {
  await cluster.client.create(podKind, pod('p'));
  const ref = { namespace, name: 'p' };
  await cluster.client.post(podKind, ref, 'binding', { target: { kind: 'Node', name: 'n1' } });
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace } };
  expect(await cluster.client.post(podKind, ref, 'eviction', eviction)).toMatchObject({
    status: 'Success',
    code: 201,
  });
  expect((await cluster.client.get(podKind, ref)).metadata?.deletionGracePeriodSeconds).toBe(30);
});
