import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { type IdentityService, startIdentityService } from './identity-service.test-fixture.ts';

let service: IdentityService;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let cluster: TestCluster | undefined;
const reviews: string[] = [];

/** An identity service: an OpenID Connect issuer, and a webhook that knows one token. */
beforeAll(async () => {
  keys = await generateKeyPair('RS256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'RS256' }] };
  service = await startIdentityService((path, body) => answerTo(path, body, jwks));
});

afterAll(() => service.close());

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

function answerTo(path: string, body: string, jwks: object): object | number {
  if (path === '/.well-known/openid-configuration')
    return { issuer: service.url, jwks_uri: `${service.url}/keys` };
  if (path === '/keys') return jwks;
  if (path !== '/review') return 404;
  const { spec } = JSON.parse(body) as { spec: { token: string } };
  reviews.push(spec.token);
  const user = { username: 'hook-user', uid: '7', groups: ['ops'], extra: { team: ['a'] } };
  return { status: spec.token === 'good' ? { authenticated: true, user } : { authenticated: false } };
}

function idToken(
  claims: Record<string, unknown>,
  more: { audience?: string; expired?: boolean; key?: CryptoKey } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: 'k' })
    .setIssuer(service.url)
    .setSubject('1234')
    .setAudience(more.audience ?? 'slipway')
    .setIssuedAt(now - 600)
    .setExpirationTime(more.expired ? now - 60 : now + 600)
    .sign(more.key ?? keys.privateKey);
}

async function whoIs(headers: Record<string, string>, identity: { cert: string; key: string } | null = null) {
  if (!cluster) throw new Error('no cluster');
  const { status, json } = await callHttps(cluster, {
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    identity,
    headers: { ...headers, 'content-type': 'application/json' },
    body: '{}',
  });
  return status === 201 ? json.status.userInfo : status;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test('ID tokens of an issuer: user and groups by their claims', async () => {
  const oidc = {
    issuerUrl: service.url,
    clientId: 'slipway',
    ca: service.ca,
    usernameClaim: 'email',
    groupsClaim: 'roles',
    groupsPrefix: 'oidc:',
    requiredClaims: { hd: 'acme.com' },
  };
  cluster = await startTestCluster({ authentication: { oidc } });
  const claims = { email: 'jane@acme.com', email_verified: true, roles: ['devs', 'ops'], hd: 'acme.com' };
  const asked = {
    good: await whoIs(bearer(await idToken(claims))),
    expired: await whoIs(bearer(await idToken(claims, { expired: true }))),
    otherAudience: await whoIs(bearer(await idToken(claims, { audience: 'other' }))),
    otherKey: await whoIs(
      bearer(await idToken(claims, { key: (await generateKeyPair('RS256')).privateKey })),
    ),
    notVerified: await whoIs(bearer(await idToken({ ...claims, email_verified: false }))),
    lacksClaim: await whoIs(bearer(await idToken({ ...claims, hd: 'evil.com' }))),
    strangeGroups: await whoIs(bearer(await idToken({ ...claims, roles: [1] }))),
  };
  expect(asked).toEqual({
    good: { username: 'jane@acme.com', groups: ['oidc:devs', 'oidc:ops', 'system:authenticated'] },
    expired: 401,
    otherAudience: 401,
    otherKey: 401,
    notVerified: 401,
    lacksClaim: 401,
    strangeGroups: 401,
  });
});

test('a prefix of user names is put before every name, `-` before none', async () => {
  const named = async (settings: { usernameClaim?: string; usernamePrefix?: string }) => {
    const oidc = { issuerUrl: service.url, clientId: 'slipway', ca: service.ca, ...settings };
    cluster = await startTestCluster({ authentication: { oidc } });
    const user = await whoIs(bearer(await idToken({ email: 'jane@acme.com', login: 'jane' })));
    await cluster.close();
    return user.username;
  };
  expect({
    subject: await named({ usernamePrefix: 'oidc:' }),
    bare: await named({ usernamePrefix: '-' }),
    email: await named({ usernameClaim: 'email', usernamePrefix: 'mail:' }),
    otherClaim: await named({ usernameClaim: 'login' }),
    otherBare: await named({ usernameClaim: 'login', usernamePrefix: '-' }),
  }).toEqual({
    subject: 'oidc:1234',
    bare: '1234',
    email: 'mail:jane@acme.com',
    otherClaim: `${service.url}#jane`,
    otherBare: 'jane',
  });
  cluster = undefined;
});

test('without further settings a user is the issuer and the subject; an issuer out of reach lets nobody in', async () => {
  cluster = await startTestCluster({
    authentication: { oidc: { issuerUrl: service.url, clientId: 'slipway', ca: service.ca } },
  });
  const token = await idToken({});
  expect(await whoIs(bearer(token))).toEqual({
    username: `${service.url}#1234`,
    groups: ['system:authenticated'],
  });
  await cluster.close();
  const logged: string[] = [];
  cluster = await startTestCluster({
    authentication: { oidc: { issuerUrl: service.url, clientId: 'slipway' } },
    log: (message) => logged.push(message),
  });
  expect(await whoIs(bearer(token))).toBe(401);
  expect(logged).toContain('the OpenID Connect issuer could not be asked');
});

test('a webhook is asked once for a token while the answer is fresh', async () => {
  cluster = await startTestCluster({
    authentication: { tokenWebhook: { url: `${service.url}/review`, ca: service.ca } },
  });
  reviews.length = 0;
  const user = {
    username: 'hook-user',
    uid: '7',
    groups: ['ops', 'system:authenticated'],
    extra: { team: ['a'] },
  };
  expect([await whoIs(bearer('good')), await whoIs(bearer('good')), await whoIs(bearer('bad'))]).toEqual([
    user,
    user,
    401,
  ]);
  expect(reviews).toEqual(['good', 'bad']);
});

test('who shows no credentials can be refused altogether', async () => {
  cluster = await startTestCluster({ authentication: { anonymous: false } });
  expect(await whoIs({})).toBe(401);
  expect((await callHttps(cluster, { path: '/readyz', identity: null })).status).toBe(401);
});

test('a front proxy speaks for others; nobody else’s headers are believed', async () => {
  cluster = await startTestCluster();
  const headers = {
    'x-remote-user': 'jane',
    'x-remote-group': 'devs',
    'x-remote-extra-scope': 'a',
  };
  expect(await whoIs(headers, cluster.pki.frontProxy.client)).toEqual({
    username: 'jane',
    groups: ['devs', 'system:authenticated'],
    extra: { scope: ['a'] },
  });
  expect(await whoIs(headers, cluster.pki.admin)).toMatchObject({ username: 'kubernetes-admin' });
  expect(await whoIs({}, cluster.pki.frontProxy.client)).toBe(403);
});
