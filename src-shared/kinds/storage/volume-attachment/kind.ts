import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind, type Health } from '../../define.ts';
import type { VolumeAttachment } from '../../wire.ts';
import { volumeAttachmentStrategy } from './volume-attachment-strategy.ts';

export const volumeAttachmentKind = defineKind<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttachment',
  returnsDeletedObject: true,
  needsResourceVersion: true,
  hasStatus: true,
  strategy: volumeAttachmentStrategy,
  columns: [
    nameColumn(),
    {
      name: 'Attacher',
      type: 'string',
      description: 'Driver that attaches the volume.',
      cell: ({ spec }) => spec?.attacher ?? '',
    },
    {
      name: 'PV',
      type: 'string',
      description: 'The volume.',
      cell: ({ spec }) => spec?.source?.persistentVolumeName ?? '',
    },
    {
      name: 'Node',
      type: 'string',
      description: 'The node it is attached to.',
      cell: ({ spec }) => spec?.nodeName ?? '',
    },
    {
      name: 'Attached',
      type: 'boolean',
      description: 'Whether the volume is attached.',
      cell: ({ status }) => status?.attached ?? false,
    },
    ageColumn(),
  ],
  view: {
    section: 'storage',
    title: 'Volume attachments',
    purpose: 'A volume attachment asks a driver to attach a volume to a node.',
    health,
  },
});

function health({ status }: Unchecked<VolumeAttachment>): Health {
  const error = status?.attachError ?? status?.detachError;
  if (error) return { level: 'error', text: status?.attachError ? 'Cannot attach' : 'Cannot detach' };
  return status?.attached ? { level: 'ok', text: 'Attached' } : { level: 'progress', text: 'Attaching' };
}
