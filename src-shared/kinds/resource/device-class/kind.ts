import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { DeviceClass } from '../../wire.ts';
import { deviceClassStrategy } from './device-class-strategy.ts';

export const deviceClassKind = defineKind<DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  namespaced: false,
  schema: 'io.k8s.api.resource.v1.DeviceClass',
  returnsDeletedObject: true,
  hasGeneration: true,
  strategy: deviceClassStrategy,
  columns: [nameColumn(), ageColumn()],
  view: {
    section: 'cluster',
    title: 'Device classes',
    purpose: 'A device class describes devices that claims can ask for.',
  },
});
