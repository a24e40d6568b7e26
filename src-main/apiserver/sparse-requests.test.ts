import { collectionPath, objectPath } from '@shared/client/client.ts';
import type { ApiRequest } from '@shared/client/transport.ts';
import { customResourceDefinitionKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { exampleOf, nameOf } from '@shared/kinds/examples.test-fixture.ts';
import { kinds } from '@shared/kinds/index.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import { odds, sparseParts } from '@shared/schema/sparse.test-fixture.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { faultOf } from '../testing/fault.ts';
import { define, widgetCrd, widgets, widgetVersion } from './crd/widgets.test-fixture.ts';

/** Bodies that are no objects of a kind that is stored: each part missing, empty, null or of a wrong type. */

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster({ https: false });
  const { client } = cluster;
  const present: readonly AnyKind[] = [podKind, deploymentKind, serviceAccountKind];
  for (const kind of present) await client.create(kind, exampleOf(kind));
  await define(client, widgetCrd([widgetVersion(anything, { subresources: { status: {}, scale } })]));
  await client.create(widgets(), { metadata: { name: 'a', namespace: 'default' } });
});
afterAll(() => cluster.close());

const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;
const scale = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
};
const dryRun = { dryRun: 'All' };

/** Each body with each of the metadata that it may come with. */
function bodiesOf(schemaName: string): unknown[] {
  const parts = sparseParts(schemaName, { leaves: odds });
  const metadata = sparseParts('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', { leaves: odds });
  return [
    {},
    null,
    [],
    ...odds,
    ...parts,
    ...metadata.map((one) => ({ metadata: one })),
    ...odds.flatMap((odd) => [{ metadata: odd }, { apiVersion: odd }, { kind: odd }]),
  ];
}

async function expectNoFault(bodies: readonly unknown[], requestOf: (body: unknown) => ApiRequest) {
  const faults: string[] = [];
  for (const body of bodies) {
    const fault = await faultOf(() => cluster.client.transport.request(requestOf(body)));
    if (fault) faults.push(`${JSON.stringify(body)}: ${fault}`);
  }
  expect(faults).toEqual([]);
}

const pod = '/api/v1/namespaces/default/pods/a';

it.each([
  ['a binding', `${pod}/binding`, 'io.k8s.api.core.v1.Binding'],
  ['an eviction', `${pod}/eviction`, 'io.k8s.api.policy.v1.Eviction'],
  [
    'a request for a token',
    '/api/v1/namespaces/default/serviceaccounts/a/token',
    'io.k8s.api.authentication.v1.TokenRequest',
  ],
])('%s is taken or refused, never a fault of the server', async (_what, path, schema) => {
  await expectNoFault(bodiesOf(schema), (body) => ({ method: 'POST', path, body, query: dryRun }));
});

it.each([
  ['a pod', '/api/v1/namespaces/default/pods/a'],
  ['pods', '/api/v1/namespaces/default/pods'],
])('options for the deletion of %s are taken or refused', async (_what, path) => {
  const bodies = bodiesOf('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions').map((body) =>
    isJsonObject(body) ? { dryRun: ['All'], ...body } : body,
  );
  await expectNoFault(bodies, (body) => ({ method: 'DELETE', path, body, query: dryRun }));
});

const reviews = kinds.filter(({ stored, verbs }) => !stored && verbs.includes('create'));

it.each(reviews.map((kind) => [nameOf(kind), kind] as const))(
  'a review is answered or refused: %s',
  async (_name, kind) => {
    const path = collectionPath(kind, 'default');
    await expectNoFault(bodiesOf(kind.schema), (body) => ({ method: 'POST', path, body, query: dryRun }));
  },
);

it.each([
  '/apis/apps/v1/namespaces/default/deployments/a/scale',
  '/apis/example.com/v1/namespaces/default/widgets/a/scale',
])('a scale is taken or refused: %s', async (path) => {
  const bodies = bodiesOf('io.k8s.api.autoscaling.v1.Scale');
  await expectNoFault(bodies, (body) => ({ method: 'PUT', path, body, query: dryRun }));
  for (const patchType of ['merge', 'strategic', 'apply', 'json'] as const) {
    const query = { ...dryRun, ...(patchType === 'apply' && { fieldManager: 'x', force: 'true' }) };
    await expectNoFault(bodies, (body) => ({ method: 'PATCH', path, body, patchType, query }));
  }
});

it('a custom object whose numbers and selector are none has a scale all the same', async () => {
  const path = '/apis/example.com/v1/namespaces/default/widgets/a';
  for (const odd of [...odds, null, { matchLabels: 5, matchExpressions: 5 }]) {
    const body = { spec: { replicas: odd }, status: { replicas: odd, selector: odd } };
    const fault = await faultOf(async () => {
      await cluster.client.transport.request({ method: 'PATCH', path, body, patchType: 'merge' });
      await cluster.client.transport.request({
        method: 'PATCH',
        path: `${path}/status`,
        body,
        patchType: 'merge',
      });
      await cluster.client.transport.request({ method: 'GET', path: `${path}/scale` });
    });
    expect([odd, fault]).toEqual([odd, undefined]);
  }
});

it('a definition is taken or refused, whatever its schema has', async () => {
  const props = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
  const wholes = sparseParts(props, { leaves: odds });
  const parts = sparseParts(props).map((schema) => ({
    type: 'object',
    properties: { x: { type: 'object', ...schema } },
  }));
  const bodies = [...wholes, ...parts].map((schema) => widgetCrd([widgetVersion(schema as never)]));
  const path = objectPath(customResourceDefinitionKind, { name: 'widgets.example.com' });
  await expectNoFault(bodies, (body) => ({ method: 'PATCH', path, body, patchType: 'merge', query: dryRun }));
});

it('a custom object of any shape is taken or refused', async () => {
  const path = '/apis/example.com/v1/namespaces/default/widgets';
  const bodies = bodiesOf('io.k8s.api.core.v1.Pod').slice(0, 300);
  await expectNoFault(bodies, (body) => ({
    method: 'PATCH',
    path: `${path}/a`,
    body,
    patchType: 'merge',
    query: dryRun,
  }));
  await expectNoFault(bodies, (body) => ({ method: 'POST', path, body, query: dryRun }));
});
