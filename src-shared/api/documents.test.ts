import { describe, expect, it } from 'vitest';
import { isJsonObject } from '../lib/json.ts';
import type { Json, JsonObject } from '../lib/types.ts';
import { loadDocs } from '../schema/docs.ts';
import { builtinSchemas } from '../schema/registry.ts';
import { aggregatedDiscovery, apiGroupList, apiResourceList, compareVersions } from './discovery.ts';
import { openApiV2, openApiV3 } from './openapi.ts';
import type { ServedKind } from './served-kind.ts';
import { type TableColumn, toTable } from './table.ts';

const everyVerb = ['create', 'get', 'list', 'watch', 'update', 'patch', 'delete', 'deletecollection'];

function kind(definition: Partial<ServedKind> & Pick<ServedKind, 'kind' | 'plural' | 'schema'>): ServedKind {
  return {
    group: '',
    version: 'v1',
    singular: definition.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    verbs: everyVerb,
    hasStatus: false,
    subresources: [],
    ...definition,
  };
}

const pod = kind({
  kind: 'Pod',
  plural: 'pods',
  schema: 'io.k8s.api.core.v1.Pod',
  shortNames: ['po'],
  categories: ['all'],
  hasStatus: true,
  subresources: ['log', 'exec', 'eviction', 'proxy'],
});
const namespace = kind({
  kind: 'Namespace',
  plural: 'namespaces',
  schema: 'io.k8s.api.core.v1.Namespace',
  namespaced: false,
  verbs: ['get', 'list'],
  subresources: ['finalize'],
});
const deployment = kind({
  group: 'apps',
  kind: 'Deployment',
  plural: 'deployments',
  schema: 'io.k8s.api.apps.v1.Deployment',
  hasStatus: true,
  scale: {},
});
const scaler = (version: string) =>
  kind({
    group: 'autoscaling',
    version,
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    schema: `io.k8s.api.autoscaling.${version}.HorizontalPodAutoscaler`,
  });
const kinds = [namespace, pod, deployment, scaler('v1'), scaler('v2')];

