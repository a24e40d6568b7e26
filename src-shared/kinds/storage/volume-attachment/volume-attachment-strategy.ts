import { forbidden, invalid, required, tooLong } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { utf8Length } from '../../../lib/utf8.ts';
import { checkInlineVolume } from '../../core/persistent-volume/inline-volume-validation.ts';
import { checkDriverName } from '../../core/persistent-volume/volume-source-validation.ts';
import { defaultVolumeSource } from '../../core/persistent-volume/volume-strategy.ts';
import type { Strategy } from '../../define.ts';
import { checkDnsSubdomain } from '../../validation.ts';
import type { VolumeAttachment } from '../../wire.ts';

type ReadonlyAttachment = Unchecked<VolumeAttachment>;
type Source = Unchecked<VolumeAttachment['spec']['source']>;
type VolumeError = NonNullable<NonNullable<ReadonlyAttachment['status']>['attachError']>;

const maxMetadataBytes = 256 * 1024;
const maxMessageBytes = 1024;

export const volumeAttachmentStrategy: Strategy<VolumeAttachment> = {
  defaults({ spec, status }) {
    if (status) status.attached ??= false;
    if (spec?.source?.inlineVolumeSpec) defaultVolumeSource(spec.source.inlineVolumeSpec);
  },
  validate({ spec }) {
    const node = spec?.nodeName ?? '';
    return [
      ...(spec?.attacher ? [] : [required('spec.attacher')]),
      ...checkSource('spec.source', spec?.source ?? {}),
      ...checkDnsSubdomain('spec.nodeName', node),
    ];
  },
  validateCreate({ spec }) {
    const volume = spec?.source?.persistentVolumeName;
    return [
      ...checkDriverName('spec.attacher', spec?.attacher ?? ''),
      ...(volume === undefined ? [] : checkDnsSubdomain('spec.source.persistentVolumeName', volume)),
    ];
  },
  validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, 'spec'),
  validateStatusUpdate({ status }) {
    const errors = checkMetadata('status.attachmentMetadata', status?.attachmentMetadata);
    if (status?.attachError) errors.push(...checkError('status.attachError', status.attachError));
    if (status?.detachError) errors.push(...checkError('status.detachError', status.detachError));
    return errors;
  },
};

function checkSource(
  field: string,
  { inlineVolumeSpec: inline, persistentVolumeName: name }: Source,
): FieldError[] {
  const text = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (inline === undefined && name === undefined) return [required(field, text)];
  if (inline !== undefined && name !== undefined) return [forbidden(field, text)];
  if (inline !== undefined) return checkInlineVolume(`${field}.inlineVolumeSpec`, inline);
  if (name !== '') return [];
  return [required(`${field}.persistentVolumeName`, 'must specify non empty persistentVolumeName')];
}

function checkMetadata(field: string, metadata: Readonly<Record<string, string>> = {}): FieldError[] {
  const sizes = Object.entries(metadata).map(([key, value]) => utf8Length(key) + utf8Length(value));
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
  return sizeBytes > maxMetadataBytes ? [tooLong(field, maxMetadataBytes)] : [];
}

function checkError(field: string, { message, errorCode }: VolumeError): FieldError[] {
  const errors: FieldError[] = [];
  if (utf8Length(message ?? '') > maxMessageBytes) errors.push(tooLong(`${field}.message`, maxMetadataBytes));
  if (errorCode !== undefined && errorCode < 0) {
    errors.push(invalid(`${field}.errorCode`, errorCode, 'must be between 0 and 2147483647, inclusive'));
  }
  return errors;
}
