import { describe, expect, it } from 'vitest';
import { created, createErrors, defaulted } from '../../testing.ts';
import type { PersistentVolumeClaim } from '../../wire.ts';
import { persistentVolumeClaimKind } from './kind.ts';

type ClaimSpec = NonNullable<PersistentVolumeClaim['spec']>;

function claim(spec: Partial<ClaimSpec>): PersistentVolumeClaim {
  return {
    metadata: { name: 'data', namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  };
}

describe('a claim', () => {
  it.each<[string, Partial<ClaimSpec>, string[]]>([
    ['no fault', {}, []],
    [
      'nothing asked',
      { accessModes: [], resources: {} },
      [
        'spec.accessModes: Required value: at least 1 access mode is required',
        'spec.resources[storage]: Required value',
      ],
    ],
    [
      'names that are none',
      { storageClassName: 'Fast', volumeMode: 'Tape' },
      [
        expect.stringContaining(
          'spec.storageClassName: Invalid value: "Fast": a lowercase RFC 1123 subdomain',
        ),
        'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
      ] as string[],
    ],
    [
      'less than nothing',
      { resources: { requests: { storage: '-1' } } },
      ['spec.resources[storage]: Invalid value: "-1": must be greater than zero'],
    ],
    [
      'two origins of its data',
      {
        dataSource: { kind: 'PersistentVolumeClaim', name: 'a' },
        dataSourceRef: { kind: 'Backup', name: '' },
      },
      [
        'spec.dataSourceRef.name: Required value',
        'spec.dataSourceRef: Invalid value: "Backup": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
        'spec: Invalid value: {}: must match dataSourceRef',
      ],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(persistentVolumeClaimKind, claim(spec))).toEqual(expected);
  });

  it('names the origin of its data in the old and the new way', () => {
    const snapshot = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' };
    expect(created(persistentVolumeClaimKind, claim({ dataSource: snapshot })).spec?.dataSourceRef).toEqual(
      snapshot,
    );
    const backup = { apiGroup: 'example.com', kind: 'Backup', name: 'b' };
    expect(created(persistentVolumeClaimKind, claim({ dataSourceRef: backup })).spec?.dataSource).toEqual(
      backup,
    );
    expect(created(persistentVolumeClaimKind, claim({ dataSource: backup })).spec).not.toHaveProperty(
      'dataSource',
    );
  });

  const bound = (storage: string, capacity = '1Gi'): PersistentVolumeClaim => ({
    ...claim({ volumeName: 'disk', storageClassName: 'fast', resources: { requests: { storage } } }),
    status: { phase: 'Bound', capacity: { storage: capacity } },
  });

  function changeErrors(now: PersistentVolumeClaim, old: PersistentVolumeClaim): string[] {
    const { strategy } = persistentVolumeClaimKind;
    const errors = strategy.validateUpdate?.(
      defaulted(persistentVolumeClaimKind, now),
      defaulted(persistentVolumeClaimKind, old),
    );
    return (errors ?? []).map(({ field, message }) => `${field}: ${message.split('\n')[0]}`);
  }

  const ofClass = (name?: string, current?: string): PersistentVolumeClaim => ({
    ...claim(name === undefined ? {} : { volumeAttributesClassName: name }),
    status: { phase: 'Bound', ...(current !== undefined && { currentVolumeAttributesClassName: current }) },
  });

  const frozen =
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

  it.each<[string, PersistentVolumeClaim, PersistentVolumeClaim, string[]]>([
    ['a volume', claim({ volumeName: 'disk' }), claim({}), []],
    ['a storage class where it had none', claim({ storageClassName: 'fast' }), claim({}), []],
    [
      'another storage class',
      claim({ storageClassName: 'slow' }),
      claim({ storageClassName: 'fast' }),
      [frozen],
    ],
    ['more room while bound', bound('2Gi'), bound('1Gi'), []],
    [
      'more room while not bound',
      claim({ resources: { requests: { storage: '2Gi' } } }),
      claim({}),
      [frozen],
    ],
    [
      'less room than it has',
      bound('1Gi', '2Gi'),
      bound('3Gi', '2Gi'),
      ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity'],
    ],
    ['a wish taken back', bound('2Gi'), bound('3Gi'), []],
    ['another attributes class while bound', ofClass('gold'), ofClass('silver', 'silver'), []],
    ['no attributes class any more, as it had none in force', ofClass(), ofClass('silver'), []],
    [
      'no attributes class instead of the one in force',
      ofClass(''),
      ofClass('silver', 'silver'),
      [
        'spec.volumeAttributesClassName: Forbidden: update to empty string is forbidden when status.currentVolumeAttributesClassName is not nil',
      ],
    ],
    ['other modes', claim({ accessModes: ['ReadOnlyMany'] }), claim({}), [frozen]],
  ])('may be given, or not, %s', (_title, now, old, expected) => {
    expect(changeErrors(now, old)).toEqual(expected);
  });

  it('takes no data of another namespace', () => {
    const dataSourceRef = { kind: 'PersistentVolumeClaim', name: 'other', namespace: 'away' };
    expect(created(persistentVolumeClaimKind, claim({ dataSourceRef })).spec).toEqual(
      created(persistentVolumeClaimKind, claim({})).spec,
    );
  });

  it('has a status whose resources are its own', () => {
    const status = {
      allocatedResources: { cpu: '1' },
      allocatedResourceStatuses: { storage: 'Later' },
    };
    const errors = persistentVolumeClaimKind.strategy.validateStatusUpdate?.(
      { ...claim({}), status },
      claim({}),
    );
    expect(errors?.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
      'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
    ]);
  });
});
