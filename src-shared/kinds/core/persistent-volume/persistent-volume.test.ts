import { describe, expect, it } from 'vitest';
import { created, createErrors, row, updateErrors } from '../../testing.ts';
import type { PersistentVolume } from '../../wire.ts';
import { persistentVolumeKind } from './kind.ts';

type VolumeSpec = NonNullable<PersistentVolume['spec']>;

function volume(spec: Partial<VolumeSpec>): PersistentVolume {
  return {
    metadata: { name: 'disk' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      nfs: { server: 's', path: '/x' },
      ...spec,
    },
  };
}

const without = (spec: Partial<VolumeSpec>): PersistentVolume => {
  const { nfs: _nfs, ...rest } = volume(spec).spec ?? {};
  return { metadata: { name: 'disk' }, spec: rest };
};

describe('a persistent volume', () => {
  it('is kept and a file system unless told otherwise', () => {
    expect(created(persistentVolumeKind, volume({}))).toEqual({
      metadata: { name: 'disk' },
      spec: {
        ...volume({}).spec,
        persistentVolumeReclaimPolicy: 'Retain',
        volumeMode: 'Filesystem',
      },
      status: { phase: 'Pending' },
    });
  });

  it.each<[string, PersistentVolume, string[]]>([
    ['no fault', volume({}), []],
    [
      'nothing at all',
      { metadata: { name: 'disk' }, spec: {} },
      [
        'spec.accessModes: Required value',
        'spec.capacity: Required value',
        'spec.capacity: Unsupported value: {}: supported values: "storage"',
        'spec: Required value: must specify a volume type',
      ],
    ],
    [
      'modes that exclude each other',
      volume({ accessModes: ['ReadWriteOncePod', 'ReadOnlyMany', 'Sometimes'] }),
      [
        'spec.accessModes: Unsupported value: "Sometimes": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
        'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
      ],
    ],
    [
      'more than one capacity, one of them none',
      volume({ capacity: { storage: '0', cpu: '1' } }),
      [
        'spec.capacity: Unsupported value: {"storage":"0","cpu":"1"}: supported values: "storage"',
        'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
      ],
    ],
    [
      'two sources',
      volume({ hostPath: { path: '/a/../b' } }),
      [
        'spec.hostPath.path: Invalid value: "/a/../b": must not contain \'..\'',
        'spec.nfs: Forbidden: may not specify more than 1 volume type',
      ],
    ],
    [
      'a local disk of no node',
      without({ local: { path: '/disk' } }),
      ['spec.nodeAffinity: Required value: Local volume requires node affinity'],
    ],
    [
      'a recycled root',
      without({ hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' }),
      ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
    ],
    [
      'an unknown policy and mode',
      volume({ persistentVolumeReclaimPolicy: 'Burn', volumeMode: 'Tape' }),
      [
        'spec.persistentVolumeReclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Recycle", "Retain"',
        'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
      ],
    ],
    [
      'a CSI volume without a handle',
      without({
        csi: { driver: 'd', volumeHandle: '', nodeStageSecretRef: {}, nodePublishSecretRef: { name: 's' } },
      }),
      ['spec.csi.volumeHandle: Required value', 'spec.csi.nodePublishSecretRef.namespace: Required value'],
    ],
    [
      'attributes that its driver cannot have',
      volume({ volumeAttributesClassName: '' }),
      [
        'spec.volumeAttributesClassName: Required value: an empty string is disallowed',
        'spec.csi: Required value: has to be specified when using volumeAttributesClassName',
      ],
    ],
    [
      'an iSCSI name of no form',
      without({ iscsi: { targetPortal: 'p', iqn: 'disk', lun: 300, chapAuthSession: true } }),
      [
        'spec.iscsi.iqn: Invalid value: "disk": must be valid format starting with iqn, eui, or naa',
        'spec.iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive',
        'spec.iscsi.secretRef: Required value',
      ],
    ],
    [
      'a Fibre Channel disk by two names',
      without({ fc: { targetWWNs: ['a'], wwids: ['b'] } }),
      [
        'spec.fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously',
        'spec.fc.lun: Required value: lun is required if targetWWNs is specified',
      ],
    ],
    [
      'nobody who could reach it',
      volume({ nodeAffinity: {} }),
      ['spec.nodeAffinity.required: Required value: must specify required node constraints'],
    ],
  ])('with %s', (_title, object, expected) => {
    expect(createErrors(persistentVolumeKind, object)).toEqual(expected);
  });

  it('never becomes another disk', () => {
    const errors = updateErrors(
      persistentVolumeKind,
      volume({ nfs: { server: 'other', path: '/x' }, volumeMode: 'Block' }),
      volume({}),
    );
    expect(errors).toHaveLength(2);
    expect(errors[0]).toContain('spec.persistentvolumesource is immutable after creation');
    expect(errors[1]).toBe('volumeMode: Invalid value: "Block": field is immutable');
  });

  it('may be given its nodes once', () => {
    const affinity = (zone: string, key = 'failure-domain.beta.kubernetes.io/zone') => ({
      required: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [zone] }] }],
      },
    });
    const renamed = volume({ nodeAffinity: affinity('a', 'topology.kubernetes.io/zone') });
    const bound = volume({ nodeAffinity: affinity('a') });
    expect(updateErrors(persistentVolumeKind, bound, volume({}))).toEqual([]);
    expect(updateErrors(persistentVolumeKind, renamed, bound)).toEqual([]);
    expect(updateErrors(persistentVolumeKind, volume({ nodeAffinity: affinity('b') }), bound)).toEqual([
      `nodeAffinity: Invalid value: ${JSON.stringify(affinity('b'))}: field is immutable, except for updating from beta label to GA`,
    ]);
  });

  it('notes when its phase changes', () => {
    const { prepareForStatusUpdate: prepare } = persistentVolumeKind.strategy;
    const draft = { status: { phase: 'Bound' } };
    prepare?.(draft, { status: { phase: 'Available' } }, Date.UTC(2026, 0, 1));
    expect(draft.status).toEqual({ phase: 'Bound', lastPhaseTransitionTime: '2026-01-01T00:00:00Z' });
  });

  it('is listed as kubectl lists it', () => {
    const object = {
      ...volume({
        storageClassName: 'fast',
        claimRef: { namespace: 'default', name: 'data' },
        accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
      }),
      status: { phase: 'Bound' },
    };
    expect(row(persistentVolumeKind.columns, object)).toEqual({
      Name: 'disk',
      Capacity: '1Gi',
      'Access Modes': 'RWO,RWX',
      'Reclaim Policy': '',
      Status: 'Bound',
      Claim: 'default/data',
      StorageClass: 'fast',
      VolumeAttributesClass: '<unset>',
      Reason: '',
      Age: null,
      VolumeMode: '<unset>',
    });
  });
});
