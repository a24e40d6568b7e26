import { Client } from '@shared/client/client.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { clusterRoleKind } from '@shared/kinds/rbac/cluster-role/kind.ts';
import { clusterRoleBindingKind } from '@shared/kinds/rbac/cluster-role-binding/kind.ts';
import { roleKind } from '@shared/kinds/rbac/role/kind.ts';
import { roleBindingKind } from '@shared/kinds/rbac/role-binding/kind.ts';
import { systemClock } from '@shared/lib/clock.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { reconcileDefaultPolicy } from './reconcile.ts';
import type { PolicyRule, Subject } from './rule.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster({ https: false });
});

afterEach(() => cluster.close());

const namespace = 'default';
const apiGroup = 'rbac.authorization.k8s.io';
const jane: Subject = { kind: 'User', apiGroup, name: 'jane' };

/** What a user sees who shows credentials of this name. */
function as(name: string, ...groups: string[]): Client {
  return new Client(cluster.server.localTransport({ name, groups: [...groups, 'system:authenticated'] }));
}

function rule(verbs: string, resources: string, more: Partial<PolicyRule> = {}): PolicyRule {
  return { verbs: verbs.split(' '), apiGroups: [''], resources: resources.split(' '), ...more };
}

async function grant(name: string, rules: PolicyRule[], subjects: Subject[] = [jane]): Promise<void> {
  await cluster.client.create(roleKind, { metadata: { name, namespace }, rules } as never);
  await bind(name, 'Role', name, subjects);
}

async function bind(name: string, kind: string, role: string, subjects: Subject[] = [jane]): Promise<void> {
  const roleRef = { apiGroup, kind, name: role };
  await cluster.client.create(roleBindingKind, { metadata: { name, namespace }, roleRef, subjects } as never);
}

async function bindCluster(name: string, role: string, subjects: Subject[] = [jane]): Promise<void> {
  const roleRef = { apiGroup, kind: 'ClusterRole', name: role };
  await cluster.client.create(clusterRoleBindingKind, { metadata: { name }, roleRef, subjects } as never);
}

