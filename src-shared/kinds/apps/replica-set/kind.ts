import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn, selectorColumn, templateColumns } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { ReplicaSet } from '../../wire.ts';
import { replicaSetStrategy } from './replica-set-strategy.ts';

export const replicaSetKind = defineKind<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  strategy: replicaSetStrategy,
  hasGeneration: true,
  hasStatus: true,
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  columns: [
    nameColumn(),
    {
      name: 'Desired',
      type: 'integer',
      description: 'Pods wanted.',
      cell: (replicaSet) => replicaSet.spec?.replicas ?? 0,
    },
    {
      name: 'Current',
      type: 'integer',
      description: 'Pods that exist.',
      cell: (replicaSet) => replicaSet.status?.replicas ?? 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      description: 'Pods ready to serve.',
      cell: (replicaSet) => replicaSet.status?.readyReplicas ?? 0,
    },
    ageColumn(),
    ...templateColumns<ReplicaSet>((replicaSet) => replicaSet.spec?.template?.spec),
    selectorColumn<ReplicaSet>((replicaSet) => replicaSet.spec?.selector),
  ],
  selectableFields: { 'status.replicas': (replicaSet) => `${replicaSet.status?.replicas ?? 0}` },
  view: {
    section: 'workloads',
    title: 'Replica sets',
    purpose: 'A replica set keeps a number of equal pods running; deployments create one per revision.',
    health,
  },
});

function health({ spec, status }: Unchecked<ReplicaSet>): Health {
  const wanted = spec?.replicas ?? 1;
  const { replicas = 0, availableReplicas = 0 } = status ?? {};
  const failed = status?.conditions?.some(
    ({ type, status: met }) => type === 'ReplicaFailure' && met === 'True',
  );
  if (failed) return { level: 'error', text: 'Cannot create pods' };
  if (wanted === 0 && replicas === 0) return { level: 'done', text: 'Scaled to zero' };
  if (replicas > wanted) return { level: 'progress', text: 'Removing pods' };
  if (availableReplicas < wanted)
    return { level: 'progress', text: `${availableReplicas} of ${wanted} available` };
  return { level: 'ok', text: 'Available' };
}
