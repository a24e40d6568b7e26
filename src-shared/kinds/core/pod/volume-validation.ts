import { duplicate, forbidden, invalid, required } from '../../../api/field-errors.ts';
import { dnsSubdomainErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import {
  checkDescendingPath,
  checkDnsLabel,
  checkOneOf,
  checkQuantity,
  invalidEach,
} from '../../validation.ts';
import type { Volume } from '../../wire.ts';
import { checkClaimTemplate } from '../persistent-volume-claim/claim-spec-validation.ts';
import {
  checkAwsElasticBlockStore,
  checkAzureDisk,
  checkFibreChannel,
  checkFlexVolume,
  checkFlocker,
  checkGcePersistentDisk,
  checkHostPath,
  checkIscsi,
  checkMonitors,
  checkNfs,
  checkQuobyte,
  checkRbd,
  checkStorageOs,
  need,
} from '../storage-sources.ts';
import { checkDownwardFiles, checkFiles, checkProjected } from './file-volume-validation.ts';
import type { PodContext } from './pod-context.ts';

type ReadonlyVolume = Unchecked<Volume>;
type Source<K extends keyof Volume> = NonNullable<ReadonlyVolume[K]>;

const moreThanOne = 'may not specify more than 1 volume type';

/**
 * All volumes of a pod spec, and those without errors by name, which alone can be mounted; `field` is the path of the
 * list.
 */
export function checkVolumes(
  field: string,
  context: PodContext,
): { readonly errors: FieldError[]; readonly sound: ReadonlyMap<string, ReadonlyVolume> } {
  const errors: FieldError[] = [];
  const sound = new Map<string, ReadonlyVolume>();
  for (const [index, volume] of (context.spec.volumes ?? []).entries()) {
    const at = `${field}[${index}]`;
    const { name = '' } = volume;
    const own = [...checkSource(at, volume, context), ...checkName(`${at}.name`, name, sound)];
    if (own.length === 0) sound.set(name, volume);
    errors.push(...own, ...checkClaimName(`${at}.persistentVolumeClaim.claimName`, volume, context));
  }
  return { errors, sound };
}

function checkName(field: string, name: string, taken: ReadonlyMap<string, unknown>): FieldError[] {
  const errors = name ? checkDnsLabel(field, name) : [required(field)];
  return taken.has(name) ? [...errors, duplicate(field, name)] : errors;
}

/** Claims that are made for a pod's ephemeral volumes are theirs alone. */
function checkClaimName(
  field: string,
  { persistentVolumeClaim: claim }: ReadonlyVolume,
  { podName, spec }: PodContext,
): FieldError[] {
  const made = (spec.volumes ?? []).some(
    ({ name, ephemeral }) => ephemeral && claim?.claimName === `${podName}-${name}`,
  );
  const text = 'must not reference a PVC that gets created for an ephemeral volume';
  return podName && made ? [invalid(field, claim?.claimName, text)] : [];
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
  ofType('gcePersistentDisk', checkGcePersistentDisk),
  ofType('awsElasticBlockStore', checkAwsElasticBlockStore),
  ofType('secret', checkFiles('secretName')),
  ofType('nfs', checkNfs),
  ofType('iscsi', checkIscsi),
  ofType('glusterfs', (field, source) => need(field, source, ['endpoints', 'path'])),
  ofType('persistentVolumeClaim', (field, source) => need(field, source, ['claimName'])),
  ofType('rbd', checkRbd),
  ofType('cinder', (field, source) => need(field, source, ['volumeID'])),
  ofType('cephfs', checkMonitors),
  ofType('flocker', checkFlocker),
  ofType('quobyte', checkQuobyte),
  ofType('downwardAPI', checkDownwardFiles),
  ofType('fc', checkFibreChannel),
  ofType('flexVolume', checkFlexVolume),
  ofType('configMap', checkFiles('name')),
  ofType('azureFile', (field, source) => need(field, source, ['secretName', 'shareName'])),
  ofType('vsphereVolume', (field, source) => need(field, source, ['volumePath'])),
  ofType('photonPersistentDisk', (field, source) => need(field, source, ['pdID'])),
  ofType('portworxVolume', (field, source) => need(field, source, ['volumeID'])),
  ofType('azureDisk', checkAzureDisk),
  ofType('storageos', checkStorageOs),
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
  const template = source.volumeClaimTemplate;
  return template ? checkClaimTemplate(at, template) : [required(at)];
}
