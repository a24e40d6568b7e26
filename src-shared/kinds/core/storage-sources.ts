/**
 * Where data of volumes lies: sources that pods and persistent volumes have in common. Each check takes the path
 * of the source. Few of these drivers still exist; the API goes on checking them.
 */
import { forbidden, invalid, notSupported, required } from '../../api/field-errors.ts';
import { dnsLabelErrors } from '../../api/names.ts';
import type { FieldError } from '../../api/status.ts';
import type { Unchecked } from '../../lib/types.ts';
import { checkNoBacksteps, checkOptionalOneOf, checkRange, invalidEach } from '../validation.ts';
import type { Volume } from '../wire.ts';

type Source<K extends keyof Volume> = NonNullable<Unchecked<Volume>[K]>;

/** Fields that must be neither missing nor empty. */
export function need<T extends object>(
  field: string,
  source: T,
  keys: readonly (keyof T & string)[],
): FieldError[] {
  return keys.filter((key) => !source[key]).map((key) => required(`${field}.${key}`));
}

const byte = { min: 0, max: 255 };

export function checkHostPath(field: string, source: Source<'hostPath'>): FieldError[] {
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

export function checkNfs(field: string, source: Source<'nfs'>): FieldError[] {
  const absolute = (source.path ?? '').startsWith('/');
  return [
    ...need(field, source, ['server', 'path']),
    ...(absolute ? [] : [invalid(`${field}.path`, source.path ?? '', 'must be an absolute path')]),
  ];
}

export function checkGcePersistentDisk(field: string, source: Source<'gcePersistentDisk'>): FieldError[] {
  return [
    ...need(field, source, ['pdName']),
    ...checkRange(`${field}.partition`, source.partition ?? 0, byte),
  ];
}

export function checkAwsElasticBlockStore(
  field: string,
  source: Source<'awsElasticBlockStore'>,
): FieldError[] {
  return [
    ...need(field, source, ['volumeID']),
    ...checkRange(`${field}.partition`, source.partition ?? 0, byte),
  ];
}

export function checkFlocker(field: string, { datasetName, datasetUUID }: Source<'flocker'>): FieldError[] {
  const errors: FieldError[] = [];
  if (!datasetName && !datasetUUID)
    errors.push(required(field, 'one of datasetName and datasetUUID is required'));
  if (datasetName && datasetUUID) {
    errors.push(
      invalid(field, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'),
    );
  }
  if (datasetName?.includes('/'))
    errors.push(invalid(`${field}.datasetName`, datasetName, "must not contain '/'"));
  return errors;
}

const quobyteText = 'must be a host:port pair or multiple pairs separated by commas';

export function checkQuobyte(field: string, source: Source<'quobyte'>): FieldError[] {
  const errors: FieldError[] = [];
  if (!source.registry) errors.push(required(`${field}.registry`, quobyteText));
  else if ((source.tenant ?? '').length >= 65) {
    errors.push(required(`${field}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  } else {
    for (const pair of source.registry.split(',')) {
      if (!/^(\[[^\]]*\]|[^:[\]]*):[^:[\]]*$/.test(pair))
        errors.push(invalid(`${field}.registry`, source.registry, quobyteText));
    }
  }
  return [...errors, ...need(field, source, ['volume'])];
}

interface RbdLike {
  readonly monitors?: readonly string[];
  readonly image?: string;
}

export function checkRbd(field: string, source: RbdLike): FieldError[] {
  return [...checkMonitors(field, source), ...need(field, source, ['image'])];
}

export function checkMonitors(
  field: string,
  source: { readonly monitors?: readonly string[] },
): FieldError[] {
  return (source.monitors ?? []).length === 0 ? [required(`${field}.monitors`)] : [];
}

export function checkFibreChannel(
  field: string,
  { targetWWNs = [], wwids = [], lun }: Source<'fc'>,
): FieldError[] {
  const errors: FieldError[] = [];
  const at = `${field}.targetWWNs`;
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.push(required(at, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    errors.push(invalid(at, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  }
  if (targetWWNs.length === 0) return errors;
  if (lun === undefined)
    return [...errors, required(`${field}.lun`, 'lun is required if targetWWNs is specified')];
  return [...errors, ...checkRange(`${field}.lun`, lun, byte)];
}

interface IscsiLike extends Omit<Source<'iscsi'>, 'secretRef'> {
  readonly secretRef?: { readonly name?: string };
}

const iqnForms: readonly (readonly [string, RegExp])[] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9\-.]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[a-zA-Z0-9]{16}$/],
  ['naa', /^naa.[a-zA-Z0-9]{32}$/],
];

export function checkIscsi(field: string, source: IscsiLike): FieldError[] {
  const { iqn = '', lun = 0, initiatorName, secretRef } = source;
  const authenticated = source.chapAuthDiscovery === true || source.chapAuthSession === true;
  return [
    ...need(field, source, ['targetPortal']),
    ...(iqn === '' ? [required(`${field}.iqn`)] : checkIqn(`${field}.iqn`, iqn)),
    ...checkRange(`${field}.lun`, lun, byte),
    ...(authenticated && !secretRef ? [required(`${field}.secretRef`)] : []),
    ...(initiatorName === undefined ? [] : checkIqn(`${field}.initiatorname`, initiatorName)),
    ...(secretRef && !secretRef.name ? [required(`${field}.secretRef.name`)] : []),
  ];
}

function checkIqn(field: string, name: string): FieldError[] {
  const form = iqnForms.find(([prefix]) => name.startsWith(prefix));
  if (!form) return [invalid(field, name, 'must be valid format starting with iqn, eui, or naa')];
  return form[1].test(name) ? [] : [invalid(field, name, 'must be valid format')];
}

interface FlexLike {
  readonly driver?: string;
  readonly options?: Readonly<Record<string, string>>;
}

export function checkFlexVolume(field: string, source: FlexLike): FieldError[] {
  const reserved = Object.keys(source.options ?? {}).filter((key) => {
    const namespace = `.${(key.includes('/') ? (key.split('/', 1)[0] ?? '') : key).toLowerCase()}`;
    return namespace.endsWith('.kubernetes.io') || namespace.endsWith('.k8s.io');
  });
  const text = 'kubernetes.io and k8s.io namespaces are reserved';
  return [
    ...need(field, source, ['driver']),
    ...reserved.map((key) => invalid(`${field}.options[${key}]`, key, text)),
  ];
}

const managedDisk =
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const blobDisk = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

export function checkAzureDisk(field: string, source: Source<'azureDisk'>): FieldError[] {
  const { diskURI = '', kind } = source;
  const errors = [
    ...need(field, source, ['diskName', 'diskURI']),
    ...checkOptionalOneOf(`${field}.cachingMode`, source.cachingMode, ['None', 'ReadOnly', 'ReadWrite']),
    ...checkOptionalOneOf(`${field}.kind`, kind, ['Dedicated', 'Managed', 'Shared']),
  ];
  if (kind === 'Managed' && !diskURI.startsWith('/')) {
    errors.push(notSupported(`${field}.diskURI`, diskURI, [managedDisk]));
  }
  if (kind !== undefined && kind !== 'Managed' && !diskURI.startsWith('https://')) {
    errors.push(notSupported(`${field}.diskURI`, diskURI, [blobDisk]));
  }
  return errors;
}

interface StorageOsLike {
  readonly volumeName?: string;
  readonly volumeNamespace?: string;
  readonly secretRef?: { readonly name?: string };
}

export function checkStorageOs(field: string, source: StorageOsLike): FieldError[] {
  const { volumeName = '', volumeNamespace = '', secretRef } = source;
  return [
    ...(volumeName === ''
      ? [required(`${field}.volumeName`)]
      : invalidEach(`${field}.volumeName`, volumeName, dnsLabelErrors(volumeName))),
    ...(volumeNamespace === ''
      ? []
      : invalidEach(`${field}.volumeNamespace`, volumeNamespace, dnsLabelErrors(volumeNamespace))),
    ...(secretRef && !secretRef.name ? [required(`${field}.secretRef.name`)] : []),
  ];
}

/** One error for every source after the first: a volume has one. */
export function refuseFurther(field: string, keys: readonly string[]): FieldError[] {
  return keys.slice(1).map((key) => forbidden(`${field}.${key}`, 'may not specify more than 1 volume type'));
}