describe('discovery', () => {
  it('lists groups with the most wanted version first', () => {
    expect(apiGroupList(kinds)).toEqual({
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: [
        {
          name: 'apps',
          versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
          preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
        },
        {
          name: 'autoscaling',
          versions: [
            { groupVersion: 'autoscaling/v2', version: 'v2' },
            { groupVersion: 'autoscaling/v1', version: 'v1' },
          ],
          preferredVersion: { groupVersion: 'autoscaling/v2', version: 'v2' },
        },
      ],
    });
  });

  it('orders versions as Kubernetes documents it for custom resources', () => {
    const ordered = [
      'v10',
      'v2',
      'v1',
      'v11beta2',
      'v10beta3',
      'v3beta1',
      'v12alpha1',
      'v11alpha2',
      'foo1',
      'foo10',
    ];
    expect(ordered.toReversed().sort(compareVersions)).toEqual(ordered);
  });

  it('lists resources and subresources of a group version', () => {
    const hashOf = ({ kind }: { kind: string }) => (kind === 'Pod' ? 'hash' : undefined);
    expect(apiResourceList(kinds, { group: '', version: 'v1' }, hashOf)).toEqual({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: 'v1',
      resources: [
        {
          name: 'namespaces',
          singularName: 'namespace',
          namespaced: false,
          kind: 'Namespace',
          verbs: ['get', 'list'],
        },
        {
          name: 'namespaces/finalize',
          singularName: '',
          namespaced: false,
          kind: 'Namespace',
          verbs: ['update'],
        },
        {
          name: 'pods',
          singularName: 'pod',
          namespaced: true,
          kind: 'Pod',
          verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
          shortNames: ['po'],
          categories: ['all'],
          storageVersionHash: 'hash',
        },
        {
          name: 'pods/eviction',
          singularName: '',
          namespaced: true,
          group: 'policy',
          version: 'v1',
          kind: 'Eviction',
          verbs: ['create'],
        },
        {
          name: 'pods/exec',
          singularName: '',
          namespaced: true,
          kind: 'PodExecOptions',
          verbs: ['create', 'get'],
        },
        { name: 'pods/log', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get'] },
        {
          name: 'pods/proxy',
          singularName: '',
          namespaced: true,
          kind: 'PodProxyOptions',
          verbs: ['create', 'delete', 'get', 'patch', 'update'],
        },
        {
          name: 'pods/status',
          singularName: '',
          namespaced: true,
          kind: 'Pod',
          verbs: ['get', 'patch', 'update'],
        },
      ],
    });
  });

  it('tells everything at once', () => {
    expect(aggregatedDiscovery([deployment])).toEqual({
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      metadata: {},
      items: [
        {
          metadata: { name: 'apps', creationTimestamp: null },
          versions: [
            {
              version: 'v1',
              freshness: 'Current',
              resources: [
                {
                  resource: 'deployments',
                  responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
                  scope: 'Namespaced',
                  singularResource: 'deployment',
                  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
                  subresources: [
                    {
                      subresource: 'scale',
                      responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
                      verbs: ['get', 'patch', 'update'],
                    },
                    {
                      subresource: 'status',
                      responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
                      verbs: ['get', 'patch', 'update'],
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
  });
});

describe('tables', () => {
  const columns: TableColumn[] = [
    { name: 'Name', type: 'name', description: 'n', cell: (object) => object.metadata.name },
    { name: 'Ready', type: 'integer', description: 'r', priority: 1, cell: (object) => object.ready ?? null },
    {
      name: 'Age',
      type: 'date',
      description: 'a',
      cell: (object) => object.metadata.creationTimestamp ?? null,
    },
  ];
  const objects = [
    { metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' }, ready: 2 },
    { metadata: { name: 'b' } },
  ];
  const nowMs = Date.UTC(2026, 0, 1, 3, 5);

  it('have a definition per column and a row per object', () => {
    expect(
      toTable({ columns }, objects, { nowMs, includeObject: 'None', listMeta: { resourceVersion: '7' } }),
    ).toEqual({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '7' },
      columnDefinitions: [
        { name: 'Name', type: 'string', format: 'name', description: 'n', priority: 0 },
        { name: 'Ready', type: 'integer', format: '', description: 'r', priority: 1 },
        { name: 'Age', type: 'string', format: '', description: 'a', priority: 0 },
      ],
      rows: [
        { cells: ['a', 2, '3h5m'], object: null },
        { cells: ['b', '<none>', '<unknown>'], object: null },
      ],
    });
  });

  it('carry as much of each object as asked for', () => {
    const rows = (includeObject: 'Metadata' | 'Object') =>
      toTable({ columns }, objects, { nowMs, includeObject, listMeta: {} }).rows.map((row) => row.object);
    expect(rows('Object')).toEqual(objects);
    expect(rows('Metadata')[1]).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'b' },
    });
  });
});

describe('OpenAPI', () => {
  const at = (value: Json | undefined, ...path: string[]): Json | undefined =>
    path.reduce<Json | undefined>((node, key) => (isJsonObject(node) ? node[key] : undefined), value);

  function* refsIn(value: Json): Generator<string> {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      if (key === '$ref' && typeof member === 'string') yield member;
      else if (member !== undefined) yield* refsIn(member);
    }
  }

  it('v3 documents hold every type they refer to', async () => {
    const docs = await loadDocs();
    for (const gv of [
      { group: '', version: 'v1' },
      { group: 'apps', version: 'v1' },
      { group: 'autoscaling', version: 'v2' },
    ]) {
      const document = openApiV3(kinds, builtinSchemas, docs, gv);
      const known = at(document, 'components', 'schemas') as JsonObject;
      const missing = [...refsIn(document)].filter(
        (ref) => known[ref.replace('#/components/schemas/', '')] === undefined,
      );
      expect(missing).toEqual([]);
    }
  });

  it('v3 says what kubectl explain, apply and diff look for', async () => {
    const document = openApiV3(kinds, builtinSchemas, await loadDocs(), { group: 'apps', version: 'v1' });
    const schemas = at(document, 'components', 'schemas');
    const gvk = { group: 'apps', kind: 'Deployment', version: 'v1' };
    expect(at(schemas, 'io.k8s.api.apps.v1.Deployment', 'x-kubernetes-group-version-kind')).toEqual([gvk]);
    expect(at(schemas, 'io.k8s.api.apps.v1.DeploymentSpec')).toMatchObject({
      type: 'object',
      required: ['selector', 'template'],
      properties: {
        replicas: {
          type: 'integer',
          format: 'int32',
          description: expect.stringMatching(/^Number of desired pods/),
        },
        strategy: {
          allOf: [{ $ref: '#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy' }],
          'x-kubernetes-patch-strategy': 'retainKeys',
        },
      },
    });
    expect(at(schemas, 'io.k8s.api.core.v1.PodSpec', 'properties', 'volumes')).toMatchObject({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-strategy': 'merge,retainKeys',
      'x-kubernetes-patch-merge-key': 'name',
    });
    expect(at(schemas, 'io.k8s.apimachinery.pkg.api.resource.Quantity', 'oneOf')).toEqual([
      { type: 'string' },
      { type: 'number' },
    ]);
    const patch = at(
      document,
      'paths',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}',
      'patch',
    ) as JsonObject;
    expect(patch['x-kubernetes-group-version-kind']).toEqual(gvk);
    expect((patch.parameters as JsonObject[]).map(({ name }) => name)).toEqual([
      'dryRun',
      'fieldManager',
      'fieldValidation',
      'force',
    ]);
    expect(Object.keys(at(document, 'paths') as JsonObject)).toEqual([
      '/apis/apps/v1/deployments',
      '/apis/apps/v1/namespaces/{namespace}/deployments',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/status',
    ]);
  });

  it('v2 describes all groups in one document', async () => {
    const document = openApiV2(kinds, builtinSchemas, await loadDocs());
    const known = document.definitions as JsonObject;
    expect(
      [...refsIn(document)].filter((ref) => known[ref.replace('#/definitions/', '')] === undefined),
    ).toEqual([]);
    expect(at(known, 'io.k8s.api.core.v1.ServiceSpec')).toBeUndefined();
    expect(at(known, 'io.k8s.api.core.v1.PodSpec', 'properties', 'containers')).toMatchObject({
      type: 'array',
      items: { $ref: '#/definitions/io.k8s.api.core.v1.Container' },
      'x-kubernetes-patch-merge-key': 'name',
    });
    expect(at(known, 'io.k8s.apimachinery.pkg.util.intstr.IntOrString')).toMatchObject({
      type: 'string',
      format: 'int-or-string',
    });
    expect(Object.keys(at(document, 'paths', '/api/v1/namespaces/{name}') as JsonObject)).toEqual([
      'get',
      'parameters',
    ]);
    const ids = [...JSON.stringify(document.paths).matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
