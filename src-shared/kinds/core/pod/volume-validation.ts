import { duplicate, forbidden, invalid, required } from '../../../api/field-errors.ts';
import { dnsSubdomainErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { DeepReadonly } from '../../../lib/types.ts';
import {
  checkDescendingPath,
  checkDnsLabel,
  checkNoBacksteps,
  checkOneOf,
  checkOptionalOneOf,
  checkQuantity,
  invalidEach,
} from '../../validation.ts';
import type { Volume } from '../../wire.ts';
import { checkDownwardFiles, checkFiles, checkProjected, need } from './file-volume-validation.ts';
import type { PodContext } from './pod-context.ts';

type ReadonlyVolume = DeepReadonly<Volume>;
type Source<K extends keyof Volume> = NonNullable<ReadonlyVolume[K]>;

const moreThanOne = 'may not specify more than 1 volume type';

/** All volumes of a pod spec; `field` is the path of the list. */
export function checkVolumes(
  field: string,
  volumes: readonly ReadonlyVolume[],
  context: PodContext,
): FieldError[] {
  const names = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const at = `${field}[${index}]`;
    const errors = checkSource(at, volume, context);
    if (!volume.name) return [...errors, required(`${at}.name`)];
    const nameErrors = checkDnsLabel(`${at}.name`, volume.name);
    if (nameErrors.length === 0 && names.has(volume.name))
      nameErrors.push(duplicate(`${at}.name`, volume.name));
    names.add(volume.name);
    return [...errors, ...nameErrors];
  });
}

type Check<K extends keyof Volume> = (field: string, source: Source<K>, context: PodContext) => FieldError[];

interface VolumeType {
  readonly key: keyof Volume;
  /** Undefined when the volume is not of this type. */
  check(at: string, volume: ReadonlyVolume, context: PodContext): FieldError[] | undefined;
}

function ofType<K extends keyof Volume>(key: K, check: Check<K>): VolumeType {
  return {
    key,
    check(at, volume, context) {
      const source = volume[key];
      return source === undefined ? undefined : check(`${at}.${key}`, source, context);
    },
  };
}

/** The types of volumes, in the order in which Kubernetes looks for them. */
const volumeTypes: readonly VolumeType[] = [
  ofType('emptyDir', (field, { sizeLimit }) =>
    sizeLimit === undefined ? [] : checkQuantity(`${field}.sizeLimit`, sizeLimit),
  ),
  ofType('hostPath', checkHostPath),
  ofType('gitRepo', (field, source) => [
    ...need(field, source, ['repository']),
    ...checkDescendingPath(`${field}.directory`, source.directory ?? ''),
  ]),
  ofType('gcePersistentDisk', (field, source) => need(field, source, ['pdName'])),
  ofType('awsElasticBlockStore', (field, source) => need(field, source, ['volumeID'])),
  ofType('secret', checkFiles('secretName')),
  ofType('nfs', (field, source) => [
    ...need(field, source, ['server', 'path']),
    ...((source.path ?? '').startsWith('/')
      ? []
      : [invalid(`${field}.path`, source.path ?? '', 'must be an absolute path')]),
  ]),
  ofType('iscsi', (field, source) => need(field, source, ['targetPortal', 'iqn'])),
  ofType('glusterfs', (field, source) => need(field, source, ['endpoints', 'path'])),
  ofType('persistentVolumeClaim', (field, source) => need(field, source, ['claimName'])),
  ofType('rbd', (field, source) => [
    ...((source.monitors ?? []).length === 0 ? [required(`${field}.monitors`)] : []),
    ...need(field, source, ['image']),
  ]),
  ofType('cinder', (field, source) => need(field, source, ['volumeID'])),
  ofType('cephfs', (field, source) =>
    (source.monitors ?? []).length === 0 ? [required(`${field}.monitors`)] : [],
  ),
  ofType('flocker', () => []),
  ofType('quobyte', (field, source) => need(field, source, ['volume'])),
  ofType('downwardAPI', checkDownwardFiles),
  ofType('fc', () => []),
  ofType('flexVolume', (field, source) => need(field, source, ['driver'])),
  ofType('configMap', checkFiles('name')),
  ofType('azureFile', (field, source) => need(field, source, ['secretName', 'shareName'])),
  ofType('vsphereVolume', (field, source) => need(field, source, ['volumePath'])),
  ofType('photonPersistentDisk', (field, source) => need(field, source, ['pdID'])),
  ofType('portworxVolume', (field, source) => need(field, source, ['volumeID'])),
  ofType('azureDisk', (field, source) => need(field, source, ['diskName', 'diskURI'])),
  ofType('storageos', (field, source) => need(field, source, ['volumeName'])),
  ofType('projected', checkProjected),
  ofType('scaleIO', (field, source) => need(field, source, ['gateway', 'system', 'volumeName'])),
  ofType('csi', checkCsi),
  ofType('ephemeral', checkEphemeral),
  ofType('image', (field, source, { isPod }) => [
    ...(isPod ? need(field, source, ['reference']) : []),
    ...checkOneOf(`${field}.pullPolicy`, source.pullPolicy, ['Always', 'IfNotPresent', 'Never']),
  ]),
];

function checkSource(at: string, volume: ReadonlyVolume, context: PodContext): FieldError[] {
  const found = volumeTypes.filter(({ key }) => volume[key] !== undefined);
  const [first, ...others] = found;
  const errors = first?.check(at, volume, context) ?? [required(at, 'must specify a volume type')];
  errors.push(...others.map(({ key }) => forbidden(`${at}.${key}`, moreThanOne)));
  const { podName } = context;
  if (volume.ephemeral && podName && volume.name) {
    const claim = `${podName}-${volume.name}`;
    const texts = dnsSubdomainErrors(claim).map((text) => `PVC name "${claim}": ${text}`);
    errors.push(...invalidEach(`${at}.name`, volume.name, texts));
  }
  return errors;
}

function checkHostPath(field: string, source: Source<'hostPath'>): FieldError[] {
  if (!source.path) return [required(`${field}.path`)];
  return [
    ...checkNoBacksteps(`${field}.path`, source.path),
    ...checkOptionalOneOf(`${field}.type`, source.type, [
      '',
      'BlockDevice',
      'CharDevice',
      'Directory',
      'DirectoryOrCreate',
      'File',
      'FileOrCreate',
      'Socket',
    ]),
  ];
}

function checkCsi(field: string, source: Source<'csi'>): FieldError[] {
  const driver = source.driver ?? '';
  const missing = need(field, source, ['driver']);
  const malformed = invalidEach(`${field}.driver`, driver, dnsSubdomainErrors(driver.toLowerCase()));
  const secret = source.nodePublishSecretRef;
  const unnamed = secret && !secret.name ? [required(`${field}.nodePublishSecretRef.name`)] : [];
  return [...missing, ...malformed, ...unnamed];
}

function checkEphemeral(field: string, source: Source<'ephemeral'>): FieldError[] {
  const at = `${field}.volumeClaimTemplate`;
  const spec = source.volumeClaimTemplate?.spec;
  if (!spec) return [required(at)];
  const errors: FieldError[] = [];
  if ((spec.accessModes ?? []).length === 0) {
    errors.push(required(`${at}.spec.accessModes`, 'at least 1 access mode is required'));
  }
  if (spec.resources?.requests?.storage === undefined) errors.push(required(`${at}.spec.resources[storage]`));
  return errors;
}
