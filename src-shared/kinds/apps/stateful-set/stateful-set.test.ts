import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, updateErrors } from '../../testing.ts';
import type { StatefulSet } from '../../wire.ts';
import { statefulSetKind } from './kind.ts';

const labels = { app: 'web' };

const pod = { containers: [{ name: 'main', image: 'web:1' }] };

const template = { metadata: { labels }, spec: pod };

const selector = { matchLabels: labels };

const metadata = { name: 'web', namespace: 'default' };

type StatefulSpec = Partial<NonNullable<StatefulSet['spec']>>;

const statefulSet = (spec: StatefulSpec): StatefulSet => ({
  metadata,
  spec: { selector, template, serviceName: 'web', ...spec },
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
