import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import { ipWarnings } from '../../ip-warnings.ts';
import type { EndpointSlice } from '../../wire.ts';
import { validateEndpointSlice, validateEndpointSliceUpdate } from './endpoint-slice-validation.ts';

export const endpointSliceKind = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  hasGeneration: true,
  strategy: {
    defaults(slice) {
      for (const port of slice.ports ?? []) {
        port.name ??= '';
        port.protocol ||= 'TCP';
      }
    },
    validate: validateEndpointSlice,
    validateUpdate: validateEndpointSliceUpdate,
    warnings: ({ addressType, endpoints = [] }) =>
      addressType === 'FQDN'
        ? []
        : endpoints.flatMap(({ addresses = [] }, index) =>
            addresses.flatMap((ip, i) => ipWarnings(`endpoints[${index}].addresses[${i}]`, ip)),
          ),
  },
  columns: [
    nameColumn(),
    {
      name: 'AddressType',
      type: 'string',
      description: 'Family of the addresses.',
      cell: (slice) => slice.addressType ?? '',
    },
    { name: 'Ports', type: 'string', description: 'Ports of every endpoint.', cell: portsText },
    {
      name: 'Endpoints',
      type: 'string',
      description: 'Addresses in the slice.',
      cell: (slice) => listText((slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? [])),
    },
    ageColumn(),
  ],
  view: {
    section: 'network',
    title: 'Endpoint slices',
    purpose: 'Endpoint slices list the addresses and ports behind a service.',
  },
});

function portsText(slice: Unchecked<EndpointSlice>): string {
  return listText((slice.ports ?? []).map(({ port, name }) => `${port ?? name ?? '*'}`));
}

const shown = 3;

function listText(texts: readonly string[]): string {
  if (texts.length === 0) return '<unset>';
  const more = texts.length - shown;
  return `${texts.slice(0, shown).join(',')}${more > 0 ? ` + ${more} more...` : ''}`;
}
