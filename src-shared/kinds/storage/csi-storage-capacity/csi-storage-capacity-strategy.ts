import { validateImmutable, validateLabelSelector } from '../../../api/object-meta.ts';
import type { Strategy } from '../../define.ts';
import { checkDnsSubdomain, checkQuantity } from '../../validation.ts';
import type { CSIStorageCapacity } from '../../wire.ts';

export const csiStorageCapacityStrategy: Strategy<CSIStorageCapacity> = {
  validate: ({ nodeTopology, storageClassName, capacity }) => [
    ...validateLabelSelector(nodeTopology, 'nodeTopology'),
    ...checkDnsSubdomain('storageClassName', storageClassName ?? ''),
    ...(capacity === undefined ? [] : checkQuantity('capacity', capacity)),
  ],
  validateUpdate: (now, old) => [
    ...validateImmutable(now.nodeTopology, old.nodeTopology, 'nodeTopology'),
    ...validateImmutable(now.storageClassName, old.storageClassName, 'storageClassName'),
  ],
};
