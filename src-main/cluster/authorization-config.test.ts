import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { authorizationFile, readAuthorizationSettings } from './authorization-config.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'slipway-authorization-'));
});

afterEach(() => rm(dir, { recursive: true }));

const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration' };
const write = (authorizers: unknown) =>
  writeFile(join(dir, authorizationFile), stringify({ ...head, authorizers }));

const webhook = {
  timeout: '3s',
  subjectAccessReviewVersion: 'v1',
  matchConditionSubjectAccessReviewVersion: 'v1',
  failurePolicy: 'Deny',
  authorizedTTL: '1m30s',
  cacheUnauthorizedRequests: false,
  connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: 'webhook.kubeconfig' },
  matchConditions: [{ expression: 'has(request.resourceAttributes)' }],
};

const base64 = (text: string) => Buffer.from(text).toString('base64');
const kubeconfig = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'c',
  contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
  clusters: [
    { name: 'k', cluster: { server: 'https://authz/review', 'certificate-authority-data': base64('CA') } },
  ],
  users: [{ name: 'u', user: { token: 'secret' } }],
};

test('without a file there is nothing to say', async () => {
  expect(await readAuthorizationSettings(dir)).toBeUndefined();
});

test('the order of the file is the order in which authorizers are asked', async () => {
  await writeFile(join(dir, 'webhook.kubeconfig'), stringify(kubeconfig));
  await write([
    { type: 'Node', name: 'node' },
    { type: 'Webhook', name: 'policy.example.com', webhook },
    { type: 'RBAC', name: 'rbac' },
  ]);
  expect(await readAuthorizationSettings(dir)).toEqual([
    { type: 'Node' },
    {
      type: 'Webhook',
      webhook: {
        name: 'policy.example.com',
        timeoutMs: 3000,
        allowedMs: 90_000,
        refusedMs: 0,
        failurePolicy: 'Deny',
        matchConditions: [expect.objectContaining({ expression: 'has(request.resourceAttributes)' })],
        connection: { url: 'https://authz/review', ca: 'CA', token: 'secret' },
      },
    },
    { type: 'RBAC' },
  ]);
});

/** What is wrong, a line each. */
async function mistakes(authorizers: unknown): Promise<string[]> {
  await write(authorizers);
  return readAuthorizationSettings(dir).then(
    () => [],
    (error: Error) =>
      error.message
        .replace(/^.*?\.yaml: /, '')
        .replace(/\.$/, '')
        .split('; '),
  );
}

const hook = (more: object) => mistakes([{ type: 'Webhook', name: 'w', webhook: { ...webhook, ...more } }]);

test('every mistake is named with its place', async () => {
  const at = 'authorizers[0].webhook';
  expect({
    none: await mistakes([]),
    type: await mistakes([{ type: 'ABAC', name: 'a' }]),
    twice: await mistakes([
      { type: 'RBAC', name: 'a' },
      { type: 'RBAC', name: 'b' },
    ]),
    name: await mistakes([{ type: 'RBAC' }]),
    timeout: await hook({ timeout: '31s' }),
    noTimeout: await hook({ timeout: undefined }),
    failure: await hook({ failurePolicy: 'Allow' }),
    version: await hook({ subjectAccessReviewVersion: 'v1beta1' }),
    condition: await hook({ matchConditions: [{ expression: 'nobody' }] }),
    unknown: await hook({ retries: 3 }),
  }).toEqual({
    none: ['authorizers: Required value: at least one authorization mode must be defined'],
    type: [expect.stringContaining('authorizers[0].type: Unsupported value: "ABAC"')],
    twice: ['authorizers: Duplicate value: "RBAC"'],
    name: ['authorizers[0].name: Required value'],
    timeout: [`${at}.timeout: must be less than or equal to 30s`],
    noTimeout: [`${at}.timeout: Required value`],
    failure: [expect.stringContaining(`${at}.failurePolicy: Unsupported value: "Allow"`)],
    version: [expect.stringContaining(`${at}.subjectAccessReviewVersion: Unsupported value: "v1beta1"`)],
    condition: [expect.stringContaining(`${at}.matchConditions[0].expression: compilation failed: ERROR`)],
    unknown: [`${at}.retries: unknown field`],
  });
});

test('a kubeconfig that is missing or leads nowhere is told', async () => {
  expect(await hook({})).toEqual([
    expect.stringContaining('webhook.kubeconfig, which cannot be read (ENOENT)'),
  ]);
  const lost = { ...kubeconfig, contexts: [], clusters: [] };
  await writeFile(join(dir, 'webhook.kubeconfig'), stringify(lost));
  await expect(readAuthorizationSettings(dir)).rejects.toThrow(
    'webhook.kubeconfig: contexts: none is named "c"; clusters: none is named undefined; server: Required value',
  );
});
