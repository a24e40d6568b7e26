import { forbidden, invalid, notSupported, required } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkConditions } from '../../condition-validation.ts';
import { checkDriverName } from '../../core/persistent-volume/volume-source-validation.ts';
import { checkNodeSelector } from '../../core/pod/affinity-validation.ts';
import type { Strategy } from '../../define.ts';
import { checkDnsLabel } from '../../validation.ts';
import type { ResourceClaim } from '../../wire.ts';
import {
  checkConfiguration,
  checkDeviceClaim,
  checkRaw,
  checkRequestName,
  requestNames,
} from '../device-claim-validation.ts';
import { setRequestDefaults } from '../device-request-validation.ts';
import { checkItems, checkPoolName, checkUnique } from '../list-validation.ts';

type ReadonlyClaim = Unchecked<ResourceClaim>;
type Status = NonNullable<ReadonlyClaim['status']>;
type Allocation = NonNullable<Status['allocation']>;
type Consumer = NonNullable<Status['reservedFor']>[number];
type DeviceStatus = NonNullable<Status['devices']>[number];

const maxConsumers = 256;
const maxResults = 32;
const maxConfigs = 64;

export const resourceClaimStrategy: Strategy<ResourceClaim> = {
  defaults: ({ spec }) => setRequestDefaults(spec?.devices?.requests),
  validate: ({ spec }) => checkDeviceClaim('spec.devices', spec?.devices ?? {}),
  validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, 'spec'),
  validateStatusUpdate: (claim, old) => checkStatus('status', claim, old),
};

function checkStatus(field: string, claim: ReadonlyClaim, old: ReadonlyClaim): FieldError[] {
  const { allocation, reservedFor = [], devices = [] } = claim.status ?? {};
  const allocated = new Set((allocation?.devices?.results ?? []).map(deviceId));
  return [
    ...checkItems(`${field}.reservedFor`, reservedFor, maxConsumers, checkConsumer),
    ...checkUnique(`${field}.reservedFor`, reservedFor, { name: 'uid', keyOf: ({ uid = '' }) => uid }),
    ...checkItems(`${field}.devices`, devices, Number.POSITIVE_INFINITY, (at, device) =>
      checkDeviceStatus(at, device, allocated),
    ),
    ...checkUnique(`${field}.devices`, devices, { name: 'deviceID', keyOf: deviceId }),
    ...checkReservations(`${field}.reservedFor`, claim, old),
    ...checkAllocation(`${field}.allocation`, claim, old),
  ];
}

type DeviceName = Pick<DeviceStatus, 'driver' | 'pool' | 'device'>;

function deviceId({ driver = '', pool = '', device = '' }: DeviceName): string {
  return `${driver}/${pool}/${device}`;
}

function checkConsumer(field: string, consumer: Consumer): FieldError[] {
  return (['resource', 'name', 'uid'] as const).flatMap((name) =>
    consumer[name] ? [] : [required(`${field}.${name}`)],
  );
}

function checkReservations(field: string, claim: ReadonlyClaim, old: ReadonlyClaim): FieldError[] {
  const reservedFor = claim.status?.reservedFor ?? [];
  if (reservedFor.length === 0) return [];
  if (!claim.status?.allocation) {
    return [forbidden(field, 'may not be specified when `allocated` is not set')];
  }
  const before = new Set((old.status?.reservedFor ?? []).map(({ uid }) => uid));
  const isGoing = claim.metadata?.deletionTimestamp !== undefined;
  if (!isGoing || reservedFor.every(({ uid }) => before.has(uid))) return [];
  const text = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
  return [forbidden(field, text)];
}

function checkAllocation(field: string, claim: ReadonlyClaim, old: ReadonlyClaim): FieldError[] {
  const allocation = claim.status?.allocation;
  if (!allocation) return [];
  const before = old.status?.allocation;
  if (before) return validateImmutable(allocation, before, field);
  const known = requestNames(claim.spec?.devices ?? {});
  return [
    ...checkResults(`${field}.devices`, allocation, known),
    ...(allocation.nodeSelector ? checkNodeSelector(`${field}.nodeSelector`, allocation.nodeSelector) : []),
  ];
}

function checkResults(field: string, { devices }: Allocation, known: ReadonlySet<string>): FieldError[] {
  return [
    ...checkItems(`${field}.results`, devices?.results ?? [], maxResults, (at, result) => [
      ...checkRequestName(`${at}.request`, result.request ?? '', known),
      ...checkDevice(at, result),
    ]),
    ...checkItems(`${field}.config`, devices?.config ?? [], maxConfigs, (at, config) => [
      ...checkSource(`${at}.source`, config.source),
      ...(config.requests ?? []).flatMap((name, index) =>
        checkRequestName(`${at}.requests[${index}]`, name, known),
      ),
      ...checkConfiguration(at, config),
    ]),
  ];
}

function checkSource(field: string, source: string | undefined): FieldError[] {
  if (!source) return [required(field)];
  const sources = ['FromClaim', 'FromClass'];
  return sources.includes(source) ? [] : [notSupported(field, source, sources)];
}

function checkDevice(field: string, named: DeviceName): FieldError[] {
  return [
    ...checkDriverName(`${field}.driver`, named.driver ?? ''),
    ...checkPoolName(`${field}.pool`, named.pool ?? ''),
    ...checkDnsLabel(`${field}.device`, named.device ?? ''),
  ];
}

function checkDeviceStatus(
  field: string,
  device: DeviceStatus,
  allocated: ReadonlySet<string>,
): FieldError[] {
  const id = deviceId(device);
  return [
    ...checkDevice(field, device),
    ...(allocated.has(id) ? [] : [invalid(field, id, 'must be an allocated device in the claim')]),
    ...checkConditions(`${field}.conditions`, device.conditions),
    ...(device.data === undefined ? [] : checkRaw(`${field}.data`, device.data)),
  ];
}
