import { invalid, required } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import { jsonEqual } from '../../../lib/json.ts';
import { rfc3339 } from '../../../lib/time.ts';
import type { Json, Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import { checkDriverName } from '../../core/persistent-volume/volume-source-validation.ts';
import { checkNodeSelector } from '../../core/pod/affinity-validation.ts';
import type { Strategy } from '../../define.ts';
import { checkDnsSubdomain } from '../../validation.ts';
import type { ResourceSlice } from '../../wire.ts';
import { checkPoolName, checkSet } from '../list-validation.ts';
import { checkCounters, checkDevice, type Device } from './device-validation.ts';

type Spec = NonNullable<Unchecked<ResourceSlice>['spec']>;

const maxDevices = 128;
/** With taints or shared counters a device takes more room. */
const maxLargeDevices = 64;
const maxCounterSets = 8;
const places = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;

export const resourceSliceStrategy: Strategy<ResourceSlice> = {
  prepareForCreate(slice) {
    stampTaints(slice, undefined, slice.metadata?.creationTimestamp);
  },
  prepareForUpdate(slice, old, nowMs) {
    stampTaints(slice, old, nowMs === undefined ? undefined : rfc3339(nowMs));
  },
  validate: ({ spec }) => checkSpec('spec', spec ?? {}),
  validateUpdate: ({ spec }, old) => [
    ...validateImmutable(spec?.pool?.name, old.spec?.pool?.name, 'spec.pool.name'),
    ...validateImmutable(spec?.driver, old.spec?.driver, 'spec.driver'),
    ...validateImmutable(spec?.nodeName, old.spec?.nodeName, 'spec.nodeName'),
  ],
};

/** A taint bears the time when it came; one that was there before keeps its own. */
function stampTaints(
  { spec }: UncheckedDraft<ResourceSlice>,
  old: Unchecked<ResourceSlice> | undefined,
  now: string | undefined,
): void {
  for (const { name, taints = [] } of spec?.devices ?? []) {
    const before = old?.spec?.devices?.find((device) => device.name === name)?.taints ?? [];
    for (const taint of taints) {
      if (taint.timeAdded !== undefined) continue;
      const same = before.find(({ timeAdded: _, ...rest }) => jsonEqual(rest as Json, taint as Json));
      const time = same?.timeAdded ?? now;
      if (time !== undefined) taint.timeAdded = time;
    }
  }
}

function checkSpec(field: string, spec: Spec): FieldError[] {
  const { devices, sharedCounters, perDeviceNodeSelection } = spec;
  const both = devices !== undefined && sharedCounters !== undefined;
  const text = 'only one of `sharedCounters` or `devices` is allowed';
  return [
    ...checkDriverName(`${field}.driver`, spec.driver ?? ''),
    ...checkPool(`${field}.pool`, spec.pool),
    ...checkPlace(field, spec),
    ...(both ? [invalid(field, '', text)] : []),
    ...checkSet(`${field}.devices`, devices ?? [], {
      max: (devices ?? []).some(isLarge) ? maxLargeDevices : maxDevices,
      keyOf: ({ name = '' }) => name,
      check: (at, device) => checkDevice(at, device, perDeviceNodeSelection === true),
    }),
    ...checkSet(`${field}.sharedCounters`, sharedCounters ?? [], {
      max: maxCounterSets,
      keyOf: ({ name = '' }) => name,
      check: (at, { name = '', counters = {} }) => checkCounters(at, { nameKey: 'name', name, counters }),
    }),
  ];
}

function isLarge({ taints = [], consumesCounters = [] }: Device): boolean {
  return taints.length + consumesCounters.length > 0;
}

function checkPool(field: string, pool: Spec['pool'] | undefined): FieldError[] {
  const { name = '', resourceSliceCount: count = 0, generation = 0 } = pool ?? {};
  const errors = checkPoolName(`${field}.name`, name);
  if (count <= 0) errors.push(invalid(`${field}.resourceSliceCount`, count, 'must be greater than zero'));
  if (generation < 0) {
    errors.push(invalid(`${field}.generation`, generation, 'must be greater than or equal to zero'));
  }
  return errors;
}

/** Where the devices are: said in one way. */
function checkPlace(field: string, spec: Spec): FieldError[] {
  const { nodeName, nodeSelector } = spec;
  const errors = nodeName ? checkDnsSubdomain(`${field}.nodeName`, nodeName) : [];
  if (nodeName === '') {
    const text = 'must be either unset or set to a non-empty string';
    errors.push(invalid(`${field}.nodeName`, nodeName, text));
  }
  if (nodeSelector) {
    errors.push(...checkNodeSelector(`${field}.nodeSelector`, nodeSelector));
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    if (terms.length !== 1) {
      const at = `${field}.nodeSelector.nodeSelectorTerms`;
      errors.push(invalid(at, terms, 'must have exactly one node selector term'));
    }
  }
  for (const key of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (spec[key] === false) {
      errors.push(invalid(`${field}.${key}`, false, 'must be either unset or set to true'));
    }
  }
  const used = places.filter((place) => spec[place]).map((place) => `\`${place}\``);
  const text = `exactly one of ${places.map((place) => `\`${place}\``).join(', ')} is required`;
  if (used.length === 0) errors.push(required(field, text));
  if (used.length > 1) {
    errors.push(invalid(field, `{${used.join(', ')}}`, `${text}, but multiple fields are set`));
  }
  return errors;
}
