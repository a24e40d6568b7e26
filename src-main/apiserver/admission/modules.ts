import type { AdmissionModule } from './admission.ts';
import { defaultTolerationSeconds } from './default-tolerations.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { serviceAccount } from './service-account.ts';
import { createServiceAllocation } from './service-allocation.ts';

/** Every admission module, in the order they run. A new one is one line here. */
export function createAdmissionModules(options: {
  readonly serviceCidr: string;
}): readonly AdmissionModule[] {
  return [
    namespaceLifecycle,
    serviceAccount,
    nodeRestriction,
    rbacEscalation,
    defaultTolerationSeconds,
    createServiceAllocation(options.serviceCidr),
  ];
}
