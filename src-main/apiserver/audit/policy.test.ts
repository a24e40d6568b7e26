import { describe, expect, it } from 'vitest';
import { type Attributes, attributesOf } from '../auth/authorizer.ts';
import { pathSegments } from '../routes.ts';
import { parseAuditPolicy } from './policy.ts';

// https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy
// https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/

interface Asked {
  readonly method?: string;
  readonly user?: string;
  readonly groups?: readonly string[];
}

function request(url: string, { method = 'GET', user = 'jane', groups = [] }: Asked = {}): Attributes {
  const [path = '', query] = url.split('?');
  const parts = { method, path, query: new URLSearchParams(query), user: { name: user, groups } };
  return attributesOf(parts, pathSegments(path));
}

async function verdictOf(rules: string, attributes: Attributes, head = '') {
  const text = `{apiVersion: audit.k8s.io/v1, kind: Policy, ${head} rules: ${rules}}`;
  return (await parseAuditPolicy(text, 'policy')).verdict(attributes);
}

async function isLogged(rule: string, attributes: Attributes): Promise<boolean> {
  return (await verdictOf(`[{level: Metadata, ${rule}}]`, attributes)) !== undefined;
}

const pod = '/api/v1/namespaces/default/pods/web';

describe('which rule decides', () => {
  it('is the first that fits; without one nothing is logged', async () => {
    const rules = '[{level: None, verbs: [list]}, {level: Request, users: [jane]}]';
    expect(await verdictOf(rules, request(pod))).toMatchObject({ level: 'Request' });
    expect(await verdictOf(rules, request('/api/v1/pods'))).toBeUndefined();
    expect(await verdictOf(rules, request(pod, { user: 'joe' }))).toBeUndefined();
  });

  it.each<[rule: string, asked: Attributes, logged: boolean]>([
    ['users: [jane]', request(pod), true],
    ['users: [joe]', request(pod), false],
    // A user is considered matching if it is a member of any of the UserGroups.
    ['userGroups: [ops, dev]', request(pod, { groups: ['dev', 'qa'] }), true],
    ['userGroups: [ops, dev]', request(pod, { groups: ['qa'] }), false],
    ['verbs: [get, list]', request(pod), true],
    ['verbs: [watch]', request('/api/v1/pods?watch=true'), true],
    ['verbs: [deletecollection]', request('/api/v1/namespaces/a/pods', { method: 'DELETE' }), true],
    ['verbs: [delete]', request('/api/v1/namespaces/a/pods', { method: 'DELETE' }), false],
    // The empty string "" matches non-namespaced resources.
    ['namespaces: [""]', request('/api/v1/nodes/a'), true],
    ['namespaces: [""]', request(pod), false],
    ['namespaces: [default]', request(pod), true],
    // Requests must match the rules of every field (an intersection of rules).
    ['users: [jane], verbs: [create]', request(pod), false],
    // If neither is specified, the rule is treated as a default for all URLs.
    ['verbs: [get]', request('/version'), true],
  ])('%s', async (rule, asked, logged) => {
    expect(await isLogged(rule, asked)).toBe(logged);
  });
});

describe('resources', () => {
  const scale = '/apis/apps/v1/namespaces/default/deployments/web/scale';
  it.each<[resources: string, url: string, logged: boolean]>([
    ['resources: [pods]', pod, true],
    // This doesn't match requests to any subresource of pods, which is consistent with the RBAC policy.
    ['resources: [pods]', `${pod}/log`, false],
    ['resources: [pods/log]', `${pod}/log`, true],
    ['resources: [pods/log]', `${pod}/status`, false],
    // `*` matches all resources and their subresources.
    ['resources: ["*"]', `${pod}/log`, true],
    ['resources: ["*"]', '/version', false],
    // `pods/*` matches all subresources of pods.
    ['resources: ["pods/*"]', `${pod}/status`, true],
    ['resources: ["pods/*"]', '/api/v1/namespaces/default/services/web/status', false],
    // `*/scale` matches all scale subresources.
    ['group: apps, resources: ["*/scale"]', scale, true],
    ['group: apps, resources: ["*/scale"]', scale.replace('scale', 'status'), false],
    ['group: apps, resources: [deployments]', '/apis/apps/v1/deployments', true],
    ['resources: [deployments]', '/apis/apps/v1/deployments', false],
    // `*` matches all groups.
    ['group: "*", resources: ["*/scale"]', scale, true],
    ['group: "*"', pod, true],
    // An empty list implies all resources and subresources in this API group.
    ['group: apps', scale, true],
    ['group: apps', pod, false],
    ['resources: [pods], resourceNames: [web]', pod, true],
    ['resources: [pods], resourceNames: [other]', pod, false],
    ['resources: [pods], resourceNames: [web]', '/api/v1/namespaces/default/pods', false],
  ])('%s: %s', async (resources, url, logged) => {
    expect(await isLogged(`resources: [{${resources}}]`, request(url))).toBe(logged);
  });
});

describe('nonResourceURLs', () => {
  it.each<[urls: string, url: string, logged: boolean]>([
    ['/metrics', '/metrics', true],
    ['/metrics', '/metrics/slis', false],
    ['/healthz*', '/healthz', true],
    ['/healthz*', '/healthz/etcd', true],
    ['/api*', '/apis', true],
    ['/api*', pod, false],
    ['*', '/version', true],
    ['*', pod, false],
  ])('%s: %s', async (urls, url, logged) => {
    expect(await isLogged(`nonResourceURLs: ["${urls}"]`, request(url))).toBe(logged);
  });

  it.each([
    ['nonResourceURLs: ["/a*b"]', "the wildcard '*' must be the final character"],
    ['nonResourceURLs: [metrics]', "must begin with a '/' character"],
    [
      'nonResourceURLs: [/a], namespaces: [b]',
      'cannot apply to both regular resources and non-resource URLs',
    ],
  ])('%s is refused', async (rule, why) => {
    await expect(isLogged(rule, request(pod))).rejects.toThrow(why);
  });
});

describe('what is left out', () => {
  const verdict = (rule: string, head: string) =>
    verdictOf(`[{level: Request, ${rule}}]`, request(pod), head);

  it('are the stages that the policy or the rule names', async () => {
    const found = await verdict('omitStages: [ResponseStarted]', 'omitStages: [RequestReceived],');
    expect([...(found?.stages ?? [])].toSorted()).toEqual(['RequestReceived', 'ResponseStarted']);
  });

  it('are managed fields where the rule says so, or else the policy', async () => {
    const all = 'omitManagedFields: true,';
    expect(await verdict('', all)).toMatchObject({ managedFields: true });
    expect(await verdict('omitManagedFields: false', all)).toMatchObject({ managedFields: false });
    expect(await verdict('omitManagedFields: true', '')).toMatchObject({ managedFields: true });
    expect(await verdict('', '')).toMatchObject({ managedFields: false });
  });
});
