import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';

/** A user as reviews tell him. */
export interface ToldUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups: string[];
  readonly extra?: Readonly<Record<string, string[]>>;
}

/** Whom the server takes the bearer of a token for; undefined: nobody. */
export async function whoIsBearer(cluster: TestCluster, token: string): Promise<ToldUser | undefined> {
  const { json, status } = await callHttps(cluster, {
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    identity: null,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  });
  return status === 401 ? undefined : (json.status?.userInfo ?? json);
}

/** A token for the account `default` of the namespace `default`, with the spec of a TokenRequest. */
export async function tokenForDefault({ client }: TestCluster, spec: object = {}): Promise<string> {
  const ref = { namespace: 'default', name: 'default' };
  const answer = await client.post(serviceAccountKind, ref, 'token', { spec });
  return (answer as { status: { token: string } }).status.token;
}

/** What a token says of itself. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
