import { validateAnnotations, validateImmutable, validateLabels } from '../../../api/object-meta.ts';
import type { Strategy } from '../../define.ts';
import type { ResourceClaimTemplate } from '../../wire.ts';
import { checkDeviceClaim } from '../device-claim-validation.ts';
import { setRequestDefaults } from '../device-request-validation.ts';

export const resourceClaimTemplateStrategy: Strategy<ResourceClaimTemplate> = {
  defaults: ({ spec }) => setRequestDefaults(spec?.spec?.devices?.requests),
  validate: ({ spec }) => [
    ...validateLabels(spec?.metadata?.labels, 'spec.metadata.labels'),
    ...validateAnnotations(spec?.metadata?.annotations, 'spec.metadata.annotations'),
    ...checkDeviceClaim('spec.spec.devices', spec?.spec?.devices ?? {}),
  ],
  validateUpdate: ({ spec }, old) => validateImmutable(spec, old.spec, 'spec'),
};
