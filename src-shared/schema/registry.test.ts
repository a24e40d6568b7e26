import { describe, expect, it } from 'vitest';
import { loadDocs } from './docs.ts';
import { builtinSchemas } from './registry.ts';
import type { Schema } from './schema.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

function property(type: string, field: string): Schema | undefined {
  return builtinSchemas.get(type)?.properties?.[field];
}

describe('the schemas built from the official package', () => {
  it('hold every GA group', () => {
    const names = [...builtinSchemas.names()];
    expect(names.length).toBeGreaterThan(500);
    for (const name of [
      'io.k8s.api.apps.v1.StatefulSetList',
      'io.k8s.api.autoscaling.v1.Scale',
      'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
      'io.k8s.api.batch.v1.CronJob',
      'io.k8s.api.events.v1.Event',
      'io.k8s.api.networking.v1.NetworkPolicy',
      'io.k8s.api.policy.v1.Eviction',
      'io.k8s.api.rbac.v1.ClusterRoleBinding',
      'io.k8s.api.resource.v1.ResourceSlice',
      'io.k8s.api.storage.v1.StorageClass',
      'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
      'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
      `${meta}.DeleteOptions`,
      `${meta}.Status`,
    ]) {
      expect(names).toContain(name);
    }
  });

  it('refer only to types that exist', () => {
    const dangling: string[] = [];
    const walk = (schema: Schema, at: string): void => {
      if (schema.ref !== undefined && !builtinSchemas.get(schema.ref)) dangling.push(`${at} → ${schema.ref}`);
      for (const [key, child] of Object.entries(schema.properties ?? {})) walk(child, `${at}.${key}`);
      if (schema.items) walk(schema.items, `${at}[]`);
      if (schema.additionalProperties) walk(schema.additionalProperties, `${at}{}`);
    };
    for (const name of builtinSchemas.names()) walk(builtinSchemas.get(name) ?? { type: 'any' }, name);
    expect(dangling).toEqual([]);
  });

  it.each<[string, string, Schema]>([
    [
      'io.k8s.api.core.v1.ServiceSpec',
      'ports',
      {
        type: 'array',
        items: { type: 'object', ref: 'io.k8s.api.core.v1.ServicePort' },
        listType: 'map',
        listMapKeys: ['port', 'protocol'],
        patchStrategy: ['merge'],
        patchMergeKey: 'port',
      },
    ],
    [
      'io.k8s.api.core.v1.ServiceSpec',
      'selector',
      { type: 'object', additionalProperties: { type: 'string' }, mapType: 'atomic' },
    ],
    [
      'io.k8s.api.core.v1.PodSpec',
      'volumes',
      {
        type: 'array',
        items: { type: 'object', ref: 'io.k8s.api.core.v1.Volume' },
        listType: 'map',
        listMapKeys: ['name'],
        patchStrategy: ['merge', 'retainKeys'],
        patchMergeKey: 'name',
      },
    ],
    [
      'io.k8s.api.core.v1.Container',
      'ports',
      {
        type: 'array',
        items: { type: 'object', ref: 'io.k8s.api.core.v1.ContainerPort' },
        listType: 'map',
        listMapKeys: ['containerPort', 'protocol'],
        patchStrategy: ['merge'],
        patchMergeKey: 'containerPort',
      },
    ],
    [
      'io.k8s.api.core.v1.ResourceRequirements',
      'limits',
      { type: 'object', additionalProperties: { type: 'string', format: 'quantity' } },
    ],
    ['io.k8s.api.core.v1.EmptyDirVolumeSource', 'sizeLimit', { type: 'string', format: 'quantity' }],
    ['io.k8s.api.core.v1.ServicePort', 'targetPort', { type: 'int-or-string' }],
    [
      'io.k8s.api.core.v1.Secret',
      'data',
      { type: 'object', additionalProperties: { type: 'string', format: 'byte' } },
    ],
    ['io.k8s.api.core.v1.ContainerPort', 'protocol', { type: 'string', enum: ['SCTP', 'TCP', 'UDP'] }],
    ['io.k8s.api.core.v1.DaemonEndpoint', 'Port', { type: 'integer', format: 'int32' }],
    [
      'io.k8s.api.apps.v1.DeploymentSpec',
      'strategy',
      { type: 'object', ref: 'io.k8s.api.apps.v1.DeploymentStrategy', patchStrategy: ['retainKeys'] },
    ],
    [
      'io.k8s.api.apps.v1.DeploymentStatus',
      'conditions',
      {
        type: 'array',
        items: { type: 'object', ref: 'io.k8s.api.apps.v1.DeploymentCondition' },
        listType: 'map',
        listMapKeys: ['type'],
        patchStrategy: ['merge'],
        patchMergeKey: 'type',
      },
    ],
    [
      'io.k8s.api.batch.v1.JobStatus',
      'conditions',
      {
        type: 'array',
        items: { type: 'object', ref: 'io.k8s.api.batch.v1.JobCondition' },
        patchStrategy: ['merge'],
        patchMergeKey: 'type',
      },
    ],
    ['io.k8s.api.coordination.v1.LeaseSpec', 'renewTime', { type: 'string', format: 'micro-time' }],
    [
      'io.k8s.api.networking.v1.NetworkPolicyPeer',
      'namespaceSelector',
      { type: 'object', ref: `${meta}.LabelSelector` },
    ],
    [
      'io.k8s.api.networking.v1.NetworkPolicyIngressRule',
      'from',
      { type: 'array', items: { type: 'object', ref: 'io.k8s.api.networking.v1.NetworkPolicyPeer' } },
    ],
    [
      `${meta}.ObjectMeta`,
      'finalizers',
      { type: 'array', items: { type: 'string' }, listType: 'set', patchStrategy: ['merge'] },
    ],
    [`${meta}.ObjectMeta`, 'creationTimestamp', { type: 'string', format: 'date-time' }],
    [`${meta}.ManagedFieldsEntry`, 'fieldsV1', { type: 'any' }],
    ['io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps', '$ref', { type: 'string' }],
    [
      'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps',
      'x-kubernetes-list-map-keys',
      { type: 'array', items: { type: 'string' } },
    ],
  ])('know %s.%s', (type, field, schema) => {
    expect(property(type, field)).toEqual(schema);
  });

  it('know what is required, and which types are atomic', () => {
    expect(builtinSchemas.get('io.k8s.api.core.v1.Container')?.required).toEqual(['name']);
    expect(builtinSchemas.get('io.k8s.api.apps.v1.DeploymentSpec')?.required).toEqual([
      'selector',
      'template',
    ]);
    expect(builtinSchemas.get(`${meta}.LabelSelector`)?.mapType).toBe('atomic');
  });

  it('tell two types of one name apart', () => {
    expect(property('io.k8s.api.core.v1.Event', 'involvedObject')).toBeDefined();
    expect(property('io.k8s.api.events.v1.Event', 'regarding')).toBeDefined();
    expect(property('io.k8s.api.core.v1.EventList', 'items')?.items?.ref).toBe('io.k8s.api.core.v1.Event');
  });
});

describe('documentation', () => {
  it('is there for types and fields, in plain text', async () => {
    const docs = await loadDocs();
    expect(docs('io.k8s.api.core.v1.ServicePort')).toBe(
      "ServicePort contains information on service's port.",
    );
    expect(docs('io.k8s.api.core.v1.ServicePort', 'protocol')).toBe(
      'The IP protocol for this port. Supports "TCP", "UDP", and "SCTP". Default is TCP.',
    );
    expect(docs('io.k8s.api.core.v1.ServicePort', 'nothing')).toBeUndefined();
    expect(docs('constructor')).toBeUndefined();
    expect(docs('io.k8s.api.core.v1.ServicePort', 'constructor')).toBeUndefined();
  });
});
