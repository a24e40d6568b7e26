import { invalid } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import { isExtendedResource } from '../../core/pod/resource-validation.ts';
import type { Strategy } from '../../define.ts';
import type { DeviceClass } from '../../wire.ts';
import { checkConfiguration } from '../device-claim-validation.ts';
import { checkSelectors } from '../device-request-validation.ts';
import { checkItems } from '../list-validation.ts';

const maxConfigs = 32;

/** The resource by which containers may ask for devices of the class without a claim. */
function checkExtendedName(field: string, name: string | undefined): FieldError[] {
  if (name === undefined || isExtendedResource(name)) return [];
  return [invalid(field, name, 'must be a valid extended resource name')];
}

export const deviceClassStrategy: Strategy<DeviceClass> = {
  validate: ({ spec }) => [
    ...checkSelectors('spec.selectors', spec?.selectors ?? []),
    ...checkItems('spec.config', spec?.config ?? [], maxConfigs, checkConfiguration),
    ...checkExtendedName('spec.extendedResourceName', spec?.extendedResourceName),
  ],
};
