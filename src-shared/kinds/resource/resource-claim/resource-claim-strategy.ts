import { validateImmutable } from '../../../api/object-meta.ts';
import type { Strategy } from '../../define.ts';
import type { ResourceClaim } from '../../wire.ts';
import { checkDeviceClaim } from '../device-claim-validation.ts';
import { setRequestDefaults } from '../device-request-validation.ts';
import { checkClaimStatus, dropFreedDevices } from './resource-claim-status.ts';

export const resourceClaimStrategy: Strategy<ResourceClaim> = {
  defaults: ({ spec }) => setRequestDefaults(spec?.devices?.requests),
  prepareForStatusUpdate: dropFreedDevices,
  validate: ({ spec }) => checkDeviceClaim('spec.devices', spec?.devices ?? {}),
  validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, 'spec'),
  validateStatusUpdate: (claim, old) => checkClaimStatus('status', claim, old),
};
