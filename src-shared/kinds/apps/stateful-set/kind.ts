import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn, templateColumns } from '../../columns.ts';
import { claimSpecWarnings } from '../../core/persistent-volume-claim/claim-warnings.ts';
import { workloadWarnings } from '../../core/pod/pod-warnings.ts';
import { defaultTemplate } from '../../core/pod/template-defaults.ts';
import { defineKind, type Health, type Strategy } from '../../define.ts';
import type { StatefulSet } from '../../wire.ts';
import {
  validateStatefulSet,
  validateStatefulSetCreate,
  validateStatefulSetStatusUpdate,
  validateStatefulSetUpdate,
} from './stateful-set-validation.ts';

const strategy: Strategy<StatefulSet> = {
  defaults(set) {
    const spec = set.spec ?? {};
    set.spec = spec;
    spec.podManagementPolicy ||= 'OrderedReady';
    spec.updateStrategy ??= {};
    if (!spec.updateStrategy.type) {
      spec.updateStrategy.type = 'RollingUpdate';
      spec.updateStrategy.rollingUpdate ??= {};
    }
    const { rollingUpdate, type } = spec.updateStrategy;
    if (type === 'RollingUpdate' && rollingUpdate) {
      rollingUpdate.partition ??= 0;
      rollingUpdate.maxUnavailable ??= 1;
    }
    spec.persistentVolumeClaimRetentionPolicy = {
      whenDeleted: spec.persistentVolumeClaimRetentionPolicy?.whenDeleted || 'Retain',
      whenScaled: spec.persistentVolumeClaimRetentionPolicy?.whenScaled || 'Retain',
    };
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion ??= 'v1';
      claim.kind ??= 'PersistentVolumeClaim';
      if (claim.spec) claim.spec.volumeMode ??= 'Filesystem';
      claim.status = { ...claim.status, phase: claim.status?.phase || 'Pending' };
    }
    defaultTemplate(spec);
  },
  prepareForCreate(set) {
    set.status = { replicas: 0, availableReplicas: 0 };
  },
  validate: validateStatefulSet,
  validateCreate: validateStatefulSetCreate,
  validateUpdate: validateStatefulSetUpdate,
  validateStatusUpdate: validateStatefulSetStatusUpdate,
  warnings: (set, old) => [
    ...workloadWarnings(set, old),
    ...(set.spec?.volumeClaimTemplates ?? []).flatMap(({ spec }, index) =>
      claimSpecWarnings(`spec.volumeClaimTemplates[${index}].spec`, spec),
    ),
  ],
};

export const statefulSetKind = defineKind<StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  nameRule: 'dns-label',
  schema: 'io.k8s.api.apps.v1.StatefulSet',
  strategy,
  hasGeneration: true,
  hasStatus: true,
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  columns: [
    nameColumn(),
    {
      name: 'Ready',
      type: 'string',
      description: 'Pods ready to serve, of all pods wanted.',
      cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    },
    ageColumn(),
    ...templateColumns<StatefulSet>(({ spec }) => spec?.template?.spec),
  ],
  view: {
    section: 'workloads',
    title: 'Stateful sets',
    purpose: 'A stateful set runs pods that each keep their name, their order and their storage.',
    health,
  },
});

function health({ metadata, spec, status }: Unchecked<StatefulSet>): Health {
  const wanted = spec?.replicas ?? 1;
  const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = status ?? {};
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) {
    return { level: 'progress', text: 'Updating' };
  }
  if (wanted === 0 && replicas === 0) return { level: 'done', text: 'Scaled to zero' };
  if (replicas > wanted) return { level: 'progress', text: 'Removing pods' };
  if (readyReplicas < wanted) return { level: 'progress', text: `${readyReplicas} of ${wanted} ready` };
  const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  const rolling = status?.updateRevision !== status?.currentRevision && partition === 0;
  if (rolling && updatedReplicas < wanted) {
    return { level: 'progress', text: `${updatedReplicas} of ${wanted} updated` };
  }
  return { level: 'ok', text: 'Ready' };
}
