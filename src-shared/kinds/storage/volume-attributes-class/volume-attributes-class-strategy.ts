import { required } from '../../../api/field-errors.ts';
import type { Strategy } from '../../define.ts';
import type { VolumeAttributesClass } from '../../wire.ts';
import { checkParameters, checkProvisioner, checkUnchanged } from '../class-validation.ts';

export const volumeAttributesClassStrategy: Strategy<VolumeAttributesClass> = {
  validate: ({ driverName, parameters = {} }) => [
    ...checkProvisioner('driverName', driverName ?? ''),
    ...checkParameters('parameters', parameters),
    ...(Object.keys(parameters).length === 0
      ? [required('parameters', 'must contain at least one key/value pair')]
      : []),
  ],
  validateUpdate: (now, old) => [
    ...checkUnchanged('driverName', now.driverName, old.driverName),
    ...checkUnchanged('parameters', now.parameters ?? {}, old.parameters ?? {}),
  ],
};