async function outcome(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'allowed';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const config = (name: string) => ({ metadata: { name, namespace } });

test('nobody may do anything he was not granted, and what was granted holds at once', async () => {
  const user = as('jane');
  expect(await outcome(user.list(podKind, { namespace }))).toBe(
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
  );
  await grant('reader', [rule('get list watch', 'pods')]);
  expect(await outcome(user.list(podKind, { namespace }))).toBe('allowed');
  expect(await outcome(user.list(podKind, { namespace: 'kube-system' }))).toContain('is forbidden');
  expect(await outcome(user.list(podKind))).toBe(
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" at the cluster scope',
  );
  expect(await outcome(as('joe').list(podKind, { namespace }))).toContain('User "joe"');
  await cluster.client.delete(roleBindingKind, { name: 'reader', namespace });
  expect(await outcome(user.list(podKind, { namespace }))).toContain('is forbidden');
});

test('names of resources narrow a rule; creating and listing cannot be narrowed', async () => {
  await grant('one', [rule('*', 'configmaps', { resourceNames: ['mine'] })]);
  for (const name of ['mine', 'other']) await cluster.client.create(configMapKind, config(name));
  const user = as('jane');
  const asked = {
    mine: await outcome(user.get(configMapKind, { name: 'mine', namespace })),
    other: await outcome(user.get(configMapKind, { name: 'other', namespace })),
    list: await outcome(user.list(configMapKind, { namespace })),
    listOfOne: await outcome(user.list(configMapKind, { namespace, fieldSelector: 'metadata.name=mine' })),
    create: await outcome(user.create(configMapKind, config('third'))),
  };
  expect(asked).toEqual({
    mine: 'allowed',
    other:
      'configmaps "other" is forbidden: User "jane" cannot get resource "configmaps" in API group "" in the namespace "default"',
    list: expect.stringContaining('is forbidden'),
    listOfOne: 'allowed',
    create: expect.stringContaining('is forbidden'),
  });
});

test('subresources are resources of their own; */scale covers those of all', async () => {
  await cluster.client.create(podKind, {
    metadata: { name: 'p', namespace },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  await grant('pods', [rule('get', 'pods')]);
  const status = (user: Client) =>
    outcome(
      user.patch(
        podKind,
        { name: 'p', namespace },
        { type: 'merge', body: { status: { message: 'x' } } },
        { subresource: 'status' },
      ),
    );
  expect(await status(as('jane'))).toBe(
    'pods "p" is forbidden: User "jane" cannot patch resource "pods/status" in API group "" in the namespace "default"',
  );
  await grant('statuses', [rule('patch', '*/status')]);
  expect(await status(as('jane'))).toBe('allowed');
});

test('applying what is not there takes the right to create it', async () => {
  await grant('patcher', [rule('get patch', 'configmaps')]);
  const apply = (name: string) =>
    outcome(
      as('jane').patch(
        configMapKind,
        { name, namespace },
        { type: 'apply', body: { apiVersion: 'v1', kind: 'ConfigMap', ...config(name), data: { a: 'b' } } },
        { fieldManager: 'test' },
      ),
    );
  expect(await apply('new')).toBe(
    'configmaps "new" is forbidden: User "jane" cannot create resource "configmaps" in API group "" in the namespace "default"',
  );
  await cluster.client.create(configMapKind, config('new'));
  expect(await apply('new')).toBe('allowed');
});

test('names with odd characters are not taken for others', async () => {
  await grant('one', [rule('get', 'configmaps', { resourceNames: ['a'] })]);
  expect(await outcome(as('jane').get(configMapKind, { name: 'a', namespace }))).toContain('not found');
  for (const name of ['a\n', 'a\t', ' a']) {
    expect(await outcome(as('jane').get(configMapKind, { name, namespace }))).toContain('is forbidden');
  }
  expect(await outcome(as('jane\nsystem:masters').list(podKind))).toContain('is forbidden');
});

test('groups and service accounts get what is bound to them', async () => {
  await grant(
    'reader',
    [rule('list', 'pods')],
    [
      { kind: 'Group', apiGroup, name: 'devs' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'kube-system' },
    ],
  );
  const list = (client: Client) => outcome(client.list(podKind, { namespace }));
  expect(await list(as('any', 'devs'))).toBe('allowed');
  expect(await list(as('system:serviceaccount:kube-system:robot'))).toBe('allowed');
  expect(await list(as('system:serviceaccount:default:robot'))).toContain('is forbidden');
});

test('a binding to a role that is not there is named in the refusal', async () => {
  await bindCluster('broken', 'not-there');
  expect(await outcome(as('jane').list(podKind, { namespace }))).toBe(
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default": RBAC: clusterrole.rbac.authorization.k8s.io "not-there" not found',
  );
});

test('other paths are granted by URL, with a star at the end at most', async () => {
  const get = (path: string) => outcome(as('jane').transport.request({ method: 'GET', path }));
  expect(await get('/version')).toBe('allowed');
  expect(await get('/apis')).toBe('allowed');
  expect(await get('/metrics')).toBe('forbidden: User "jane" cannot get path "/metrics"');
  await cluster.client.create(clusterRoleKind, {
    metadata: { name: 'metrics' },
    rules: [{ verbs: ['get'], nonResourceURLs: ['/metr*'] }],
  });
  await bindCluster('metrics', 'metrics');
  expect(await get('/metrics')).toBe('allowed');
});

test('the default roles: a viewer sees no secrets, an editor no roles, an admin all of his namespace', async () => {
  const can = async (verb: string, resource: string, group = '') => {
    const spec = { user: 'jane', resourceAttributes: { verb, resource, group, namespace } };
    const answer = (await cluster.client.transport.request({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec },
    })) as { status: { allowed: boolean; reason?: string } };
    return answer.status;
  };
  await bind('view', 'ClusterRole', 'view');
  expect(await can('list', 'deployments', 'apps')).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "view/default" of ClusterRole "view" to User "jane"',
  });
  expect(await can('get', 'secrets')).toEqual({ allowed: false });
  expect(await can('create', 'pods')).toEqual({ allowed: false });
  await bind('edit', 'ClusterRole', 'edit');
  expect((await can('get', 'secrets')).allowed).toBe(true);
  expect((await can('create', 'roles', apiGroup)).allowed).toBe(false);
  await bind('admin', 'ClusterRole', 'admin');
  expect((await can('create', 'roles', apiGroup)).allowed).toBe(true);
  expect((await can('update', 'resourcequotas')).allowed).toBe(false);
});

test('nobody grants what he does not hold, unless he may escalate', async () => {
  await grant('roles', [
    { verbs: ['create', 'patch'], apiGroups: [apiGroup], resources: ['roles'] },
    rule('get', 'pods'),
  ]);
  const user = as('jane', 'devs');
  const role = (name: string, rules: PolicyRule[]) =>
    outcome(user.create(roleKind, { metadata: { name, namespace }, rules } as never));
  expect(await role('held', [rule('get', 'pods')])).toBe('allowed');
  expect(await role('more', [rule('get list delete', 'pods'), rule('get', 'secrets')])).toBe(
    'roles.rbac.authorization.k8s.io "more" is forbidden: user "jane" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
      '{APIGroups:[""], Resources:["pods"], Verbs:["list" "delete"]}\n' +
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
  );
  const widen = user.patch(
    roleKind,
    { name: 'held', namespace },
    { type: 'merge', body: { rules: [rule('*', 'pods')] } },
  );
  expect(await outcome(widen)).toContain(
    'not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["*"]}',
  );
  await grant('escalate', [{ verbs: ['escalate'], apiGroups: [apiGroup], resources: ['roles'] }]);
  expect(await role('more', [rule('delete', 'pods')])).toBe('allowed');
});

