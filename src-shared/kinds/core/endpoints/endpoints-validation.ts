import { required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkIp, checkNonSpecialIp } from '../../ip-address.ts';
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkOneOf,
  checkPortNumber,
  checkQualifiedName,
  protocols,
} from '../../validation.ts';
import type { Endpoints } from '../../wire.ts';

type Subset = NonNullable<Unchecked<Endpoints>['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];
type Port = NonNullable<Subset['ports']>[number];

/** Every error of endpoints. */
export function validateEndpoints({ subsets = [] }: Unchecked<Endpoints>): FieldError[] {
  return subsets.flatMap((subset, index) => checkSubset(`subsets[${index}]`, subset));
}

function checkSubset(
  field: string,
  { addresses = [], notReadyAddresses = [], ports = [] }: Subset,
): FieldError[] {
  const none = addresses.length + notReadyAddresses.length === 0;
  return [
    ...(none ? [required(field, 'must specify `addresses` or `notReadyAddresses`')] : []),
    ...addresses.flatMap((address, index) => checkAddress(`${field}.addresses[${index}]`, address)),
    ...notReadyAddresses.flatMap((address, index) =>
      checkAddress(`${field}.notReadyAddresses[${index}]`, address),
    ),
    ...ports.flatMap((port, index) => checkPort(`${field}.ports[${index}]`, port, ports.length > 1)),
  ];
}

function checkAddress(field: string, { ip = '', hostname, nodeName }: Address): FieldError[] {
  return [
    ...checkIp(`${field}.ip`, ip),
    ...(hostname ? checkDnsLabel(`${field}.hostname`, hostname) : []),
    ...(nodeName === undefined ? [] : checkDnsSubdomain(`${field}.nodeName`, nodeName)),
    ...checkNonSpecialIp(`${field}.ip`, ip),
  ];
}

function checkPort(
  field: string,
  { name, port, protocol, appProtocol }: Port,
  nameNeeded: boolean,
): FieldError[] {
  return [
    ...(name ? checkDnsLabel(`${field}.name`, name) : nameNeeded ? [required(`${field}.name`)] : []),
    ...checkPortNumber(`${field}.port`, port),
    ...checkOneOf(`${field}.protocol`, protocol, protocols),
    ...(appProtocol === undefined ? [] : checkQualifiedName(`${field}.appProtocol`, appProtocol)),
  ];
}
