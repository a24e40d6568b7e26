import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { whoIsBearer } from './tokens.test-fixture.ts';
import { tokenIssuer } from './tokens.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster();
});

afterEach(() => cluster.close());

const namespace = 'default';

const whoIs = (token: string) => whoIsBearer(cluster, token);

function bootstrapToken(id: string, data: Record<string, string>) {
  return cluster.client.create(secretKind, {
    metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
    type: 'bootstrap.kubernetes.io/token',
    stringData: { 'token-id': id, 'token-secret': 'f395accd246ae52d', ...data },
  });
}

test('others check tokens with the issuer’s published keys', async () => {
  const answer = (await cluster.client.post(serviceAccountKind, { namespace, name: 'default' }, 'token', {
    spec: { audiences: ['vault'] },
  })) as { status: { token: string } };
  const { token } = answer.status;
  const own = (await cluster.client.post(serviceAccountKind, { namespace, name: 'default' }, 'token', {
    spec: {},
  })) as { status: { token: string } };
  const get = (path: string) =>
    callHttps(cluster, { path, identity: null, headers: { authorization: `Bearer ${own.status.token}` } });
  const configuration = (await get('/.well-known/openid-configuration')).json;
  expect(configuration).toMatchObject({
    issuer: tokenIssuer,
    jwks_uri: expect.stringMatching(/^https:\/\/192\.0\.2\.1:\d+\/openid\/v1\/jwks$/),
    id_token_signing_alg_values_supported: ['ES256'],
  });
  const keys = await get('/openid/v1/jwks');
  expect(keys.headers['content-type']).toBe('application/jwk-set+json');
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys.json as JSONWebKeySet), {
    issuer: tokenIssuer,
    audience: 'vault',
  });
  expect(payload.sub).toBe('system:serviceaccount:default:default');
  expect((await callHttps(cluster, { path: '/openid/v1/jwks', identity: null })).status).toBe(403);
});

test('a bootstrap token gives its user and groups until it expires or may not log in', async () => {
  const authentication = { 'usage-bootstrap-authentication': 'true' };
  const extra = 'system:bootstrappers:kubeadm:default-node-token';
  await bootstrapToken('abcdef', { ...authentication, 'auth-extra-groups': extra });
  await bootstrapToken('abcde1', { ...authentication, expiration: '2020-01-01T00:00:00Z' });
  await bootstrapToken('abcde2', {});
  await bootstrapToken('abcde3', { ...authentication, expiration: '2999-01-01T00:00:00Z' });
  const secret = 'f395accd246ae52d';
  expect(JSON.stringify(await whoIs(`abcdef.${secret}`))).toContain('system:bootstrap:abcdef');
  const review = await callHttps(cluster, {
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ spec: { token: `abcdef.${secret}` } }),
  });
  expect(review.json.status.user).toEqual({
    username: 'system:bootstrap:abcdef',
    groups: ['system:bootstrappers', extra, 'system:authenticated'],
  });
  expect(await whoIs(`abcde3.${secret}`)).toBeDefined();
  expect(await Promise.all(['abcde1', 'abcde2', 'abcde4'].map((id) => whoIs(`${id}.${secret}`)))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(await whoIs('abcdef.0000000000000000')).toBeUndefined();
});

test('a token in a Secret holds as long as the Secret holds it', async () => {
  const account = await cluster.client.get(serviceAccountKind, { name: 'default', namespace });
  const token = await cluster.server.issueSecretToken({
    namespace,
    secret: 's',
    serviceAccount: { name: 'default', uid: account.metadata?.uid ?? '' },
  });
  expect(await whoIs(token)).toBeUndefined();
  await cluster.client.create(secretKind, {
    metadata: { name: 's', namespace, annotations: { 'kubernetes.io/service-account.name': 'default' } },
    type: 'kubernetes.io/service-account-token',
    stringData: { token },
  });
  expect(await whoIs(token)).toMatchObject({ username: 'system:serviceaccount:default:default' });
  await cluster.client.delete(secretKind, { name: 's', namespace });
  expect(await whoIs(token)).toBeUndefined();
});

test('a token in a Secret that was declared invalid holds no longer', async () => {
  const account = await cluster.client.get(serviceAccountKind, { name: 'default', namespace });
  const serviceAccount = { name: 'default', uid: account.metadata?.uid ?? '' };
  const token = await cluster.server.issueSecretToken({ namespace, secret: 's', serviceAccount });
  await cluster.client.create(secretKind, {
    metadata: { name: 's', namespace, annotations: { 'kubernetes.io/service-account.name': 'default' } },
    type: 'kubernetes.io/service-account-token',
    stringData: { token },
  });
  const label = (value: string | null) =>
    cluster.client.patch(
      secretKind,
      { name: 's', namespace },
      {
        type: 'merge',
        body: { metadata: { labels: { 'kubernetes.io/legacy-token-invalid-since': value } } },
      },
    );
  await label('2026-01-01');
  expect(await whoIs(token)).toBeUndefined();
  await label(null);
  expect(await whoIs(token)).toMatchObject({ username: 'system:serviceaccount:default:default' });
});

test('a Secret tells the day its token was last used', async () => {
  const ref = { name: 's', namespace };
  const account = await cluster.client.get(serviceAccountKind, { name: 'default', namespace });
  const serviceAccount = { name: 'default', uid: account.metadata?.uid ?? '' };
  const token = await cluster.server.issueSecretToken({ namespace, secret: 's', serviceAccount });
  const made = await cluster.client.create(secretKind, {
    metadata: {
      ...ref,
      annotations: { 'kubernetes.io/service-account.name': 'default' },
      labels: { a: 'b' },
    },
    type: 'kubernetes.io/service-account-token',
    stringData: { token },
  });
  await whoIs(token);
  const used = await cluster.client.get(secretKind, ref);
  expect(used).toEqual({
    ...made,
    metadata: {
      ...made.metadata,
      resourceVersion: used.metadata?.resourceVersion,
      labels: { a: 'b', 'kubernetes.io/legacy-token-last-used': expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
    },
  });
  await whoIs(token);
  expect((await cluster.client.get(secretKind, ref)).metadata?.resourceVersion).toBe(
    used.metadata?.resourceVersion,
  );
});
