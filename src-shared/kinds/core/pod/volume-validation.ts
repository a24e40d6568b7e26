import { duplicate, forbidden, invalid, required } from '../../../api/field-errors.ts';
import { dnsSubdomainErrors } from '../../../api/names.ts';
import { validateLabelSelector } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { DeepReadonly } from '../../../lib/types.ts';
import {
  checkDescendingPath,
  checkDnsLabel,
  checkLocalPath,
  checkNoBacksteps,
  checkOneOf,
  checkOptionalOneOf,
  checkQuantity,
  invalidEach,
} from '../../validation.ts';
import type { Volume } from '../../wire.ts';
import { checkFieldRef, checkResourceFieldRef, volumeFieldPaths } from './downward-validation.ts';
import type { PodContext } from './pod-context.ts';

type ReadonlyVolume = DeepReadonly<Volume>;
type Source<K extends keyof Volume> = NonNullable<ReadonlyVolume[K]>;

const modeText = 'must be a number between 0 and 0777 (octal), both inclusive';
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
  ofType('downwardAPI', (field, source) => [
    ...checkMode(`${field}.defaultMode`, source.defaultMode),
    ...(source.items ?? []).flatMap((item) => checkDownwardItem(field, item)),
  ]),
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

/** Fields that must be neither missing nor empty. */
function need<T extends object>(field: string, source: T, keys: readonly (keyof T & string)[]): FieldError[] {
  return keys.filter((key) => !source[key]).map((key) => required(`${field}.${key}`));
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

interface FileSource {
  readonly name?: string;
  readonly secretName?: string;
  readonly defaultMode?: number;
  readonly items?: readonly KeyToPath[];
}

interface KeyToPath {
  readonly key?: string;
  readonly path?: string;
  readonly mode?: number;
}

/** Secrets and config maps as files. */
function checkFiles(nameKey: 'name' | 'secretName') {
  return (field: string, source: FileSource): FieldError[] => [
    ...need(field, source, [nameKey]),
    ...checkMode(`${field}.defaultMode`, source.defaultMode),
    ...(source.items ?? []).flatMap((item, index) => checkKeyToPath(`${field}.items[${index}]`, item)),
  ];
}

function checkMode(field: string, mode: number | undefined): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= 0o777) ? [] : [invalid(field, mode, modeText)];
}

function checkKeyToPath(field: string, item: KeyToPath): FieldError[] {
  return [
    ...need(field, item, ['key', 'path']),
    ...checkLocalPath(`${field}.path`, item.path ?? ''),
    ...checkMode(`${field}.mode`, item.mode),
  ];
}

type DownwardItem = NonNullable<Source<'downwardAPI'>['items']>[number];

function checkDownwardItem(field: string, item: DownwardItem): FieldError[] {
  const errors = [...need(field, item, ['path']), ...checkLocalPath(`${field}.path`, item.path ?? '')];
  if (item.fieldRef) {
    errors.push(...checkFieldRef(`${field}.fieldRef`, item.fieldRef, volumeFieldPaths));
    if (item.resourceFieldRef) {
      errors.push(
        invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'),
      );
    }
  } else if (item.resourceFieldRef) {
    errors.push(...checkResourceFieldRef(`${field}.resourceFieldRef`, item.resourceFieldRef, true));
  } else {
    errors.push(required(field, 'one of fieldRef and resourceFieldRef is required'));
  }
  return [...errors, ...checkMode(`${field}.mode`, item.mode)];
}

type Projection = NonNullable<Source<'projected'>['sources']>[number];

function checkProjected(field: string, source: Source<'projected'>): FieldError[] {
  const errors = checkMode(`${field}.defaultMode`, source.defaultMode);
  const paths = new Set<string>();
  for (const [index, projection] of (source.sources ?? []).entries()) {
    const at = `${field}.sources[${index}]`;
    errors.push(...checkProjection(field, at, projection));
    for (const { path, owner } of pathsOf(projection)) {
      if (paths.has(path)) errors.push(invalid(field, owner, 'conflicting duplicate paths'));
      paths.add(path);
    }
    const types = Object.values(projection).filter((value) => value !== undefined);
    if (types.length > 1) errors.push(forbidden(at, 'may not specify more than 1 volume type per source'));
  }
  return errors;
}

function pathsOf({ secret, configMap, downwardAPI, clusterTrustBundle }: Projection) {
  const files = [secret, configMap].flatMap((source) =>
    (source?.items ?? []).map(({ path }) => ({ path, owner: source?.name ?? '' })),
  );
  const fields = (downwardAPI?.items ?? []).map(({ path }) => ({ path, owner: path }));
  const bundle = clusterTrustBundle
    ? [{ path: clusterTrustBundle.path, owner: clusterTrustBundle.path }]
    : [];
  return [...files, ...fields, ...bundle].filter(({ path }) => path);
}

function checkProjection(field: string, at: string, projection: Projection): FieldError[] {
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle } = projection;
  return [
    ...(secret ? checkFiles('name')(`${at}.secret`, secret) : []),
    ...(configMap ? checkFiles('name')(`${at}.configMap`, configMap) : []),
    ...(downwardAPI?.items ?? []).flatMap((item) => checkDownwardItem(`${at}.downwardAPI`, item)),
    ...(serviceAccountToken ? checkToken(field, at, serviceAccountToken) : []),
    ...(clusterTrustBundle ? checkTrustBundle(`${at}.clusterTrustBundle`, clusterTrustBundle) : []),
  ];
}

function checkToken(
  field: string,
  at: string,
  { path, expirationSeconds = 3600 }: NonNullable<Projection['serviceAccountToken']>,
): FieldError[] {
  const seconds = `${at}.serviceAccountToken.expirationSeconds`;
  const errors: FieldError[] = [];
  if (expirationSeconds < 600) {
    errors.push(invalid(seconds, expirationSeconds, 'may not specify a duration less than 10 minutes'));
  }
  if (expirationSeconds > 2 ** 32) {
    errors.push(invalid(seconds, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  if (!path) return [...errors, required(`${field}.path`)];
  return [...errors, ...checkLocalPath(`${field}.path`, path)];
}

function checkTrustBundle(
  field: string,
  bundle: NonNullable<Projection['clusterTrustBundle']>,
): FieldError[] {
  const errors: FieldError[] = [];
  if (bundle.name !== undefined && bundle.signerName !== undefined) {
    errors.push(invalid(field, bundle, 'only one of name and signerName may be used'));
  } else if (bundle.name !== undefined) {
    if (bundle.name === '') errors.push(required(`${field}.name`, 'must be a valid object name'));
    if (bundle.labelSelector) {
      const text = 'labelSelector must be unset if name is specified';
      errors.push(invalid(`${field}.labelSelector`, bundle.labelSelector, text));
    }
  } else if (bundle.signerName !== undefined) {
    if (bundle.signerName === '') errors.push(required(`${field}.signerName`, 'must be a valid signer name'));
    errors.push(...validateLabelSelector(bundle.labelSelector, `${field}.labelSelector`));
  } else {
    errors.push(required(field, 'either name or signerName must be specified'));
  }
  return [...errors, ...need(field, bundle, ['path']), ...checkLocalPath(`${field}.path`, bundle.path ?? '')];
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