test('nobody binds a role whose permissions he does not hold, unless he may bind it', async () => {
  await grant('bindings', [{ verbs: ['create'], apiGroups: [apiGroup], resources: ['rolebindings'] }]);
  const user = as('jane');
  const binding = (name: string, role: string) =>
    outcome(
      user.create(roleBindingKind, {
        metadata: { name, namespace },
        roleRef: { apiGroup, kind: 'ClusterRole', name: role },
        subjects: [jane],
      } as never),
    );
  expect(await binding('a', 'system:node-bootstrapper')).toBe(
    'rolebindings.rbac.authorization.k8s.io "a" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
      '{APIGroups:["certificates.k8s.io"], Resources:["certificatesigningrequests"], Verbs:["create" "get" "list" "watch"]}',
  );
  expect(await binding('b', 'gone')).toBe('clusterrole.rbac.authorization.k8s.io "gone" not found');
  await grant('bind', [
    {
      verbs: ['bind'],
      apiGroups: [apiGroup],
      resources: ['clusterroles'],
      resourceNames: ['system:node-bootstrapper'],
    },
  ]);
  expect(await binding('a', 'system:node-bootstrapper')).toBe('allowed');
  expect(await binding('c', 'cluster-admin')).toContain('{NonResourceURLs:["*"], Verbs:["*"]}');
});

test('default roles get back what they lost, keep what was added, and are left alone when asked so', async () => {
  const edit = (name: string, body: object) =>
    cluster.client.patch(clusterRoleKind, { name }, { type: 'merge', body });
  const added = rule('get', 'widgets');
  await edit('system:kube-dns', { rules: [added] });
  await edit('system:node-proxier', {
    rules: [],
    metadata: { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } },
  });
  await cluster.client.delete(clusterRoleBindingKind, { name: 'system:discovery' });
  await reconcileDefaultPolicy(cluster.store, systemClock);
  const rules = async (name: string) => (await cluster.client.get(clusterRoleKind, { name })).rules;
  expect(await rules('system:kube-dns')).toEqual([
    added,
    { verbs: ['list'], apiGroups: [''], resources: ['endpoints'] },
    { verbs: ['watch'], apiGroups: [''], resources: ['endpoints'] },
    { verbs: ['list'], apiGroups: [''], resources: ['services'] },
    { verbs: ['watch'], apiGroups: [''], resources: ['services'] },
  ]);
  expect(await rules('system:node-proxier')).toBeUndefined();
  expect((await cluster.client.get(clusterRoleBindingKind, { name: 'system:discovery' })).subjects).toEqual([
    { kind: 'Group', apiGroup, name: 'system:authenticated' },
  ]);
  const before = cluster.store.revision;
  await reconcileDefaultPolicy(cluster.store, systemClock);
  expect(cluster.store.revision).toBe(before);
});

test('a default role that lost what it is aggregated from gets it back, beside what was added', async () => {
  const name = 'view';
  const { aggregationRule, rules } = await cluster.client.get(clusterRoleKind, { name });
  const change = (body: object) => cluster.client.patch(clusterRoleKind, { name }, { type: 'merge', body });
  const now = async () => (await cluster.client.get(clusterRoleKind, { name })).aggregationRule;
  const [selector] = aggregationRule?.clusterRoleSelectors ?? [];
  const mine = { matchLabels: { mine: 'true' } };
  await change({ aggregationRule: null });
  await reconcileDefaultPolicy(cluster.store, systemClock);
  expect(await now()).toEqual(aggregationRule);
  await change({ aggregationRule: { clusterRoleSelectors: [mine] } });
  await reconcileDefaultPolicy(cluster.store, systemClock);
  expect(await now()).toEqual({ clusterRoleSelectors: [mine, selector] });
  expect((await cluster.client.get(clusterRoleKind, { name })).rules).toEqual(rules);
});

test('the API takes the default roles as they are', async () => {
  const { items } = await cluster.client.list(clusterRoleKind);
  expect(items.length).toBeGreaterThan(60);
  await cluster.client.create(namespaceKind, { metadata: { name: 'n' } });
  for (const role of items) {
    const again = await cluster.client.update(clusterRoleKind, role as never);
    expect(again.rules).toEqual(role.rules);
  }
});
