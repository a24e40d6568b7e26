import { describe, expect, it } from 'vitest';
import { replicationControllerKind } from '../core/replication-controller/kind.ts';
import { created, createErrors, defaulted, row, updateErrors } from '../testing.ts';
import type { ControllerRevision, DaemonSet, ReplicationController, StatefulSet } from '../wire.ts';
import { controllerRevisionKind } from './controller-revision/kind.ts';
import { daemonSetKind } from './daemon-set/kind.ts';
import { statefulSetKind } from './stateful-set/kind.ts';

const labels = { app: 'web' };
const pod = { containers: [{ name: 'main', image: 'web:1' }] };
const template = { metadata: { labels }, spec: pod };
const selector = { matchLabels: labels };
const metadata = { name: 'web', namespace: 'default' };

type DaemonSpec = Partial<NonNullable<DaemonSet['spec']>>;
type StatefulSpec = Partial<NonNullable<StatefulSet['spec']>>;

const daemonSet = (spec: DaemonSpec): DaemonSet => ({ metadata, spec: { selector, template, ...spec } });
const statefulSet = (spec: StatefulSpec): StatefulSet => ({
  metadata,
  spec: { selector, template, serviceName: 'web', ...spec },
});

describe('a daemon set', () => {
  it('rolls one node at a time and keeps ten revisions', () => {
    expect(created(daemonSetKind, daemonSet({}))).toMatchObject({
      spec: {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        revisionHistoryLimit: 10,
      },
      status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
    });
  });

  it.each<[string, DaemonSpec, string[]]>([
    ['no fault', {}, []],
    [
      'a selector that does not fit',
      { selector: { matchLabels: { app: 'db' } } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'a selector that chooses all',
      { selector: {} },
      ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
    ],
    [
      'pods that end',
      {
        template: {
          metadata: { labels },
          spec: { ...pod, restartPolicy: 'Never', activeDeadlineSeconds: 1 },
        },
      },
      [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
      ],
    ],
    [
      'an unknown strategy',
      { updateStrategy: { type: 'Yolo' } },
      [
        'spec.updateStrategy: Unsupported value: {"type":"Yolo"}: supported values: "RollingUpdate", "OnDelete"',
      ],
    ],
    [
      'both ways to roll',
      { updateStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: '120%' } } },
      [
        'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "120%": must not be greater than 100%',
        'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "120%": may not be set when maxUnavailable is non-zero',
      ],
    ],
    [
      'no way to roll',
      { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } }, minReadySeconds: -1 },
      [
        'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
      ],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(daemonSetKind, daemonSet(spec))).toEqual(expected);
  });

  it('never changes which pods are its own', () => {
    const other = daemonSet({ selector: { matchLabels: { ...labels, tier: 'a' } } });
    expect(updateErrors(daemonSetKind, other, daemonSet({}))).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"a"}}: field is immutable',
    ]);
  });

  it('has a status that counts up', () => {
    const status = { ...created(daemonSetKind, daemonSet({})).status, numberReady: -1, collisionCount: 1 };
    const errors = daemonSetKind.strategy.validateStatusUpdate?.(
      { status: status as never },
      { status: { ...status, collisionCount: 2 } as never },
    );
    expect(errors?.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'status.numberReady: Invalid value: -1: must be greater than or equal to 0',
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ]);
  });
});

