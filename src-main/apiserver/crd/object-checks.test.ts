import { customResourceDefinitionKind as crdKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import type { JsonSchema } from '@shared/kinds/apiextensions/json-schema.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { define, specOf, widgetCrd, widgetVersion } from './widgets.test-fixture.ts';

let cluster: TestCluster;
const anything: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
beforeAll(async () => {
  cluster = await startTestCluster();
  const scale = {
    specReplicasPath: '.spec.size.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  };
  await define(cluster.client, widgetCrd([widgetVersion(anything, { subresources: { status: {}, scale } })]));
});
afterAll(() => cluster.close());

const path = '/apis/example.com/v1/namespaces/default/widgets';

async function send(method: string, at: string, body: JsonObject) {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const answer = await callHttps(cluster, {
    method,
    path: at,
    headers: { 'content-type': type },
    body: JSON.stringify(body),
  });
  const causes: { field: string; message: string }[] = answer.json?.details?.causes ?? [];
  return {
    errors: causes.map(({ field, message }) => `${field}: ${message}`),
    warnings: String(answer.headers.warning ?? ''),
  };
}
const create = (name: string, rest: JsonObject, finalizers: readonly string[] = []) =>
  send('POST', path, {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name, finalizers },
    ...rest,
  });

describe('what a scale shows', () => {
  it.each<[JsonObject, string[]]>([
    [{}, []],
    [{ spec: { size: { replicas: 3 } } }, []],
    [{ spec: { size: { replicas: -1 } } }, ['Invalid value: -1: should be a non-negative integer']],
    [
      { spec: { size: { replicas: 2 ** 31 } } },
      ['Invalid value: 2147483648: should be less than or equal to 2147483647'],
    ],
    [
      { spec: { size: { replicas: 'x' } } },
      ['Invalid value: 0: .spec.size.replicas accessor error: x is of the type string, expected int64'],
    ],
    [
      { spec: { size: [1] } },
      [
        'Invalid value: 0: .spec.size.replicas accessor error: [1] is of the type []interface {}, expected map[string]interface{}',
      ],
    ],
  ])('are replicas of an object: %j', async (rest, texts) => {
    const { errors } = await create('sized', rest);
    expect(errors).toEqual(texts.map((text) => `.spec.size.replicas: ${text}`));
    await send('DELETE', `${path}/sized`, {});
  });

  it('are replicas and the selector of its status', async () => {
    await create('told', { spec: { size: { replicas: 1 } } });
    const tell = async (status: JsonObject) =>
      (await send('PATCH', `${path}/told/status`, { status })).errors;
    expect(await tell({ replicas: 1.5, selector: { a: 1 } })).toEqual([
      '.status.replicas: Invalid value: 0: .status.replicas accessor error: 1.5 is of the type float64, expected int64',
      '.status.selector: Invalid value: "": .status.selector accessor error: {"a":1} is of the type map[string]interface {}, expected string',
    ]);
    expect(await tell({ replicas: 2, selector: 'a=b' })).toEqual([]);
  });
});

it('finalizers that might be anybody’s are warned of, new ones alone', async () => {
  const { warnings } = await create('held', {}, ['example.com/a', 'orphan', 'hold', 'example.com']);
  const other = 'to avoid accidental conflicts with other finalizer writers';
  const texts = [
    `metadata.finalizers: \\"example.com\\": prefer a domain-qualified finalizer name including a path (/) ${other}`,
    `metadata.finalizers: \\"hold\\": prefer a domain-qualified finalizer name ${other}`,
  ];
  expect(warnings).toBe(texts.map((text) => `299 - "${text}"`).join(', '));
  const added = await send('PATCH', `${path}/held`, { metadata: { finalizers: ['hold', 'more'] } });
  expect(added.warnings).toContain('\\"more\\": prefer');
  expect(added.warnings).not.toContain('hold');
});

it('definitions in groups of the Kubernetes community say whether they were approved', async () => {
  const { client } = cluster;
  const crd = widgetCrd([widgetVersion(specOf({}))], { group: 'test.k8s.io' });
  const name = 'widgets.test.k8s.io';
  const annotations = { 'api-approved.kubernetes.io': 'unapproved, for a test' };
  await client.create(crdKind, { ...crd, metadata: { name, annotations } });
  const verdict = async () => {
    const { status } = await client.get(crdKind, { name });
    const { lastTransitionTime: _, ...rest } =
      status?.conditions?.find(({ type }) => type === 'KubernetesAPIApprovalPolicyConformant') ?? {};
    return rest;
  };
  const of = (status: string, reason: string, message: string) => ({
    type: 'KubernetesAPIApprovalPolicyConformant',
    status,
    reason,
    message,
  });
  await vi.waitFor(async () =>
    expect(await verdict()).toEqual(
      of('False', 'UnapprovedAnnotation', 'not approved: "unapproved, for a test"'),
    ),
  );
  const url = 'https://github.com/kubernetes/enhancements/pull/1';
  const body = { metadata: { annotations: { 'api-approved.kubernetes.io': url } } };
  await client.patch(crdKind, { name }, { type: 'merge', body });
  await vi.waitFor(async () =>
    expect(await verdict()).toEqual(of('True', 'ApprovedAnnotation', `approved in ${url}`)),
  );
});
