import type { Unchecked } from '../../../lib/types.ts';
import { nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import type { IPAddress } from '../../wire.ts';
import { ipAddressStrategy } from './ip-address-strategy.ts';

export const ipAddressKind = defineKind<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  namespaced: false,
  nameRule: 'path-segment',
  schema: 'io.k8s.api.networking.v1.IPAddress',
  strategy: ipAddressStrategy,
  columns: [
    nameColumn(),
    {
      name: 'ParentRef',
      type: 'string',
      description: 'The object that uses the address.',
      cell: parentText,
    },
  ],
  selectableFields: { 'spec.parentRef.name': ({ spec }) => spec?.parentRef?.name ?? '' },
  view: {
    section: 'network',
    title: 'IP addresses',
    purpose: 'An IP address of the cluster that is in use, by a service as a rule.',
  },
});

function parentText({ spec }: Unchecked<IPAddress>): string {
  const parent = spec?.parentRef;
  if (!parent) return '<none>';
  const resource = parent.group ? `${parent.resource}.${parent.group}` : parent.resource;
  return [resource, parent.namespace, parent.name].filter((part) => part).join('/');
}
