import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { validateAnnotations, validateLabelSelector, validateLabels } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkOptionalOneOf,
  checkPositiveQuantity,
} from '../../validation.ts';
import type { PersistentVolumeClaimSpec, Volume } from '../../wire.ts';

type ReadonlySpec = Unchecked<PersistentVolumeClaimSpec>;
type Template = NonNullable<NonNullable<Unchecked<Volume>['ephemeral']>['volumeClaimTemplate']>;

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const volumeModes = ['Block', 'Filesystem'];

/** Ways to mount a volume, of which ReadWriteOncePod excludes all others. */
export function checkAccessModes(field: string, modes: readonly string[]): FieldError[] {
  const errors = modes
    .filter((mode) => !accessModes.includes(mode))
    .map((mode) => notSupported(field, mode, accessModes));
  const others = modes.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode));
  if (modes.includes('ReadWriteOncePod') && others) {
    errors.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}

/** Every error of a claim, in an object of its own or in a template; `field` is the path of the spec. */
export function checkClaimSpec(field: string, spec: ReadonlySpec): FieldError[] {
  const modes = spec.accessModes ?? [];
  const storage = spec.resources?.requests?.storage;
  const storagePath = `${field}.resources[storage]`;
  const className = (key: 'storageClassName' | 'volumeAttributesClassName') =>
    spec[key] ? checkDnsSubdomain(`${field}.${key}`, spec[key]) : [];
  return [
    ...(modes.length === 0 ? [required(`${field}.accessModes`, 'at least 1 access mode is required')] : []),
    ...validateLabelSelector(spec.selector, `${field}.selector`),
    ...checkAccessModes(`${field}.accessModes`, modes),
    ...(storage === undefined ? [required(storagePath)] : checkPositiveQuantity(storagePath, storage)),
    ...className('storageClassName'),
    ...checkOptionalOneOf(`${field}.volumeMode`, spec.volumeMode, volumeModes),
    ...checkDataSources(field, spec),
    ...className('volumeAttributesClassName'),
  ];
}

interface DataSource {
  readonly apiGroup?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

function checkDataSources(field: string, { dataSource, dataSourceRef }: ReadonlySpec): FieldError[] {
  const errors = [
    ...(dataSource ? checkDataSource(`${field}.dataSource`, dataSource) : []),
    ...(dataSourceRef ? checkDataSource(`${field}.dataSourceRef`, dataSourceRef) : []),
  ];
  if (!dataSource || !dataSourceRef) return errors;
  if (dataSourceRef.namespace) {
    return [...errors, invalid(field, {}, 'may not be specified when dataSourceRef.namespace is specified')];
  }
  const same =
    dataSource.apiGroup === dataSourceRef.apiGroup &&
    dataSource.kind === dataSourceRef.kind &&
    dataSource.name === dataSourceRef.name;
  return same ? errors : [...errors, invalid(field, {}, 'must match dataSourceRef')];
}

function checkDataSource(
  field: string,
  { apiGroup = '', kind = '', name, namespace }: DataSource,
): FieldError[] {
  const errors = name ? [] : [required(`${field}.name`)];
  if (kind === '') errors.push(required(`${field}.kind`));
  if (apiGroup === '' && kind !== 'PersistentVolumeClaim') {
    errors.push(
      invalid(field, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"),
    );
  }
  if (apiGroup !== '') errors.push(...checkDnsSubdomain(`${field}.apiGroup`, apiGroup));
  return namespace ? [...errors, ...checkDnsLabel(`${field}.namespace`, namespace)] : errors;
}

/** The claim that a pod brings along for itself; of its metadata only labels and annotations may be set. */
export function checkClaimTemplate(field: string, { metadata = {}, spec }: Template): FieldError[] {
  const at = `${field}.metadata`;
  const refused = Object.entries(metadata).filter(
    ([key, value]) => key !== 'labels' && key !== 'annotations' && value !== undefined && value !== null,
  );
  return [
    ...validateAnnotations(metadata.annotations, `${at}.annotations`),
    ...validateLabels(metadata.labels, `${at}.labels`),
    ...refused.map(([key]) => forbidden(`${at}.${key}`, 'cannot be set')),
    ...checkClaimSpec(`${field}.spec`, spec ?? {}),
  ];
}
