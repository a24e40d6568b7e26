import { invalid, notSupported, required, tooLong } from '../../../api/field-errors.ts';
import { labelValueErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { utf8Length } from '../../../lib/utf8.ts';
import { checkNodeSelector } from '../../core/pod/affinity-validation.ts';
import { checkDnsLabel, checkDnsSubdomain, checkQualifiedName, invalidEach } from '../../validation.ts';
import type { ResourceSlice } from '../../wire.ts';
import { checkBindingConditions } from '../binding-conditions.ts';
import { checkAttributeName, checkEntries, checkItems, checkSet } from '../list-validation.ts';
import { checkCapacity } from './capacity-validation.ts';

/** A device as a slice lists it. */
export type Device = NonNullable<NonNullable<Unchecked<ResourceSlice>['spec']>['devices']>[number];
type Attribute = NonNullable<Device['attributes']>[string];
type Taint = NonNullable<Device['taints']>[number];
type Consumption = NonNullable<Device['consumesCounters']>[number];

const maxProperties = 32;
const maxValueBytes = 64;
const maxTaints = 16;
const maxConsumptions = 2;
const maxCounters = 32;
const taintEffects = ['NoExecute', 'NoSchedule', 'None'];
const number = '(0|[1-9]\\d*)';
const preRelease = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const build = '[0-9a-zA-Z-]+';
const semverPattern = new RegExp(
  `^${number}\\.${number}\\.${number}(-${preRelease}(\\.${preRelease})*)?(\\+${build}(\\.${build})*)?$`,
);

/** One device; `choosesNodes` when each device of the slice says for itself where it is. */
export function checkDevice(field: string, device: Device, choosesNodes: boolean): FieldError[] {
  const { name = '', attributes = {}, capacity = {}, taints = [], consumesCounters = [] } = device;
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  const text = `the total number of attributes and capacities must not exceed ${maxProperties}`;
  const isShared = device.allowMultipleAllocations === true;
  return [
    ...checkDnsLabel(`${field}.name`, name),
    ...(count > maxProperties ? [invalid(field, count, text)] : []),
    ...checkEntries(`${field}.attributes`, attributes, {
      check: (at, key, attribute) => [...checkAttributeName(at, key), ...checkAttribute(at, attribute)],
    }),
    ...checkEntries(`${field}.capacity`, capacity, {
      check: (at, key, amount) => [...checkAttributeName(at, key), ...checkCapacity(at, amount, isShared)],
    }),
    ...checkItems(`${field}.taints`, taints, maxTaints, checkTaint),
    ...checkSet(`${field}.consumesCounters`, consumesCounters, {
      max: maxConsumptions,
      keyOf: ({ counterSet = '' }) => counterSet,
      check: checkConsumption,
    }),
    ...checkNodes(field, device, choosesNodes),
    ...checkBindingConditions(field, device),
  ];
}

function checkAttribute(field: string, attribute: Attribute): FieldError[] {
  const { string, version } = attribute;
  const errors: FieldError[] = [];
  if (string !== undefined && utf8Length(string) > maxValueBytes) {
    errors.push(tooLong(`${field}.string`, maxValueBytes));
  }
  if (version !== undefined && !semverPattern.test(version)) {
    const text = 'must be a string compatible with semver.org spec 2.0.0';
    errors.push(invalid(`${field}.version`, version, text));
  }
  if (version !== undefined && utf8Length(version) > maxValueBytes) {
    errors.push(tooLong(`${field}.version`, maxValueBytes));
  }
  const values = Object.values(attribute).filter((value) => value !== undefined).length;
  if (values === 1) return errors;
  return [...errors, invalid(field, values === 0 ? '' : attribute, 'exactly one value must be specified')];
}

function checkTaint(field: string, { key = '', value = '', effect = '' }: Taint): FieldError[] {
  const errors = [
    ...checkQualifiedName(`${field}.key`, key),
    ...(value === '' ? [] : invalidEach(`${field}.value`, value, labelValueErrors(value))),
  ];
  const at = `${field}.effect`;
  if (effect === '') return [...errors, required(at)];
  return taintEffects.includes(effect) ? errors : [...errors, notSupported(at, effect, taintEffects)];
}

function checkConsumption(field: string, { counterSet, counters }: Consumption): FieldError[] {
  return checkCounters(field, { nameKey: 'counterSet', name: counterSet ?? '', counters: counters ?? {} });
}

/** Counters by name, of a set or of what a device takes from one. */
export function checkCounters(
  field: string,
  { nameKey, name, counters }: { nameKey: string; name: string; counters: Readonly<Record<string, unknown>> },
): FieldError[] {
  const at = `${field}.${nameKey}`;
  const errors = name === '' ? [required(at)] : checkDnsLabel(at, name);
  if (Object.keys(counters).length === 0) return [...errors, required(`${field}.counters`)];
  const named = checkEntries(`${field}.counters`, counters, {
    max: maxCounters,
    check: (place, key) => checkDnsLabel(place, key),
  });
  return [...errors, ...named];
}

/** Where a device is, when its slice leaves that to the devices. */
function checkNodes(field: string, device: Device, choosesNodes: boolean): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!choosesNodes) {
    if (nodeName === undefined && !nodeSelector && allNodes === undefined) return [];
    const text =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    return [invalid(field, null, text)];
  }
  const errors: FieldError[] = [];
  const used: string[] = [];
  if (nodeName === '') errors.push(invalid(`${field}.nodeName`, nodeName, 'must not be empty'));
  if (nodeName) {
    used.push('`nodeName`');
    errors.push(...checkDnsSubdomain(`${field}.nodeName`, nodeName));
  }
  if (nodeSelector) {
    used.push('`nodeSelector`');
    errors.push(...checkNodeSelector(`${field}.nodeSelector`, nodeSelector));
  }
  if (allNodes === true) used.push('`allNodes`');
  if (allNodes === false) {
    errors.push(invalid(`${field}.allNodes`, allNodes, 'must be either unset or set to true'));
  }
  if (used.length === 1) return errors;
  const text =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  return [
    ...errors,
    used.length === 0 ? required(field, text) : invalid(field, `{${used.join(', ')}}`, text),
  ];
}
