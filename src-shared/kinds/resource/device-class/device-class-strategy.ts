import type { Strategy } from '../../define.ts';
import type { DeviceClass } from '../../wire.ts';
import { checkConfiguration } from '../device-claim-validation.ts';
import { checkSelectors } from '../device-request-validation.ts';
import { checkItems } from '../list-validation.ts';

const maxConfigs = 32;

export const deviceClassStrategy: Strategy<DeviceClass> = {
  validate: ({ spec }) => [
    ...checkSelectors('spec.selectors', spec?.selectors ?? []),
    ...checkItems('spec.config', spec?.config ?? [], maxConfigs, checkConfiguration),
  ],
};
