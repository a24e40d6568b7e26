import { clusterRoleKind } from '@shared/kinds/rbac/cluster-role/kind.ts';
import { clusterRoleBindingKind } from '@shared/kinds/rbac/cluster-role-binding/kind.ts';
import type { TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import type { PolicyRule } from './rbac/rule.ts';
import type { ToldUser } from './tokens.test-fixture.ts';

const apiGroup = 'rbac.authorization.k8s.io';

/** Gives the account `default/default` a role over the whole cluster. */
export async function grantDefault(
  { client }: TestCluster,
  name: string,
  rules: PolicyRule[],
): Promise<void> {
  await client.create(clusterRoleKind, { metadata: { name }, rules } as never);
  await client.create(clusterRoleBindingKind, {
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
  });
}

/** A request by the bearer of a token, who wants to be somebody else. */
export interface Posing {
  readonly token: string;
  readonly as: Readonly<Record<string, string>>;
}

function headersOf({ token, as }: Posing): Record<string, string> {
  const wanted = Object.entries(as).map(([name, value]) => [`impersonate-${name}`, value]);
  return { authorization: `Bearer ${token}`, ...Object.fromEntries(wanted) };
}

/** The kind of the answer to a GET, or why there is none. */
export async function readAs(cluster: TestCluster, path: string, posing: Posing): Promise<string> {
  const { json } = await callHttps(cluster, { path, identity: null, headers: headersOf(posing) });
  return json.message ?? json.kind;
}

/** Whom the server serves, or why it does not. */
export async function whoIsPosing(cluster: TestCluster, posing: Posing): Promise<ToldUser | string> {
  const { json } = await callHttps(cluster, {
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    identity: null,
    headers: { ...headersOf(posing), 'content-type': 'application/json' },
    body: '{}',
  });
  return json.status?.userInfo ?? json.message;
}
