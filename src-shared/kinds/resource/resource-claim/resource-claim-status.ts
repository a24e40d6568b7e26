import { forbidden, invalid, notSupported, required, tooLong, tooMany } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import { jsonEqual } from '../../../lib/json.ts';
import type { Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import { utf8Length } from '../../../lib/utf8.ts';
import { checkConditions } from '../../condition-validation.ts';
import { checkDriverName } from '../../core/persistent-volume/volume-source-validation.ts';
import { checkNodeSelector } from '../../core/pod/affinity-validation.ts';
import { ipText, parseCidr } from '../../ip-address.ts';
import { checkDnsLabel } from '../../validation.ts';
import type { ResourceClaim } from '../../wire.ts';
import { checkBindingConditions } from '../binding-conditions.ts';
import {
  checkConfiguration,
  checkRaw,
  checkRequestName,
  checkRequestNames,
  requestNames,
} from '../device-claim-validation.ts';
import { checkItems, checkPoolName, checkSet } from '../list-validation.ts';

type ReadonlyClaim = Unchecked<ResourceClaim>;
type Status = NonNullable<ReadonlyClaim['status']>;
type Allocation = NonNullable<Status['allocation']>;
type Result = NonNullable<NonNullable<Allocation['devices']>['results']>[number];
type Consumer = NonNullable<Status['reservedFor']>[number];
type DeviceStatus = NonNullable<Status['devices']>[number];
type NetworkData = NonNullable<DeviceStatus['networkData']>;

const maxConsumers = 256;
const maxResults = 32;
const maxConfigs = 64;
const maxConditions = 8;
const maxIps = 16;
const maxInterfaceBytes = 256;
const maxHardwareBytes = 128;

/** Errors of what allocators and drivers say of a claim. */
export function checkClaimStatus(field: string, claim: ReadonlyClaim, old: ReadonlyClaim): FieldError[] {
  const { allocation, reservedFor = [], devices = [] } = claim.status ?? {};
  const allocated = new Set((allocation?.devices?.results ?? []).map(deviceId));
  return [
    ...checkSet(`${field}.reservedFor`, reservedFor, {
      max: maxConsumers,
      keyOf: ({ uid = '' }) => uid,
      check: checkConsumer,
    }),
    ...checkSet(`${field}.devices`, devices, {
      max: Number.POSITIVE_INFINITY,
      keyOf: deviceId,
      check: (at, device) => checkDeviceStatus(at, device, allocated),
    }),
    ...checkReservations(`${field}.reservedFor`, claim, old),
    ...checkAllocation(`${field}.allocation`, claim, old),
  ];
}

/** What drivers said of devices goes with the devices. */
export function dropFreedDevices(claim: UncheckedDraft<ResourceClaim>, old: ReadonlyClaim): void {
  const { status } = claim;
  if (!status?.devices) return;
  const resultsOf = ({ status: of }: ReadonlyClaim) =>
    new Set((of?.allocation?.devices?.results ?? []).map(deviceId));
  const now = resultsOf(claim);
  const freed = new Set([...resultsOf(old)].filter((id) => !now.has(id)));
  if (freed.size === 0) return;
  status.devices = status.devices.filter((device) => !freed.has(deviceId(device)));
  if (status.devices.length === 0) delete status.devices;
}

/** The drivers of whose devices something else is said than before, in order. */
export function changedDrivers(status: Status, old: Status): string[] {
  const before = new Map((old.devices ?? []).map((device) => [deviceId(device), device]));
  const drivers = new Set<string>();
  for (const device of status.devices ?? []) {
    const id = deviceId(device);
    const known = before.get(id);
    if (!known || !jsonEqual(known, device)) drivers.add(device.driver ?? '');
    before.delete(id);
  }
  for (const { driver = '' } of before.values()) drivers.add(driver);
  return [...drivers].sort();
}

/** The one node whose devices are allocated, where the claim is bound to one by its name. */
export function allocatedNode({ allocation }: Status): string | undefined {
  const terms = allocation?.nodeSelector?.nodeSelectorTerms ?? [];
  const [term] = terms;
  if (!term || terms.length !== 1 || (term.matchExpressions ?? []).length > 0) return undefined;
  const [field, ...others] = term.matchFields ?? [];
  if (!field || others.length > 0 || field.key !== 'metadata.name' || field.operator !== 'In')
    return undefined;
  return field.values?.length === 1 ? field.values[0] : undefined;
}

type DeviceName = Pick<DeviceStatus, 'driver' | 'pool' | 'device' | 'shareID'>;

function deviceId({ driver = '', pool = '', device = '', shareID }: DeviceName): string {
  return [driver, pool, device, ...(shareID === undefined ? [] : [shareID])].join('/');
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
    ...checkItems(`${field}.results`, devices?.results ?? [], maxResults, (at, result) =>
      checkResult(at, result, known),
    ),
    ...checkItems(`${field}.config`, devices?.config ?? [], maxConfigs, (at, config) => [
      ...checkSource(`${at}.source`, config.source),
      ...checkRequestNames(`${at}.requests`, config.requests ?? [], known),
      ...checkConfiguration(at, config),
    ]),
  ];
}

function checkResult(field: string, result: Result, known: ReadonlySet<string>): FieldError[] {
  return [
    ...checkRequestName(`${field}.request`, result.request ?? '', known),
    ...checkDevice(field, result),
    ...checkBindingConditions(field, result),
    ...checkShareId(`${field}.shareID`, result.shareID),
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

function checkShareId(field: string, id: string | undefined): FieldError[] {
  if (id === undefined || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return [];
  const text =
    'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';
  return [invalid(field, id, text)];
}

function checkDeviceStatus(
  field: string,
  device: DeviceStatus,
  allocated: ReadonlySet<string>,
): FieldError[] {
  const { conditions = [], networkData } = device;
  const id = deviceId(device);
  const at = `${field}.conditions`;
  return [
    ...checkDevice(field, device),
    ...checkShareId(`${field}.shareID`, device.shareID),
    ...(allocated.has(id) ? [] : [invalid(field, id, 'must be an allocated device in the claim')]),
    ...(conditions.length > maxConditions ? [tooMany(at, conditions.length, maxConditions)] : []),
    ...checkConditions(at, conditions),
    ...(device.data === undefined ? [] : checkRaw(`${field}.data`, device.data)),
    ...(networkData ? checkNetwork(`${field}.networkData`, networkData) : []),
  ];
}

function checkNetwork(
  field: string,
  { interfaceName = '', hardwareAddress = '', ips = [] }: NetworkData,
): FieldError[] {
  const errors: FieldError[] = [];
  if (utf8Length(interfaceName) > maxInterfaceBytes) {
    errors.push(tooLong(`${field}.interfaceName`, maxInterfaceBytes));
  }
  if (utf8Length(hardwareAddress) > maxHardwareBytes) {
    errors.push(tooLong(`${field}.hardwareAddress`, maxHardwareBytes));
  }
  return [
    ...errors,
    ...checkSet(`${field}.ips`, ips, { max: maxIps, keyOf: (ip) => ip, check: checkInterfaceAddress }),
  ];
}

/** An address and the size of its network, as in `ip addr`; bits beyond the prefix are the address's own. */
function checkInterfaceAddress(field: string, text: string): FieldError[] {
  const cidr = parseCidr(text);
  if (!cidr) {
    const complaint = 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)';
    return [invalid(field, text, complaint)];
  }
  const canonical = `${ipText(cidr.bytes)}/${cidr.bits}`;
  if (text === canonical) return [];
  return [invalid(field, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}
