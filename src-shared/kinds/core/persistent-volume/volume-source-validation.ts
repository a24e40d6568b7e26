import { invalid, required, tooLong } from '../../../api/field-errors.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkNoBacksteps, invalidEach } from '../../validation.ts';
import type { PersistentVolume } from '../../wire.ts';
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
  refuseFurther,
} from '../storage-sources.ts';

type Spec = NonNullable<Unchecked<PersistentVolume>['spec']>;
type Check<K extends keyof Spec> = (
  field: string,
  source: NonNullable<Spec[K]>,
  name: string,
) => FieldError[];

interface SourceType {
  readonly key: keyof Spec & string;
  check(at: string, spec: Spec, name: string): FieldError[] | undefined;
}

/** `pathKey` where errors of the source do not carry the field's own name. */
function ofType<K extends keyof Spec & string>(key: K, check: Check<K>, pathKey: string = key): SourceType {
  return {
    key,
    check(at, spec, name) {
      const source = spec[key];
      return source === undefined ? undefined : check(`${at}.${pathKey}`, source, name);
    },
  };
}

/** What a volume can be made of, in the order in which Kubernetes looks for it. */
const sourceTypes: readonly SourceType[] = [
  ofType('hostPath', checkHostPath),
  ofType('gcePersistentDisk', checkGcePersistentDisk, 'persistentDisk'),
  ofType('awsElasticBlockStore', checkAwsElasticBlockStore),
  ofType('glusterfs', checkGlusterfs),
  ofType('flocker', checkFlocker),
  ofType('nfs', checkNfs),
  ofType('rbd', checkRbd),
  ofType('quobyte', checkQuobyte),
  ofType('cephfs', checkMonitors),
  ofType('iscsi', checkNamedIscsi),
  ofType('cinder', checkCinder),
  ofType('fc', checkFibreChannel),
  ofType('flexVolume', checkFlexVolume),
  ofType('azureFile', checkAzureFile),
  ofType('vsphereVolume', (field, source) => need(field, source, ['volumePath'])),
  ofType('photonPersistentDisk', (field, source) => need(field, source, ['pdID'])),
  ofType('portworxVolume', (field, source) => need(field, source, ['volumeID'])),
  ofType('azureDisk', checkAzureDisk),
  ofType('scaleIO', (field, source) => need(field, source, ['gateway', 'system', 'volumeName'])),
  ofType('local', checkLocal),
  ofType('storageos', checkStorageOs),
  ofType('csi', checkCsi),
];

/** The keys of a spec that say what the volume is made of. */
export const sourceKeys: readonly string[] = sourceTypes.map(({ key }) => key);

/** Exactly one source; `name` is the volume's. */
export function checkVolumeSource(field: string, spec: Spec, name: string): FieldError[] {
  const found = sourceTypes.filter(({ key }) => spec[key] !== undefined);
  const [first] = found;
  if (!first) return [required(field, 'must specify a volume type')];
  const errors = first.check(field, spec, name) ?? [];
  if (first.key === 'local' && !spec.nodeAffinity?.required) {
    errors.push(required(`${field}.nodeAffinity`, 'Local volume requires node affinity'));
  }
  const keys = found.map(({ key }) => (key === 'cephfs' ? 'cephFS' : key));
  return [...errors, ...refuseFurther(field, keys)];
}

function checkGlusterfs(field: string, source: NonNullable<Spec['glusterfs']>): FieldError[] {
  const errors = need(field, source, ['endpoints', 'path']);
  const { endpointsNamespace: namespace } = source;
  if (namespace === undefined) return errors;
  const texts = namespace === '' ? [] : dnsLabelErrors(namespace);
  if (namespace === '') {
    const text = 'if the endpointnamespace is set, it must be a valid namespace name';
    return [...errors, invalid(`${field}.endpointsNamespace`, namespace, text)];
  }
  return [...errors, ...invalidEach(`${field}.endpointsNamespace`, namespace, texts)];
}

const iscsiNameLimit = 64;

function checkNamedIscsi(field: string, source: NonNullable<Spec['iscsi']>, name: string): FieldError[] {
  const errors = checkIscsi(field, source);
  if (source.initiatorName === undefined) return errors;
  if (`${name}:${source.targetPortal ?? ''}`.length <= iscsiNameLimit) return errors;
  const text =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
  return [...errors, invalid(`${field}.targetportal`, source.targetPortal, text)];
}

function checkCinder(field: string, source: NonNullable<Spec['cinder']>): FieldError[] {
  const { secretRef } = source;
  return [
    ...need(field, source, ['volumeID']),
    ...(secretRef ? need(`${field}.secretRef`, secretRef, ['name', 'namespace']) : []),
  ];
}

function checkAzureFile(field: string, source: NonNullable<Spec['azureFile']>): FieldError[] {
  const errors = need(field, source, ['secretName', 'shareName']);
  return source.secretNamespace === '' ? [...errors, required(`${field}.secretNamespace`)] : errors;
}

function checkLocal(field: string, { path }: NonNullable<Spec['local']>): FieldError[] {
  return path ? checkNoBacksteps(`${field}.path`, path) : [required(`${field}.path`)];
}

const csiSecrets = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

function checkCsi(field: string, source: NonNullable<Spec['csi']>): FieldError[] {
  const secrets = csiSecrets.flatMap((key) => {
    const secret = source[key];
    return secret ? need(`${field}.${key}`, secret, ['name', 'namespace']) : [];
  });
  return [
    ...checkDriverName(`${field}.driver`, source.driver ?? ''),
    ...need(field, source, ['volumeHandle']),
    ...secrets,
  ];
}

const driverNameLimit = 63;

/** Names of CSI drivers: like subdomains, but of at most 63 characters and in either case. */
export function checkDriverName(field: string, name: string): FieldError[] {
  return [
    ...(name === '' ? [required(field)] : []),
    ...(name.length > driverNameLimit ? [tooLong(field, driverNameLimit)] : []),
    ...invalidEach(field, name, dnsSubdomainErrors(name.toLowerCase())),
  ];
}