describe('a stateful set', () => {
  it('is completed as Kubernetes does', () => {
    const claims = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }];
    const { template: _template, ...spec } =
      defaulted(statefulSetKind, statefulSet({ volumeClaimTemplates: claims })).spec ?? {};
    expect(spec).toEqual({
      selector,
      serviceName: 'web',
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 1 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      replicas: 1,
      revisionHistoryLimit: 10,
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' },
          status: { phase: 'Pending' },
        },
      ],
    });
  });

  it.each<[string, StatefulSpec, string[]]>([
    [
      'volumes that its claims bring',
      {
        template: {
          metadata: { labels },
          spec: {
            containers: [
              { name: 'main', image: 'web:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
      [],
    ],
    [
      'claims that ask for nothing',
      { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] },
      [
        'spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required',
        'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value',
      ],
    ],
    [
      'unknown policies',
      {
        podManagementPolicy: 'Chaos',
        updateStrategy: { type: 'Yolo' },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Sell' },
      },
      [
        "spec.podManagementPolicy: Invalid value: \"Chaos\": must be 'OrderedReady' or 'Parallel'",
        'spec.updateStrategy: Invalid value: {"type":"Yolo"}: must be \'RollingUpdate\' or \'OnDelete\'',
        'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Sell": supported values: "Retain", "Delete"',
      ],
    ],
    [
      'numbers below zero',
      { replicas: -1, minReadySeconds: -1, ordinals: { start: -1 } },
      [
        'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
        'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'rolling parameters for updates by hand',
      { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
      [
        'spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy \'RollingUpdate\'',
      ],
    ],
    [
      'no pod that may be missing',
      { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '0%' } } },
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "0%": cannot be 0'],
    ],
    [
      'a selector that chooses all',
      { selector: {} },
      ['spec.selector: Invalid value: {}: empty selector is invalid for statefulset'],
    ],
    [
      'a service of no name',
      { serviceName: 'Web' },
      [
        expect.stringContaining(
          'spec.serviceName: Invalid value: "Web": a lowercase RFC 1123 label',
        ) as unknown as string,
      ],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(statefulSetKind, statefulSet(spec))).toEqual(expected);
  });

  it('changes its pods and their number, and nothing about who they are', () => {
    const text =
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
    const change = (spec: StatefulSpec) => updateErrors(statefulSetKind, statefulSet(spec), statefulSet({}));
    expect(
      change({ replicas: 3, minReadySeconds: 1, revisionHistoryLimit: 2, ordinals: { start: 1 } }),
    ).toEqual([]);
    expect(change({ serviceName: 'other' })).toEqual([text]);
    expect(change({ podManagementPolicy: 'Parallel' })).toEqual([text]);
  });

  it('has a status that adds up', () => {
    const status = { replicas: 1, readyReplicas: 1, currentReplicas: 2, availableReplicas: 2 };
    const errors = statefulSetKind.strategy.validateStatusUpdate?.({ status }, {});
    expect(errors?.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'status.currentReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 2: cannot be greater than status.readyReplicas',
    ]);
  });

  it('names hosts, so that its own name is a label', () => {
    expect(statefulSetKind.nameRule).toBe('dns-label');
  });
});

describe('a controller revision', () => {
  const revision = (data: unknown, number = 1): ControllerRevision => ({
    metadata: {
      ...metadata,
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'web', uid: 'u', controller: true },
      ],
    },
    revision: number,
    data: data as object,
  });

  it.each<[string, unknown, number, string[]]>([
    ['no fault', { spec: {} }, 1, []],
    ['no data', undefined, 1, ['data: Required value: data is mandatory']],
    [
      'data of the wrong kind',
      'text',
      -1,
      [
        'revision: Invalid value: -1: must be greater than or equal to 0',
        'data: Required value: data must be a valid JSON object',
      ],
    ],
  ])('with %s', (_title, data, number, expected) => {
    expect(createErrors(controllerRevisionKind, revision(data, number))).toEqual(expected);
  });

  it('is history: its data never changes, its number may', () => {
    expect(updateErrors(controllerRevisionKind, revision({ a: 2 }, 5), revision({ a: 1 }))).toEqual([
      'data: Invalid value: {"a":2}: field is immutable',
    ]);
  });

  it('names what it is of', () => {
    expect(row(controllerRevisionKind.columns, revision({}))).toMatchObject({
      Controller: 'daemonset.apps/web',
      Revision: 1,
    });
  });
});

describe('a replication controller', () => {
  const controller = (spec: NonNullable<ReplicationController['spec']>): ReplicationController => ({
    metadata,
    spec,
  });

  it('takes labels and selector from its template', () => {
    expect(created(replicationControllerKind, controller({ template }))).toMatchObject({
      metadata: { ...metadata, labels },
      spec: { replicas: 1, selector: labels },
      status: { replicas: 0 },
    });
  });

  it.each<[string, NonNullable<ReplicationController['spec']>, string[]]>([
    ['nothing', {}, ['spec.selector: Required value', 'spec.template: Required value']],
    [
      'a selector that does not fit',
      { selector: { app: 'db' }, template, replicas: -1 },
      [
        'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'pods that end',
      { template: { metadata: { labels }, spec: { ...pod, restartPolicy: 'OnFailure' } } },
      ['spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"'],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(replicationControllerKind, controller(spec))).toEqual(expected);
  });
});
