import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { defineKind } from '../../define.ts';
import { ipWarnings } from '../../ip-warnings.ts';
import type { Endpoints } from '../../wire.ts';
import { validateEndpoints } from './endpoints-validation.ts';

export const endpointsKind = defineKind<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Endpoints',
  createsOnUpdate: true,
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  strategy: {
    defaults(endpoints) {
      for (const subset of endpoints.subsets ?? []) {
        for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
      }
    },
    validate: validateEndpoints,
    warnings: ({ subsets = [] }) =>
      subsets.flatMap(({ addresses = [], notReadyAddresses = [] }, index) => [
        ...addresses.flatMap(({ ip }, i) => ipWarnings(`subsets[${index}].addresses[${i}].ip`, ip)),
        ...notReadyAddresses.flatMap(({ ip }, i) =>
          ipWarnings(`subsets[${index}].notReadyAddresses[${i}].ip`, ip),
        ),
      ]),
  },
  columns: [
    nameColumn(),
    {
      name: 'Endpoints',
      type: 'string',
      description: 'Addresses and ports that are ready to serve.',
      cell: addressesText,
    },
    ageColumn(),
  ],
  view: {
    section: 'network',
    title: 'Endpoints',
    purpose:
      'Endpoints list the addresses behind a service in the old form; endpoint slices are the current one.',
  },
});

const shown = 3;

function addressesText(endpoints: Unchecked<Endpoints>): string {
  const subsets = endpoints.subsets ?? [];
  if (subsets.length === 0) return '<none>';
  const texts = subsets.flatMap(({ addresses = [], ports = [] }) => {
    if (ports.length === 0) return addresses.map(({ ip = '' }) => ip);
    return ports.flatMap(({ port }) =>
      addresses.map(({ ip = '' }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`),
    );
  });
  const more = texts.length - shown;
  return `${texts.slice(0, shown).join(',')}${more > 0 ? ` + ${more} more...` : ''}`;
}
