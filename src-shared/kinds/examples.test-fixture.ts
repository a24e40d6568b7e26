import type { KubeObject } from '../api/meta.ts';
import type { JsonObject } from '../lib/types.ts';
import type { AnyKind } from './define.ts';

const labels = { app: 'web' };
const pod = { containers: [{ name: 'main', image: 'web:1' }] };
const template = { metadata: { labels }, spec: pod };
const selector = { matchLabels: labels };
const jobTemplate = { spec: { ...pod, restartPolicy: 'Never' } };
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };

/** The least of each kind that the server takes. */
export const examples: Readonly<Record<string, object>> = {
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

/** `apps/v1/Deployment` */
export const nameOf = ({ group, version, kind }: AnyKind) => [group, version, kind].filter(Boolean).join('/');

/** The example of a kind, named `a`, in the namespace `default`. */
export function exampleOf(kind: AnyKind): KubeObject & JsonObject {
  const metadata = { name: 'a', uid: 'u', ...(kind.namespaced && { namespace: 'default' }) };
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  return { apiVersion, kind: kind.kind, metadata, ...(examples[nameOf(kind)] ?? {}) };
}
