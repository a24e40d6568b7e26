import type { PodSecurityConfig } from '@shared/rpc/cluster-config.ts';
import type { Store } from '../../store/store.ts';
import type { AdmissionModule } from './admission.ts';
import { certificateRequests } from './certificate-requests.ts';
import { defaultIngressClass, defaultStorageClass } from './default-classes.ts';
import { defaultTolerationSeconds } from './default-tolerations.ts';
import { deviceSelectors } from './device-selectors.ts';
import { limitRanger } from './limit-ranger/limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction/node-restriction.ts';
import { createPodSecurity } from './pod-security/pod-security.ts';
import { podSecurityOptions } from './pod-security/policy.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { mutatingPolicies } from './policies/mutating-policies.ts';
import { policyExpressions } from './policies/policy-expressions.ts';
import { validatingPolicies } from './policies/validating-policies.ts';
import { priority } from './priority.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { resourceClaims } from './resource-claims.ts';
import { resourceQuota } from './resource-quota/resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { createServiceAllocation } from './service-allocation.ts';
import { persistentVolumeClaimResize, storageObjectInUseProtection } from './storage.ts';
import { mutatingWebhooks } from './webhooks/mutating-webhooks.ts';
import { validatingWebhooks } from './webhooks/validating-webhooks.ts';
import { Webhooks } from './webhooks/webhooks.ts';

/** Every admission module, in the order they run. A new one is one line here. */
export function createAdmissionModules(options: {
  readonly serviceCidr: string;
  readonly store: Store;
  readonly podSecurity?: PodSecurityConfig | undefined;
}): readonly AdmissionModule[] {
  const webhooks = new Webhooks(options.store);
  return [
    namespaceLifecycle,
    serviceAccount,
    nodeRestriction,
    rbacEscalation,
    certificateRequests,
    priority,
    defaultTolerationSeconds,
    defaultStorageClass,
    defaultIngressClass,
    storageObjectInUseProtection,
    persistentVolumeClaimResize,
    runtimeClass,
    deviceSelectors,
    resourceClaims,
    limitRanger,
    createPodSecurity(podSecurityOptions(options.podSecurity)),
    podTopologyLabels,
    policyExpressions,
    mutatingPolicies(options.store),
    mutatingWebhooks(webhooks),
    validatingPolicies(options.store),
    validatingWebhooks(webhooks),
    createServiceAllocation(options.serviceCidr),
    resourceQuota,
  ];
}
