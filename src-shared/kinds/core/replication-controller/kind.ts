import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, labelsText, nameColumn, templateColumns } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { ReplicationController } from '../../wire.ts';
import { controllerStrategy } from './controller-strategy.ts';

export const replicationControllerKind = defineKind<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ReplicationController',
  strategy: controllerStrategy,
  hasGeneration: true,
  hasStatus: true,
  orphansDependents: true,
  scale: {
    specReplicas: 'spec.replicas',
    statusReplicas: 'status.replicas',
    selector: 'spec.selector',
    selectorIs: 'labels',
  },
  columns: [
    nameColumn(),
    {
      name: 'Desired',
      type: 'integer',
      description: 'Pods wanted.',
      cell: ({ spec }) => spec?.replicas ?? 0,
    },
    {
      name: 'Current',
      type: 'integer',
      description: 'Pods that exist.',
      cell: ({ status }) => status?.replicas ?? 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      description: 'Pods ready to serve.',
      cell: ({ status }) => status?.readyReplicas ?? 0,
    },
    ageColumn(),
    ...templateColumns<ReplicationController>(({ spec }) => spec?.template?.spec),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description: 'Labels of the pods that belong to it.',
      cell: ({ spec }) => labelsText(spec?.selector),
    },
  ],
  selectableFields: { 'status.replicas': ({ status }) => `${status?.replicas ?? 0}` },
  view: {
    section: 'workloads',
    title: 'Replication controllers',
    purpose: 'A replication controller keeps a number of equal pods running; deployments have replaced it.',
    health,
  },
});

function health({ spec, status }: Unchecked<ReplicationController>): Health {
  const wanted = spec?.replicas ?? 1;
  const { replicas = 0, availableReplicas = 0, conditions = [] } = status ?? {};
  if (conditions.some(({ type, status: met }) => type === 'ReplicaFailure' && met === 'True')) {
    return { level: 'error', text: 'Cannot create pods' };
  }
  if (wanted === 0 && replicas === 0) return { level: 'done', text: 'Scaled to zero' };
  if (replicas > wanted) return { level: 'progress', text: 'Removing pods' };
  if (availableReplicas < wanted) {
    return { level: 'progress', text: `${availableReplicas} of ${wanted} available` };
  }
  return { level: 'ok', text: 'Available' };
}
