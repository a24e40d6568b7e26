import { createHmac } from 'node:crypto';
import { isReason } from '@shared/api/status.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { clusterRoleKind } from '@shared/kinds/rbac/cluster-role/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, startWorld, type World } from '../../testing/world.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld();
});

afterEach(() => world.close());

const namespace = 'default';
const tokenType = 'kubernetes.io/service-account-token';

function tokenSecret(name: string, account: string) {
  return {
    metadata: { name, namespace, annotations: { 'kubernetes.io/service-account.name': account } },
    type: tokenType,
  };
}

function bootstrapToken(id: string, more: Record<string, string>) {
  return {
    metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
    type: 'bootstrap.kubernetes.io/token',
    stringData: { 'token-id': id, 'token-secret': 'f395accd246ae52d', ...more },
  };
}

test('a token Secret is filled, and goes with its account', async () => {
  const { client } = world;
  const account = await client.create(serviceAccountKind, { metadata: { name: 'robot', namespace } });
  await client.create(secretKind, tokenSecret('robot-token', 'robot'));
  const filled = await eventually(client, secretKind, {
    namespace,
    until: (secrets) => secrets.find(({ metadata, data }) => metadata?.name === 'robot-token' && data?.token),
  });
  const text = (key: string) => Buffer.from(filled.data?.[key] ?? '', 'base64').toString();
  expect([text('namespace'), text('ca.crt')]).toEqual([namespace, world.cluster.pki.ca.cert]);
  expect(filled.metadata?.annotations?.['kubernetes.io/service-account.uid']).toBe(account.metadata?.uid);
  expect(JSON.parse(Buffer.from(text('token').split('.')[1] ?? '', 'base64url').toString())).toEqual({
    iss: 'kubernetes/serviceaccount',
    sub: 'system:serviceaccount:default:robot',
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': 'robot-token',
    'kubernetes.io/serviceaccount/service-account.name': 'robot',
    'kubernetes.io/serviceaccount/service-account.uid': account.metadata?.uid,
  });
  await client.delete(serviceAccountKind, { name: 'robot', namespace });
  await eventually(client, secretKind, {
    namespace,
    until: (secrets) => !secrets.some(({ metadata }) => metadata?.name === 'robot-token'),
  });
});

test('an expired bootstrap token is removed, one that has not stays', async () => {
  const { client } = world;
  await client.create(secretKind, bootstrapToken('abcdef', { expiration: '2020-01-01T00:00:00Z' }));
  await client.create(secretKind, bootstrapToken('abcde1', { expiration: '2999-01-01T00:00:00Z' }));
  await client.create(secretKind, bootstrapToken('abcde2', {}));
  const names = await eventually(client, secretKind, {
    namespace: 'kube-system',
    until: (secrets) => {
      const all = secrets.map(({ metadata }) => metadata?.name).sort();
      return all.includes('bootstrap-token-abcdef') ? undefined : all;
    },
  });
  expect(names).toEqual(['bootstrap-token-abcde1', 'bootstrap-token-abcde2']);
});

test('cluster-info is signed with every token that may sign, and no longer when it is gone', async () => {
  const { client } = world;
  const kubeconfig = 'apiVersion: v1\nkind: Config\n';
  const place = { name: 'cluster-info', namespace: 'kube-public' };
  await client.create(secretKind, bootstrapToken('abcdef', { 'usage-bootstrap-signing': 'true' }));
  await client.create(secretKind, bootstrapToken('abcde1', {}));
  try {
    await client.create(configMapKind, { metadata: place, data: { kubeconfig } });
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
    await client.patch(configMapKind, place, { type: 'merge', body: { data: { kubeconfig } } });
  }
  const signed = await eventually(client, configMapKind, {
    namespace: 'kube-public',
    until: (maps) => maps.find(({ data }) => data?.['jws-kubeconfig-abcdef'])?.data,
  });
  const base64url = (text: string) => Buffer.from(text).toString('base64url');
  const header = base64url('{"alg":"HS256","kid":"abcdef"}');
  const signature = createHmac('sha256', 'abcdef.f395accd246ae52d')
    .update(`${header}.${base64url(kubeconfig)}`)
    .digest('base64url');
  expect(signed).toEqual({ kubeconfig, 'jws-kubeconfig-abcdef': `${header}..${signature}` });
  await client.delete(secretKind, { name: 'bootstrap-token-abcdef', namespace: 'kube-system' });
  await eventually(client, configMapKind, {
    namespace: 'kube-public',
    until: (maps) =>
      maps.some(
        ({ metadata, data }) => metadata?.name === 'cluster-info' && Object.keys(data ?? {}).length === 1,
      ),
  });
});

test('aggregated roles have the rules of those they name, also when these change or lose the label', async () => {
  const { client } = world;
  const rule = (resource: string) => ({ verbs: ['get'], apiGroups: ['acme.com'], resources: [resource] });
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
  const before = (await client.get(clusterRoleKind, { name: 'view' })).rules?.length ?? 0;
  await client.create(clusterRoleKind, { metadata: { name: 'acme', labels }, rules: [rule('widgets')] });
  const rulesOf = (role: string, until: (resources: readonly string[]) => boolean) =>
    eventually(client, clusterRoleKind, {
      until: (roles) => {
        const rules = roles.find(({ metadata }) => metadata?.name === role)?.rules ?? [];
        return until(rules.flatMap(({ resources }) => resources ?? [])) && rules.length;
      },
    });
  expect(await rulesOf('view', (resources) => resources.includes('widgets'))).toBe(before + 1);
  await rulesOf('admin', (resources) => resources.includes('widgets'));
  await client.patch(
    clusterRoleKind,
    { name: 'acme' },
    { type: 'merge', body: { rules: [rule('gadgets')] } },
  );
  await rulesOf('admin', (resources) => resources.includes('gadgets') && !resources.includes('widgets'));
  await client.patch(
    clusterRoleKind,
    { name: 'acme' },
    { type: 'merge', body: { metadata: { labels: null } } },
  );
  expect(await rulesOf('view', (resources) => !resources.includes('gadgets'))).toBe(before);
});

test('the default aggregated roles are right from the start: nothing is written to them', async () => {
  const { client } = world;
  await client.create(clusterRoleKind, { metadata: { name: 'other' }, rules: [] });
  const marked = await eventually(client, clusterRoleKind, {
    until: (roles) => roles.some(({ metadata }) => metadata?.name === 'other') && roles,
  });
  const versions = marked
    .filter(({ metadata }) => ['admin', 'edit', 'view'].includes(metadata?.name ?? ''))
    .map(({ metadata }) => metadata?.resourceVersion);
  expect(new Set(versions).size).toBe(1);
});
