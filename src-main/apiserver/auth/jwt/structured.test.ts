import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { callHttps } from '../../../testing/https.ts';
import { type IdentityService, startIdentityService } from '../identity-service.test-fixture.ts';
import { whoIsBearer } from '../tokens.test-fixture.ts';

let service: IdentityService;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let cluster: TestCluster | undefined;

beforeAll(async () => {
  keys = await generateKeyPair('ES256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'ES256' }] };
  service = await startIdentityService((path) => {
    if (path === '/keys') return jwks;
    const issuer = path.startsWith('/elsewhere') ? `${service.url}/other` : service.url;
    return path.endsWith('/configuration') || path.endsWith('openid-configuration')
      ? { issuer, jwks_uri: `${service.url}/keys` }
      : 404;
  });
});

afterAll(() => service.close());

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

function token(claims: Record<string, unknown>, { audience = 'slipway', issuer = service.url } = {}) {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setIssuer(issuer)
    .setSubject('1234')
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + 600)
    .sign(keys.privateKey);
}

const issuer = (more: object = {}) => ({
  url: service.url,
  certificateAuthority: service.ca,
  audiences: ['slipway'],
  ...more,
});

const apiVersion = 'apiserver.config.k8s.io/v1';
const kind = 'AuthenticationConfiguration';
const start = async (config: object) => {
  cluster = await startTestCluster({ authenticationConfig: stringify({ apiVersion, kind, ...config }) });
  return cluster;
};

const plain = { username: { claim: 'sub', prefix: '' } };

async function whoIs(claims: Record<string, unknown>, more?: Parameters<typeof token>[1]) {
  if (!cluster) throw new Error('no cluster');
  return whoIsBearer(cluster, await token(claims, more));
}

test('users are made of claims by name, with prefixes', async () => {
  const claimMappings = {
    username: { claim: 'login', prefix: 'sso:' },
    groups: { claim: 'roles', prefix: 'sso:' },
    uid: { claim: 'sub' },
  };
  await start({ jwt: [{ issuer: issuer(), claimMappings }] });
  expect(await whoIs({ login: 'jane', roles: ['devs', 'ops'] })).toEqual({
    username: 'sso:jane',
    uid: '1234',
    groups: ['sso:devs', 'sso:ops', 'system:authenticated'],
  });
  expect(await whoIs({ roles: ['devs'] })).toBeUndefined();
  expect(await whoIs({ login: 'jane', roles: [1] })).toBeUndefined();
});

test('users are made of claims by expressions', async () => {
  const claimMappings = {
    username: { expression: 'claims.login + "@" + claims.org.name' },
    groups: { expression: 'claims.roles.map(r, "team:" + r)' },
    uid: { expression: 'claims.sub' },
    extra: [
      { key: 'example.com/admin', valueExpression: 'claims.admin ? "true" : ""' },
      { key: 'example.com/org', valueExpression: 'claims.org.name' },
    ],
  };
  await start({ jwt: [{ issuer: issuer(), claimMappings }] });
  const claims = { login: 'jane', org: { name: 'acme' }, roles: ['devs'], admin: false };
  expect(await whoIs(claims)).toEqual({
    username: 'jane@acme',
    uid: '1234',
    groups: ['team:devs', 'system:authenticated'],
    extra: { 'example.com/org': ['acme'] },
  });
  expect((await whoIs({ ...claims, admin: true }))?.extra).toEqual({
    'example.com/admin': ['true'],
    'example.com/org': ['acme'],
  });
  expect(await whoIs({ ...claims, org: {} })).toBeUndefined();
});

test('rules on claims and on users refuse tokens', async () => {
  await start({
    jwt: [
      {
        issuer: issuer(),
        claimValidationRules: [
          { claim: 'hd', requiredValue: 'acme.com' },
          { expression: 'claims.exp - claims.iat <= 86400', message: 'too long' },
          { expression: '!("bot" in claims) || claims.bot == false' },
        ],
        claimMappings: { username: { claim: 'login', prefix: '' }, groups: { claim: 'roles', prefix: '' } },
        userValidationRules: [
          { expression: '!user.username.startsWith("system:")' },
          { expression: 'user.groups.all(g, !g.startsWith("system:"))' },
        ],
      },
    ],
  });
  const good = { login: 'jane', hd: 'acme.com', roles: ['devs'] };
  expect(await whoIs(good)).toMatchObject({ username: 'jane' });
  expect({
    otherDomain: await whoIs({ ...good, hd: 'evil.com' }),
    noDomain: await whoIs({ login: 'jane' }),
    bot: await whoIs({ ...good, bot: true }),
    systemName: await whoIs({ ...good, login: 'system:admin' }),
    systemGroup: await whoIs({ ...good, roles: ['system:masters'] }),
  }).toEqual({});
});

test('an issuer serves several audiences, and may describe itself elsewhere', async () => {
  const other = `${service.url}/other`;
  await start({
    jwt: [
      {
        issuer: issuer({ audiences: ['slipway', 'cli'], audienceMatchPolicy: 'MatchAny' }),
        claimMappings: plain,
      },
      {
        issuer: issuer({ url: other, discoveryURL: `${service.url}/elsewhere/configuration` }),
        claimMappings: { username: { claim: 'sub', prefix: 'other:' } },
      },
    ],
  });
  expect({
    first: (await whoIs({}, { audience: 'slipway' }))?.username,
    second: (await whoIs({}, { audience: 'cli' }))?.username,
    third: (await whoIs({}, { audience: 'third' }))?.username,
    otherIssuer: (await whoIs({}, { issuer: other }))?.username,
    strange: (await whoIs({}, { issuer: `${service.url}/unknown` }))?.username,
  }).toEqual({ first: '1234', second: '1234', otherIssuer: 'other:1234' });
});

test('who shows no credentials comes as far as certain paths', async () => {
  const served = await start({ anonymous: { enabled: true, conditions: [{ path: '/livez' }] } });
  const status = async (path: string) => (await callHttps(served, { path, identity: null })).status;
  expect([await status('/livez'), await status('/livez?verbose'), await status('/readyz')]).toEqual([
    200, 200, 401,
  ]);
  await served.close();
  const closed = await start({ anonymous: { enabled: false } });
  expect((await callHttps(closed, { path: '/livez', identity: null })).status).toBe(401);
});
