import { describe, expect, it } from 'vitest';
import { created, createErrors, defaulted, row, updateErrors } from '../testing.ts';
import type { CSIDriver, CSINode, StorageClass, VolumeAttachment } from '../wire.ts';
import { csiDriverKind } from './csi-driver/kind.ts';
import { csiNodeKind } from './csi-node/kind.ts';
import { csiStorageCapacityKind } from './csi-storage-capacity/kind.ts';
import { storageClassKind } from './storage-class/kind.ts';
import { volumeAttachmentKind } from './volume-attachment/kind.ts';
import { volumeAttributesClassKind } from './volume-attributes-class/kind.ts';

const short = (texts: readonly string[]) =>
  texts.map((text) => text.replace(/(a lowercase RFC 1123 subdomain|name part must consist).*/, '$1 …'));

describe('storage classes', () => {
  const ofClass = (fields: Partial<StorageClass> = {}): StorageClass => ({
    metadata: { name: 'fast' },
    provisioner: 'example.com/disk',
    ...fields,
  });

  it('delete volumes and bind them at once unless told otherwise', () => {
    expect(defaulted(storageClassKind, ofClass())).toEqual(
      ofClass({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
    );
    expect(createErrors(storageClassKind, ofClass())).toEqual([]);
  });

  it('name a provisioner and policies that there are', () => {
    const bad = ofClass({
      provisioner: '',
      parameters: { '': 'x' },
      reclaimPolicy: 'Recycle',
      volumeBindingMode: 'Later',
    });
    expect(createErrors(storageClassKind, bad)).toEqual([
      'provisioner: Required value',
      'parameters: Invalid value: "": field can not be empty.',
      'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
      'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"',
    ]);
    expect(short(createErrors(storageClassKind, ofClass({ provisioner: 'a b' })))).toEqual([
      'provisioner: Invalid value: "a b": name part must consist …',
    ]);
  });

  it('have no parameters without measure', () => {
    expect(createErrors(storageClassKind, ofClass({ parameters: { a: 'x'.repeat(256 * 1024) } }))).toEqual([
      'parameters: Too long: may not be more than 262144 bytes',
    ]);
    const many = Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`k${i}`, '']));
    expect(createErrors(storageClassKind, ofClass({ parameters: many }))).toEqual([
      'parameters: Too long: may not be more than 512 bytes',
    ]);
  });

  it('speak of each place once', () => {
    const zone = (...values: string[]) => ({ matchLabelExpressions: [{ key: 'zone', values }] });
    expect(
      createErrors(
        storageClassKind,
        ofClass({ allowedTopologies: [zone('a', 'b'), zone('b', 'a'), zone('c', 'c')] }),
      ),
    ).toEqual([
      'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
      'allowedTopologies[2].matchLabelExpressions[0].values[1]: Duplicate value: "c"',
    ]);
  });

  it('change only whether volumes can grow, and where they may be', () => {
    const now = ofClass({ provisioner: 'other', parameters: { a: 'b' }, reclaimPolicy: 'Retain' });
    expect(updateErrors(storageClassKind, ofClass({ allowVolumeExpansion: true }), ofClass())).toEqual([]);
    expect(
      updateErrors(storageClassKind, { ...now, volumeBindingMode: 'WaitForFirstConsumer' }, ofClass()),
    ).toEqual([
      'parameters: Forbidden: updates to parameters are forbidden.',
      'provisioner: Forbidden: updates to provisioner are forbidden.',
      'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.',
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ]);
  });

  it('show which one is the default', () => {
    const metadata = { name: 'fast', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } };
    expect(row(storageClassKind.columns, created(storageClassKind, ofClass({ metadata })))).toEqual({
      Name: 'fast (default)',
      Provisioner: 'example.com/disk',
      ReclaimPolicy: 'Delete',
      VolumeBindingMode: 'Immediate',
      AllowVolumeExpansion: false,
      Age: null,
    });
  });
});

