import { invalid, required, tooLong } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { utf8Length } from '../../../lib/utf8.ts';
import { checkDriverName } from '../../core/persistent-volume/volume-source-validation.ts';
import { checkNodeSelector } from '../../core/pod/affinity-validation.ts';
import type { Strategy } from '../../define.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../../validation.ts';
import type { ResourceSlice } from '../../wire.ts';
import { checkAttributeName, checkItems, checkPoolName, checkUnique } from '../list-validation.ts';

type Spec = NonNullable<Unchecked<ResourceSlice>['spec']>;
type Device = NonNullable<Spec['devices']>[number];
type Attribute = NonNullable<Device['attributes']>[string];

const maxDevices = 128;
const maxProperties = 32;
const maxValueBytes = 64;
const number = '(0|[1-9]\\d*)';
const preRelease = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const build = '[0-9a-zA-Z-]+';
const semverPattern = new RegExp(
  `^${number}\\.${number}\\.${number}(-${preRelease}(\\.${preRelease})*)?(\\+${build}(\\.${build})*)?$`,
);
const places = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;

export const resourceSliceStrategy: Strategy<ResourceSlice> = {
  validate: ({ spec }) => checkSpec('spec', spec ?? {}),
  validateUpdate: ({ spec }, old) => [
    ...validateImmutable(spec?.pool?.name, old.spec?.pool?.name, 'spec.pool.name'),
    ...validateImmutable(spec?.driver, old.spec?.driver, 'spec.driver'),
    ...validateImmutable(spec?.nodeName, old.spec?.nodeName, 'spec.nodeName'),
  ],
};

function checkSpec(field: string, spec: Spec): FieldError[] {
  const devices = spec.devices ?? [];
  return [
    ...checkDriverName(`${field}.driver`, spec.driver ?? ''),
    ...checkPool(`${field}.pool`, spec.pool),
    ...checkPlace(field, spec),
    ...checkItems(`${field}.devices`, devices, maxDevices, checkDevice),
    ...checkUnique(`${field}.devices`, devices, { name: 'name', keyOf: ({ name = '' }) => name }),
  ];
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
  if (nodeSelector) {
    errors.push(...checkNodeSelector(`${field}.nodeSelector`, nodeSelector));
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    if (terms.length !== 1) {
      const at = `${field}.nodeSelector.nodeSelectorTerms`;
      errors.push(invalid(at, terms, 'must have exactly one node selector term'));
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

function checkDevice(field: string, { name, attributes = {}, capacity = {} }: Device): FieldError[] {
  const errors = checkDnsLabel(`${field}.name`, name ?? '');
  for (const [key, attribute] of Object.entries(attributes)) {
    const at = `${field}.attributes[${key}]`;
    errors.push(...checkAttributeName(at, key), ...checkAttribute(at, attribute));
  }
  for (const key of Object.keys(capacity)) {
    errors.push(...checkAttributeName(`${field}.capacity[${key}]`, key));
  }
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count <= maxProperties) return errors;
  const text = `the total number of attributes and capacities must not exceed ${maxProperties}`;
  return [...errors, invalid(field, count, text)];
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
  const text = 'exactly one value must be specified';
  if (values === 0) errors.push(required(field, text));
  if (values > 1) errors.push(invalid(field, attribute, text));
  return errors;
}
