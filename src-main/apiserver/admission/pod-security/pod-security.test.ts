import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiError } from '@shared/api/status.ts';
import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import { runtimeClassKind } from '@shared/kinds/node/runtime-class/kind.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { callHttps } from '../../../testing/https.ts';
import { podSecurityOptions } from './policy.ts';

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster();
});

afterEach(() => cluster.close());

const spec = { containers: [{ name: 'c', image: 'i' }] };
const privileged = { containers: [{ name: 'c', image: 'i', securityContext: { privileged: true } }] };
const detail = 'privileged (container "c" must not set securityContext.privileged=true)';

async function namespaceWith(labels: Record<string, string>): Promise<void> {
  const prefixed = Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]);
  await cluster.client.create(namespaceKind, {
    metadata: { name: 'x', labels: Object.fromEntries(prefixed) },
  });
  await cluster.client.create(serviceAccountKind, { metadata: { name: 'default', namespace: 'x' } });
}

const createPod = (name: string, podSpec: object = privileged) =>
  cluster.client.create(podKind, { metadata: { name, namespace: 'x' }, spec: { ...spec, ...podSpec } });

async function refusal(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => expect.unreachable('the call succeeded'),
    (error: ApiError) => error.status.message ?? '',
  );
}

/** The texts of the `Warning` headers that a write is answered with. */
async function warningsOf(method: string, path: string, body: object): Promise<string[]> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const headers = { 'content-type': type };
  const answer = await callHttps(cluster, { method, path, headers, body: JSON.stringify(body) });
  const text = [answer.headers.warning ?? []].flat().join(', ');
  return [...text.matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)].map(
    ([, quoted = '']) => JSON.parse(quoted) as string,
  );
}

test('a namespace that enforces a level refuses pods that break it', async () => {
  await namespaceWith({ enforce: 'baseline' });
  expect(await refusal(createPod('a'))).toBe(
    `pods "a" is forbidden: violates PodSecurity "baseline:latest": ${detail}`,
  );
  expect((await createPod('b', spec)).metadata?.name).toBe('b');
});

test('templates of pods are warned of and accepted', async () => {
  await namespaceWith({ enforce: 'baseline' });
  const labels = { app: 'a' };
  const warnings = await warningsOf('POST', '/apis/apps/v1/namespaces/x/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: privileged } },
  });
  expect(warnings).toEqual([`would violate PodSecurity "baseline:latest": ${detail}`]);
  expect((await cluster.client.get(deploymentKind, { namespace: 'x', name: 'd' })).metadata?.name).toBe('d');
});

test('a level that is raised warns of the pods it would refuse', async () => {
  await namespaceWith({});
  for (const name of ['a', 'b', 'c']) await createPod(name);
  const warnings = await warningsOf('PATCH', '/api/v1/namespaces/x', {
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
  });
  expect(warnings).toEqual([
    'existing pods in namespace "x" violate the new PodSecurity enforce level "baseline:latest"',
    'a (and 2 other pods): privileged',
  ]);
});

test('labels that cannot be read are refused', async () => {
  expect(await refusal(namespaceWith({ enforce: 'high' }))).toBe(
    'Namespace "x" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "high": must be one of privileged, baseline, restricted',
  );
});

test('settings of the cluster hold where labels say nothing, and not for whom they exempt', async () => {
  const exempting = await startTestCluster({
    https: false,
    podSecurity: {
      defaults: { enforce: 'baseline', 'enforce-version': 'v1.30' },
      exemptions: { namespaces: ['kube-system'], runtimeClasses: ['kata'] },
    },
    auditPolicy: 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: Metadata }]\n',
  });
  const pod = (namespace: string, more: object = {}) =>
    exempting.client.create(podKind, {
      metadata: { name: 'p', namespace },
      spec: { ...privileged, ...more },
    });
  expect(await refusal(pod('default'))).toContain(`violates PodSecurity "baseline:v1.30": ${detail}`);
  await pod('kube-system');
  await exempting.client.create(runtimeClassKind, { metadata: { name: 'kata' }, handler: 'kata' });
  await pod('default', { runtimeClassName: 'kata' });
  await exempting.server.close();
  const log = await readFile(join(exempting.dir, 'audit/audit.log'), 'utf8');
  const exempted = [...log.matchAll(/"pod-security\.kubernetes\.io\/exempt":"(\w+)"/g)].map(([, why]) => why);
  expect([...new Set(exempted)]).toEqual(['namespace', 'runtimeClass']);
  await exempting.close();
});

test('settings that mean nothing are refused', () => {
  expect(() => podSecurityOptions({ defaults: { warn: 'strict' } })).toThrow(
    'podSecurity.defaults: metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "strict": must be one of privileged, baseline, restricted',
  );
});
