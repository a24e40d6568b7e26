import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { VolumeAttributesClass } from '../../wire.ts';
import { volumeAttributesClassStrategy } from './volume-attributes-class-strategy.ts';

export const volumeAttributesClassKind = defineKind<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  shortNames: ['vac'],
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttributesClass',
  returnsDeletedObject: true,
  strategy: volumeAttributesClassStrategy,
  columns: [
    nameColumn(),
    {
      name: 'DriverName',
      type: 'string',
      description: 'Driver that understands the attributes.',
      cell: ({ driverName }) => driverName ?? '',
    },
    ageColumn(),
  ],
  view: {
    section: 'storage',
    title: 'Volume attributes classes',
    purpose: 'A volume attributes class holds attributes that a volume can still change to.',
  },
});