describe('volume attributes classes', () => {
  it('have parameters, which never change', () => {
    const ofClass = (parameters: Record<string, string>) => ({ driverName: 'a.b', parameters });
    expect(createErrors(volumeAttributesClassKind, ofClass({}))).toEqual([
      'parameters: Required value: must contain at least one key/value pair',
    ]);
    expect(updateErrors(volumeAttributesClassKind, ofClass({ a: 'b' }), ofClass({ a: 'c' }))).toEqual([
      'parameters: Forbidden: updates to parameters are forbidden.',
    ]);
  });
});

describe('volume attachments', () => {
  const attachment = (source: object): VolumeAttachment => ({
    spec: { attacher: 'a.b', nodeName: 'worker', source },
  });

  it('name one volume, a node and an attacher', () => {
    const text = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
    expect(createErrors(volumeAttachmentKind, attachment({ persistentVolumeName: 'pv' }))).toEqual([]);
    expect(createErrors(volumeAttachmentKind, attachment({}))).toEqual([
      `spec.source: Required value: ${text}`,
    ]);
    expect(
      createErrors(volumeAttachmentKind, attachment({ persistentVolumeName: 'pv', inlineVolumeSpec: {} })),
    ).toEqual([`spec.source: Forbidden: ${text}`]);
    expect(
      short(
        createErrors(volumeAttachmentKind, {
          spec: { attacher: '', nodeName: '', source: { persistentVolumeName: 'pv' } },
        }),
      ),
    ).toEqual([
      'spec.attacher: Required value',
      'spec.nodeName: Invalid value: "": a lowercase RFC 1123 subdomain …',
      'spec.attacher: Required value',
      'spec.attacher: Invalid value: "": a lowercase RFC 1123 subdomain …',
    ]);
  });

  it('may describe a CSI volume that nobody claims', () => {
    const inline = (spec: object) => attachment({ inlineVolumeSpec: spec });
    const csi = { driver: 'a.b', volumeHandle: 'disk' };
    const described = { csi, accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' };
    expect(createErrors(volumeAttachmentKind, inline(described))).toEqual([]);
    const claimed = {
      claimRef: {},
      capacity: { storage: '1Gi' },
      persistentVolumeReclaimPolicy: 'Delete',
      nodeAffinity: {},
      hostPath: { path: '/x' },
      storageClassName: 'fast',
      volumeMode: 'Block',
    };
    expect(createErrors(volumeAttachmentKind, inline(claimed))).toEqual(
      [
        'claimRef: Forbidden: may not be specified in the context of inline volumes',
        'capacity: Forbidden: may not be specified in the context of inline volumes',
        'csi: Required value: has to be specified in the context of inline volumes',
        'accessModes: Required value',
        'persistentVolumeReclaimPolicy: Forbidden: may only be Retain in the context of inline volumes',
        'nodeAffinity: Forbidden: may not be specified in the context of inline volumes',
        'storageClassName: Forbidden: may not be specified in the context of inline volumes',
        'volumeMode: Forbidden: may not specify volumeMode other than Filesystem in the context of inline volumes',
      ].map((text) => `spec.source.inlineVolumeSpec.${text}`),
    );
  });

  it('never change their mind', () => {
    const errors = updateErrors(
      volumeAttachmentKind,
      attachment({ persistentVolumeName: 'b' }),
      attachment({ persistentVolumeName: 'a' }),
    );
    expect(errors).toEqual([expect.stringMatching(/^spec: Invalid value: .*: field is immutable$/)]);
  });

  it('report errors in few words', () => {
    const object: VolumeAttachment = {
      ...attachment({ persistentVolumeName: 'a' }),
      status: { attached: false, attachError: { message: 'x'.repeat(1025), errorCode: -1 } },
    };
    expect(volumeAttachmentKind.strategy.validateStatusUpdate?.(object, object)).toMatchObject([
      { field: 'status.attachError.message' },
      { field: 'status.attachError.errorCode' },
    ]);
    expect(volumeAttachmentKind.view.health?.(object)).toEqual({ level: 'error', text: 'Cannot attach' });
  });
});

describe('CSI drivers', () => {
  const driver = (spec: CSIDriver['spec'] = {}): CSIDriver => ({ metadata: { name: 'a.b' }, spec });

  it('attach volumes that outlive pods unless told otherwise', () => {
    expect(defaulted(csiDriverKind, driver()).spec).toEqual({
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
    });
    expect(createErrors(csiDriverKind, driver())).toEqual([]);
  });

  it('ask for tokens that make sense, and for modes that there are', () => {
    const tokenRequests = [
      { audience: 'a', expirationSeconds: 10 },
      { audience: 'a' },
      { audience: 'b', expirationSeconds: 2 ** 33 },
    ];
    expect(
      createErrors(
        csiDriverKind,
        driver({
          tokenRequests,
          volumeLifecycleModes: ['Eternal'],
          fsGroupPolicy: 'Some',
          nodeAllocatableUpdatePeriodSeconds: 9,
        }),
      ),
    ).toEqual([
      'spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"',
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes',
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
      'spec.tokenRequests[2].expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds',
      'spec.volumeLifecycleModes: Unsupported value: "Eternal": supported values: "Persistent", "Ephemeral"',
      'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds',
    ]);
  });

  it('keep how volumes live', () => {
    expect(
      updateErrors(
        csiDriverKind,
        driver({ attachRequired: false, volumeLifecycleModes: ['Ephemeral'] }),
        driver(),
      ),
    ).toEqual([
      'spec.attachedRequired: Invalid value: false: field is immutable',
      'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable',
    ]);
  });
});

describe('CSI nodes', () => {
  const node = (...drivers: CSINode['spec']['drivers']): CSINode => ({
    metadata: { name: 'worker' },
    spec: { drivers },
  });
  const one = { name: 'a.b', nodeID: 'node-1', topologyKeys: ['zone'] };

  it('have each driver once, with an id', () => {
    expect(createErrors(csiNodeKind, node(one))).toEqual([]);
    expect(
      createErrors(
        csiNodeKind,
        node(one, { ...one, nodeID: '', topologyKeys: ['zone', 'zone'], allocatable: { count: -1 } }),
      ),
    ).toEqual([
      'spec.drivers[1].nodeID: Required value',
      'spec.drivers[1].allocatable.count: Invalid value: -1: must be greater than or equal to 0',
      'spec.drivers[1].name: Duplicate value: "a.b"',
      'spec.drivers[1]: Duplicate value: "zone"',
    ]);
  });

  it('may learn new drivers and new limits, and change nothing else', () => {
    expect(updateErrors(csiNodeKind, node({ ...one, allocatable: { count: 5 } }), node(one))).toEqual([]);
    expect(updateErrors(csiNodeKind, node(one, { ...one, name: 'c.d' }), node(one))).toEqual([]);
    expect(updateErrors(csiNodeKind, node({ ...one, nodeID: 'other' }), node(one))).toEqual([
      'spec.drivers: Invalid value: {"name":"a.b","nodeID":"other","topologyKeys":["zone"]}: field is immutable',
    ]);
  });
});

describe('CSI storage capacities', () => {
  it('belong to a class and a set of nodes for good', () => {
    const capacity = { storageClassName: 'fast', capacity: '-1Gi' };
    expect(createErrors(csiStorageCapacityKind, capacity)).toEqual([
      'capacity: Invalid value: "-1Gi": must be greater than or equal to 0',
    ]);
    expect(
      updateErrors(
        csiStorageCapacityKind,
        { storageClassName: 'slow', nodeTopology: {} },
        { storageClassName: 'fast' },
      ),
    ).toEqual([
      'nodeTopology: Invalid value: {}: field is immutable',
      'storageClassName: Invalid value: "slow": field is immutable',
    ]);
  });
});
