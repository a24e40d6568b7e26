import { duplicate, invalid, notSupported, required, tooMany } from '../../../api/field-errors.ts';
import { dnsSubdomainErrors, labelValueErrors } from '../../../api/names.ts';
import { validateImmutable, validateLabels } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkIp, checkNonSpecialIp, type IpFamily, ipFamily } from '../../ip-address.ts';
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkOneOf,
  checkQualifiedName,
  invalidEach,
  protocols,
} from '../../validation.ts';
import type { EndpointSlice } from '../../wire.ts';

type ReadonlySlice = Unchecked<EndpointSlice>;
type Endpoint = NonNullable<ReadonlySlice['endpoints']>[number];
type Port = NonNullable<ReadonlySlice['ports']>[number];

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const maxEndpoints = 1000;
const maxAddresses = 100;
const maxPorts = 20_000;
const maxHints = 8;
const maxTopologyLabels = 16;
const zoneLabel = 'topology.kubernetes.io/zone';

/** Every error of an endpoint slice. */
export function validateEndpointSlice(slice: ReadonlySlice): FieldError[] {
  const { addressType = '', endpoints = [], ports = [] } = slice;
  return [
    ...checkOneOf('addressType', addressType, addressTypes),
    ...(endpoints.length > maxEndpoints
      ? [tooMany('endpoints', endpoints.length, maxEndpoints)]
      : endpoints.flatMap((endpoint, index) => checkEndpoint(`endpoints[${index}]`, endpoint, addressType))),
    ...(ports.length > maxPorts ? [tooMany('ports', ports.length, maxPorts)] : checkPorts('ports', ports)),
  ];
}

/** What may not change in an endpoint slice: the family of its addresses. */
export function validateEndpointSliceUpdate(slice: ReadonlySlice, old: ReadonlySlice): FieldError[] {
  return validateImmutable(slice.addressType ?? '', old.addressType, 'addressType');
}

function checkEndpoint(field: string, endpoint: Endpoint, addressType: string): FieldError[] {
  const addresses = endpoint.addresses ?? [];
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(required(`${field}.addresses`, 'must contain at least 1 address'));
  else if (addresses.length > maxAddresses) {
    errors.push(tooMany(`${field}.addresses`, addresses.length, maxAddresses));
  }
  errors.push(
    ...addresses.flatMap((address, index) =>
      checkAddress(`${field}.addresses[${index}]`, address, addressType),
    ),
  );
  if (endpoint.nodeName !== undefined)
    errors.push(...checkDnsSubdomain(`${field}.nodeName`, endpoint.nodeName));
  errors.push(...checkTopology(`${field}.deprecatedTopology`, endpoint.deprecatedTopology));
  if (endpoint.hostname !== undefined) errors.push(...checkDnsLabel(`${field}.hostname`, endpoint.hostname));
  return [...errors, ...checkHints(`${field}.hints`, endpoint)];
}

/** Labels from before endpoints had a zone, which has a field of its own since. */
function checkTopology(field: string, labels: Endpoint['deprecatedTopology'] = {}): FieldError[] {
  const count = Object.keys(labels).length;
  const errors = count > maxTopologyLabels ? [tooMany(field, count, maxTopologyLabels)] : [];
  errors.push(...validateLabels(labels, field));
  if (!Object.hasOwn(labels, zoneLabel)) return errors;
  const message = 'Internal error: reserved key was not removed in conversion';
  return [...errors, { type: 'InternalError', field: `${field}[${zoneLabel}]`, message }];
}

function checkAddress(field: string, address: string, addressType: string): FieldError[] {
  switch (addressType) {
    case 'IPv4':
    case 'IPv6':
      return checkFamilyAddress(field, address, addressType);
    case 'FQDN':
      return checkFullName(field, address);
    default:
      return [];
  }
}

function checkFamilyAddress(field: string, address: string, family: IpFamily): FieldError[] {
  const errors = checkIp(field, address);
  if (errors.length > 0) return errors;
  return [
    ...(ipFamily(address) === family ? [] : [invalid(field, address, `must be an ${family} address`)]),
    ...checkNonSpecialIp(field, address),
  ];
}

function checkFullName(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)];
  const bare = name.replace(/\.$/, '');
  const errors = invalidEach(field, bare, dnsSubdomainErrors(bare));
  if (errors.length > 0 || bare.split('.').length > 1) return errors;
  return [invalid(field, bare, 'should be a domain with at least two segments separated by dots')];
}

function checkHints(field: string, { hints }: Endpoint): FieldError[] {
  return [
    ...checkNames(`${field}.forZones`, hints?.forZones ?? [], labelValueErrors),
    ...checkNames(`${field}.forNodes`, hints?.forNodes ?? [], dnsSubdomainErrors),
  ];
}

function checkNames(
  field: string,
  named: readonly { readonly name?: string }[],
  complaints: (name: string) => readonly string[],
): FieldError[] {
  if (named.length > maxHints) return [tooMany(field, named.length, maxHints)];
  return named.flatMap(({ name = '' }, index) => {
    const at = `${field}[${index}].name`;
    const isRepeated = named.findIndex((other) => (other.name ?? '') === name) < index;
    return [...(isRepeated ? [duplicate(at, name)] : []), ...invalidEach(at, name, complaints(name))];
  });
}

function checkPorts(field: string, ports: readonly Port[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name = '', protocol, appProtocol }, index) => {
    const at = `${field}[${index}]`;
    const errors = name === '' ? [] : checkDnsLabel(`${at}.name`, name);
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (protocol === undefined) errors.push(required(`${at}.protocol`));
    else if (!protocols.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, protocols));
    return appProtocol === undefined
      ? errors
      : [...errors, ...checkQualifiedName(`${at}.appProtocol`, appProtocol)];
  });
}
