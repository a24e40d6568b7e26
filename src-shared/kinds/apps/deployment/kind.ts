import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn, selectorColumn, templateColumns } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { Deployment, DeploymentCondition } from '../../wire.ts';
import { deploymentStrategy } from './deployment-strategy.ts';

type ReadonlyDeployment = Unchecked<Deployment>;

export const deploymentKind = defineKind<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.Deployment',
  annotationsRaiseGeneration: true,
  strategy: deploymentStrategy,
  hasGeneration: true,
  hasStatus: true,
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  columns: [
    nameColumn(),
    {
      name: 'Ready',
      type: 'string',
      description: 'Pods ready to serve, of all that are wanted.',
      cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    },
    {
      name: 'Up-to-date',
      type: 'integer',
      description: 'Pods made from the current template.',
      cell: (deployment) => deployment.status?.updatedReplicas ?? 0,
    },
    {
      name: 'Available',
      type: 'integer',
      description: 'Pods that have been ready for long enough.',
      cell: (deployment) => deployment.status?.availableReplicas ?? 0,
    },
    ageColumn(),
    ...templateColumns<Deployment>((deployment) => deployment.spec?.template?.spec),
    selectorColumn<Deployment>((deployment) => deployment.spec?.selector),
  ],
  view: {
    section: 'workloads',
    title: 'Deployments',
    purpose:
      'A deployment keeps a number of equal pods running and replaces them step by step when you change them.',
    health,
  },
});

function condition(deployment: ReadonlyDeployment, type: string): Unchecked<DeploymentCondition> | undefined {
  return deployment.status?.conditions?.find((candidate) => candidate.type === type);
}

/** The words of `kubectl rollout status`, shortened. */
function health(deployment: ReadonlyDeployment): Health {
  const { metadata, spec, status } = deployment;
  const wanted = spec?.replicas ?? 1;
  const { updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = status ?? {};
  if (condition(deployment, 'ReplicaFailure')?.status === 'True')
    return { level: 'error', text: 'Cannot create pods' };
  if (condition(deployment, 'Progressing')?.reason === 'ProgressDeadlineExceeded') {
    return { level: 'error', text: 'Rollout stuck' };
  }
  if (spec?.paused === true) return { level: 'warn', text: 'Paused' };
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0))
    return { level: 'progress', text: 'Updating' };
  if (updatedReplicas < wanted) return { level: 'progress', text: `${updatedReplicas} of ${wanted} updated` };
  if (replicas > updatedReplicas) return { level: 'progress', text: 'Removing old pods' };
  if (availableReplicas < wanted)
    return { level: 'progress', text: `${availableReplicas} of ${wanted} available` };
  return wanted === 0 ? { level: 'done', text: 'Scaled to zero' } : { level: 'ok', text: 'Available' };
}
