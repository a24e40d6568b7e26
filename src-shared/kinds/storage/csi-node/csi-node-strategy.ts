import { duplicate, invalid, required } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { utf8Length } from '../../../lib/utf8.ts';
import { checkDriverName } from '../../core/persistent-volume/volume-source-validation.ts';
import type { Strategy } from '../../define.ts';
import { checkNonNegative, checkQualifiedName } from '../../validation.ts';
import type { CSINode } from '../../wire.ts';

type ReadonlyNode = Unchecked<CSINode>;
type Driver = Unchecked<CSINode['spec']['drivers'][number]>;

const maxNodeIdBytes = 256;

export const csiNodeStrategy: Strategy<CSINode> = {
  validate(node) {
    const drivers = driversOf(node);
    return drivers.flatMap((driver, index) => [
      ...checkDriver(`spec.drivers[${index}]`, driver),
      ...(drivers.findIndex(({ name }) => name === driver.name) < index
        ? [duplicate(`spec.drivers[${index}].name`, driver.name)]
        : []),
      ...checkTopologyKeys(`spec.drivers[${index}]`, driver),
    ]);
  },
  validateUpdate: (node, old) =>
    driversOf(old).flatMap((before) =>
      driversOf(node)
        .filter(({ name }) => name === before.name)
        .flatMap((driver) => validateImmutable(withoutLimits(driver), withoutLimits(before), 'spec.drivers')),
    ),
};

function driversOf({ spec }: ReadonlyNode): readonly Driver[] {
  return spec?.drivers ?? [];
}

/** How many volumes fit may change, for drivers learn it anew. */
function withoutLimits({ allocatable: _, ...driver }: Driver): object {
  return driver;
}

function checkDriver(field: string, { name, nodeID, allocatable }: Driver): FieldError[] {
  const errors = checkDriverName(`${field}.name`, name ?? '');
  if (!nodeID) errors.push(required(`${field}.nodeID`));
  else if (utf8Length(nodeID) > maxNodeIdBytes) {
    errors.push(invalid(`${field}.nodeID`, nodeID, `must be ${maxNodeIdBytes} characters or less`));
  }
  return [...errors, ...checkNonNegative(`${field}.allocatable.count`, allocatable?.count)];
}

function checkTopologyKeys(field: string, { topologyKeys = [] }: Driver): FieldError[] {
  return topologyKeys.flatMap((key, index) => [
    ...(key === '' ? [required(field)] : []),
    ...(topologyKeys.indexOf(key) < index ? [duplicate(field, key)] : []),
    ...checkQualifiedName(field, key),
  ]);
}
