import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../api/meta.ts';
import type { JsonObject } from '../lib/types.ts';
import { decode } from '../schema/decode.ts';
import { builtinSchemas, resolve } from '../schema/registry.ts';
import type { Schema } from '../schema/schema.ts';
import type { AnyKind } from './define.ts';
import { kinds } from './index.ts';
import { createErrors } from './testing.ts';

const labels = { app: 'web' };
const pod = { containers: [{ name: 'main', image: 'web:1' }] };
const template = { metadata: { labels }, spec: pod };
const selector = { matchLabels: labels };
const jobTemplate = { spec: { ...pod, restartPolicy: 'Never' } };
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };

/** The least of each kind that the server takes. */
const examples: Readonly<Record<string, object>> = {
  'v1/Namespace': {},
  'v1/Node': {},
  'v1/Pod': { spec: pod },
  'v1/PodTemplate': { template },
  'v1/ReplicationController': { spec: { template } },
  'v1/Service': { spec: { ports: [{ port: 80 }], clusterIP: 'None' } },
  'v1/Endpoints': {},
  'v1/ConfigMap': {},
  'v1/Secret': {},
  'v1/ServiceAccount': {},
  'v1/LimitRange': { spec: { limits: [] } },
  'v1/ResourceQuota': {},
  'v1/PersistentVolume': {
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' } },
  },
  'v1/PersistentVolumeClaim': { spec: claim },
  'apps/v1/Deployment': { spec: { selector, template } },
  'apps/v1/ReplicaSet': { spec: { selector, template } },
  'apps/v1/DaemonSet': { spec: { selector, template } },
  'apps/v1/StatefulSet': { spec: { selector, template, serviceName: 'web' } },
  'apps/v1/ControllerRevision': { revision: 1, data: {} },
  'batch/v1/Job': { spec: { template: jobTemplate } },
  'batch/v1/CronJob': { spec: { schedule: '@daily', jobTemplate: { spec: { template: jobTemplate } } } },
  'autoscaling/v1/HorizontalPodAutoscaler': { spec: { maxReplicas: 1, scaleTargetRef } },
  'autoscaling/v2/HorizontalPodAutoscaler': { spec: { maxReplicas: 1, scaleTargetRef } },
  'policy/v1/PodDisruptionBudget': { spec: { minAvailable: 1, selector } },
  'coordination.k8s.io/v1/Lease': {},
  'discovery.k8s.io/v1/EndpointSlice': { addressType: 'IPv4', endpoints: [] },
  'scheduling.k8s.io/v1/PriorityClass': { value: 1 },
  'node.k8s.io/v1/RuntimeClass': { handler: 'runc' },
  'rbac.authorization.k8s.io/v1/Role': { rules: [] },
  'rbac.authorization.k8s.io/v1/ClusterRole': { rules: [] },
  'storage.k8s.io/v1/StorageClass': { provisioner: 'example.com/disk' },
};

const nameOf = ({ group, version, kind }: AnyKind) => [group, version, kind].filter(Boolean).join('/');
const withExample = kinds.filter((kind) => Object.hasOwn(examples, nameOf(kind)));

function exampleOf(kind: AnyKind): KubeObject & JsonObject {
  const metadata = { name: 'a', uid: 'u', ...(kind.namespaced && { namespace: 'default' }) };
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  return { apiVersion, kind: kind.kind, metadata, ...(examples[nameOf(kind)] ?? {}) };
}

describe('every example', () => {
  it('belongs to a kind', () => {
    expect(withExample.map(nameOf).toSorted()).toEqual(Object.keys(examples).toSorted());
  });

  it.each(withExample.map((kind) => [nameOf(kind), kind] as const))('%s passes', (_name, kind) => {
    const { object, errors, unknown } = decode(builtinSchemas, kind.schema, exampleOf(kind));
    expect([errors, unknown]).toEqual([[], []]);
    expect(createErrors(kind, object as KubeObject)).toEqual([]);
  });

  it.each(withExample.map((kind) => [nameOf(kind), kind] as const))(
    '%s stays as it is once completed',
    (_name, kind) => {
      const once = structuredClone(exampleOf(kind)) as object;
      kind.strategy.defaults?.(once);
      const twice = structuredClone(once);
      kind.strategy.defaults?.(twice);
      expect(twice).toEqual(once);
    },
  );
});

/** Field selectors that name no field: Kubernetes computes them or keeps them for old clients. */
const computed = new Set(['status.successful', 'spec.host', 'reportingComponent', 'source', 'reason']);

describe('what kinds say about their fields', () => {
  // Events of the newer group are selected by the field names of the older one.
  const stored = kinds.filter(({ stored: kept, group }) => kept && group !== 'events.k8s.io');

  it.each(stored.map((kind) => [nameOf(kind), kind] as const))(
    '%s has the fields it selects and scales by',
    (_name, kind) => {
      const { scale } = kind;
      const paths = [
        ...Object.keys(kind.selectableFields).filter((field) => !computed.has(field)),
        ...(scale ? [scale.specReplicas, scale.statusReplicas, scale.selector] : []),
      ];
      expect(paths.filter((path) => !hasField(kind.schema, path.split('.')))).toEqual([]);
    },
  );
});

function hasField(schemaName: string, path: readonly string[]): boolean {
  let schema: Schema | undefined = builtinSchemas.get(schemaName);
  for (const key of path) {
    schema = schema && resolve(builtinSchemas, schema)?.properties?.[key];
    if (!schema) return false;
  }
  return true;
}
