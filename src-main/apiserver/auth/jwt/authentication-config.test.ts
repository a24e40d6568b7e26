import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseAuthenticationConfig } from './authentication-config.ts';

const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' };

/** What is wrong with a file, a line each; none: nothing. */
async function mistakes(config: object | string): Promise<string[]> {
  const text = typeof config === 'string' ? config : stringify({ ...head, ...config });
  return parseAuthenticationConfig(text, 'f.yaml', 'https://own').then(
    () => [],
    (error: Error) =>
      error.message
        .replace(/^f\.yaml: /, '')
        .replace(/\.$/, '')
        .split('; '),
  );
}

const issuer = { url: 'https://issuer', audiences: ['a'] };
const username = { claim: 'sub', prefix: '' };
const jwt = (more: object) => mistakes({ jwt: [{ issuer, claimMappings: { username }, ...more }] });

test('a file that is none, or of another kind, is refused', async () => {
  expect(await mistakes('a: [')).toEqual([expect.stringContaining('not YAML: ')]);
  expect(await mistakes({ kind: 'Other' })).toEqual([
    'kind: must be AuthenticationConfiguration of apiserver.config.k8s.io/v1',
  ]);
  expect(await mistakes({ jwt: 1, more: 2 })).toEqual(['.more: unknown field', 'jwt: must be a list']);
  expect(await mistakes({})).toEqual([]);
});

test('issuers are addresses, each once, with audiences', async () => {
  const broken = (more: object) => jwt({ issuer: { ...issuer, ...more } });
  expect({
    none: await broken({ url: '' }),
    plain: await broken({ url: 'http://issuer' }),
    query: await broken({ url: 'https://issuer?a=b' }),
    own: await broken({ url: 'https://own' }),
    discovery: await broken({ discoveryURL: 'https://issuer/' }),
    audiences: await broken({ audiences: [] }),
    many: await broken({ audiences: ['a', 'b'] }),
  }).toEqual({
    none: ['jwt[0].issuer.url: Required value'],
    plain: ['jwt[0].issuer.url: URL scheme must be https'],
    query: [expect.stringContaining('must not contain a username or password, a query or a fragment')],
    own: ['jwt[0].issuer.url: Duplicate value: "https://own"'],
    discovery: ['jwt[0].issuer.discoveryURL: discoveryURL must be different from URL'],
    audiences: ['jwt[0].issuer.audiences: Required value: at least one is required'],
    many: [expect.stringContaining('audienceMatchPolicy must be MatchAny for multiple audiences')],
  });
});

test('mappings name a claim or an expression, and expressions are checked', async () => {
  const mapped = (more: object) => jwt({ claimMappings: { username, ...more } });
  const at = 'jwt[0].claimMappings';
  expect({
    both: await mapped({ username: { claim: 'a', prefix: '', expression: 'claims.a' } }),
    none: await mapped({ username: {} }),
    prefix: await mapped({ username: { claim: 'a' } }),
    syntax: await mapped({ username: { expression: 'claims.' } }),
    number: await mapped({ uid: { expression: '1' } }),
    key: await mapped({ extra: [{ key: 'plain', valueExpression: '"a"' }] }),
    reserved: await mapped({ extra: [{ key: 'a.kubernetes.io/x', valueExpression: '"a"' }] }),
    twice: await mapped({
      extra: [
        { key: 'a.io/x', valueExpression: '"a"' },
        { key: 'a.io/x', valueExpression: '"b"' },
      ],
    }),
  }).toEqual({
    both: [`${at}.username: claim and expression can't both be set`, expect.stringContaining('.prefix')],
    none: [`${at}.username: Required value: claim or expression is required`],
    prefix: [expect.stringContaining(`${at}.username.prefix: Required value`)],
    syntax: [expect.stringContaining(`${at}.username.expression: compilation failed: ERROR`)],
    number: [`${at}.uid.expression: must evaluate to string`],
    key: [`${at}.extra[0].key: must be a domain-prefixed path (such as "acme.io/foo")`],
    reserved: [expect.stringContaining('are reserved for Kubernetes use')],
    twice: [`${at}.extra: Duplicate value: "a.io/x"`],
  });
});

test('who is named by his address is so only where somebody looks whether it was verified', async () => {
  const claimMappings = { username: { expression: 'claims.email' } };
  expect(await jwt({ claimMappings })).toEqual([
    expect.stringContaining('claims.email_verified must be used'),
  ]);
  const claimValidationRules = [{ expression: 'claims.?email_verified.orValue(true) == true' }];
  expect(await jwt({ claimMappings, claimValidationRules })).toEqual([]);
});

test('rules yield true or false', async () => {
  expect({
    claim: await jwt({ claimValidationRules: [{ expression: 'claims.a' }, { expression: '"a"' }] }),
    user: await jwt({ userValidationRules: [{ expression: 'claims.a' }] }),
    empty: await jwt({ userValidationRules: [{}] }),
    value: await jwt({ claimValidationRules: [{ expression: 'true', requiredValue: 'x' }] }),
  }).toEqual({
    claim: ['jwt[0].claimValidationRules[1].expression: must evaluate to bool'],
    user: [expect.stringContaining("undeclared reference to 'claims'")],
    empty: ['jwt[0].userValidationRules[0].expression: Required value'],
    value: [expect.stringContaining('may not be specified when expression is set')],
  });
});

test('conditions of anonymous requests take them to be served', async () => {
  const conditions = [{ path: '/livez' }];
  expect(await mistakes({ anonymous: { enabled: false, conditions } })).toEqual([
    'anonymous.conditions: enabled should be set to true when conditions are defined',
  ]);
  expect(await mistakes({ anonymous: { enabled: true, conditions } })).toEqual([]);
});
