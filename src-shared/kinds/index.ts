import { mutatingAdmissionPolicyKind } from './admissionregistration/mutating-admission-policy/kind.ts';
import { mutatingAdmissionPolicyBindingKind } from './admissionregistration/mutating-admission-policy-binding/kind.ts';
import { mutatingWebhookConfigurationKind } from './admissionregistration/mutating-webhook-configuration/kind.ts';
import { validatingAdmissionPolicyKind } from './admissionregistration/validating-admission-policy/kind.ts';
import { validatingAdmissionPolicyBindingKind } from './admissionregistration/validating-admission-policy-binding/kind.ts';
import { validatingWebhookConfigurationKind } from './admissionregistration/validating-webhook-configuration/kind.ts';
import { customResourceDefinitionKind } from './apiextensions/custom-resource-definition/kind.ts';
import { apiServiceKind } from './apiregistration/api-service/kind.ts';
import { controllerRevisionKind } from './apps/controller-revision/kind.ts';
import { daemonSetKind } from './apps/daemon-set/kind.ts';
import { deploymentKind } from './apps/deployment/kind.ts';
import { replicaSetKind } from './apps/replica-set/kind.ts';
import { statefulSetKind } from './apps/stateful-set/kind.ts';
import { selfSubjectReviewKind } from './authentication/self-subject-review/kind.ts';
import { tokenReviewKind } from './authentication/token-review/kind.ts';
import { localSubjectAccessReviewKind } from './authorization/local-subject-access-review/kind.ts';
import { selfSubjectAccessReviewKind } from './authorization/self-subject-access-review/kind.ts';
import { selfSubjectRulesReviewKind } from './authorization/self-subject-rules-review/kind.ts';
import { subjectAccessReviewKind } from './authorization/subject-access-review/kind.ts';
import { horizontalPodAutoscalerKind } from './autoscaling/horizontal-pod-autoscaler/kind.ts';
import { horizontalPodAutoscalerV1Kind } from './autoscaling/horizontal-pod-autoscaler-v1/kind.ts';
import { cronJobKind } from './batch/cron-job/kind.ts';
import { jobKind } from './batch/job/kind.ts';
import { certificateSigningRequestKind } from './certificates/certificate-signing-request/kind.ts';
import { leaseKind } from './coordination/lease/kind.ts';
import { bindingKind } from './core/binding/kind.ts';
import { componentStatusKind } from './core/component-status/kind.ts';
import { configMapKind } from './core/config-map/kind.ts';
import { endpointsKind } from './core/endpoints/kind.ts';
import { eventKind } from './core/event/kind.ts';
import { limitRangeKind } from './core/limit-range/kind.ts';
import { namespaceKind } from './core/namespace/kind.ts';
import { nodeKind } from './core/node/kind.ts';
import { persistentVolumeKind } from './core/persistent-volume/kind.ts';
import { persistentVolumeClaimKind } from './core/persistent-volume-claim/kind.ts';
import { podKind } from './core/pod/kind.ts';
import { podTemplateKind } from './core/pod-template/kind.ts';
import { replicationControllerKind } from './core/replication-controller/kind.ts';
import { resourceQuotaKind } from './core/resource-quota/kind.ts';
import { secretKind } from './core/secret/kind.ts';
import { serviceKind } from './core/service/kind.ts';
import { serviceAccountKind } from './core/service-account/kind.ts';
import type { AnyKind } from './define.ts';
import { endpointSliceKind } from './discovery/endpoint-slice/kind.ts';
import { eventsEventKind } from './events/event/kind.ts';
import { flowSchemaKind } from './flowcontrol/flow-schema/kind.ts';
import { priorityLevelConfigurationKind } from './flowcontrol/priority-level-configuration/kind.ts';
import { ingressKind } from './networking/ingress/kind.ts';
import { ingressClassKind } from './networking/ingress-class/kind.ts';
import { ipAddressKind } from './networking/ip-address/kind.ts';
import { networkPolicyKind } from './networking/network-policy/kind.ts';
import { serviceCidrKind } from './networking/service-cidr/kind.ts';
import { runtimeClassKind } from './node/runtime-class/kind.ts';
import { podDisruptionBudgetKind } from './policy/pod-disruption-budget/kind.ts';
import { clusterRoleKind } from './rbac/cluster-role/kind.ts';
import { clusterRoleBindingKind } from './rbac/cluster-role-binding/kind.ts';
import { roleKind } from './rbac/role/kind.ts';
import { roleBindingKind } from './rbac/role-binding/kind.ts';
import { deviceClassKind } from './resource/device-class/kind.ts';
import { resourceClaimKind } from './resource/resource-claim/kind.ts';
import { resourceClaimTemplateKind } from './resource/resource-claim-template/kind.ts';
import { resourceSliceKind } from './resource/resource-slice/kind.ts';
import { priorityClassKind } from './scheduling/priority-class/kind.ts';
import { csiDriverKind } from './storage/csi-driver/kind.ts';
import { csiNodeKind } from './storage/csi-node/kind.ts';
import { csiStorageCapacityKind } from './storage/csi-storage-capacity/kind.ts';
import { storageClassKind } from './storage/storage-class/kind.ts';
import { volumeAttachmentKind } from './storage/volume-attachment/kind.ts';
import { volumeAttributesClassKind } from './storage/volume-attributes-class/kind.ts';

/** Every built-in kind, in the order in which discovery and the side bar name them. A new kind is one line here. */
export const kinds: readonly AnyKind[] = [
  namespaceKind,
  nodeKind,
  podKind,
  replicationControllerKind,
  podTemplateKind,
  serviceKind,
  endpointsKind,
  configMapKind,
  secretKind,
  serviceAccountKind,
  limitRangeKind,
  resourceQuotaKind,
  componentStatusKind,
  bindingKind,
  eventKind,
  persistentVolumeKind,
  persistentVolumeClaimKind,
  deploymentKind,
  replicaSetKind,
  daemonSetKind,
  statefulSetKind,
  controllerRevisionKind,
  jobKind,
  cronJobKind,
  horizontalPodAutoscalerKind,
  horizontalPodAutoscalerV1Kind,
  podDisruptionBudgetKind,
  endpointSliceKind,
  leaseKind,
  customResourceDefinitionKind,
  eventsEventKind,
  ingressKind,
  ingressClassKind,
  networkPolicyKind,
  ipAddressKind,
  serviceCidrKind,
  storageClassKind,
  volumeAttachmentKind,
  csiDriverKind,
  csiNodeKind,
  csiStorageCapacityKind,
  volumeAttributesClassKind,
  roleKind,
  roleBindingKind,
  clusterRoleKind,
  clusterRoleBindingKind,
  certificateSigningRequestKind,
  priorityClassKind,
  runtimeClassKind,
  flowSchemaKind,
  priorityLevelConfigurationKind,
  validatingWebhookConfigurationKind,
  mutatingWebhookConfigurationKind,
  validatingAdmissionPolicyKind,
  validatingAdmissionPolicyBindingKind,
  mutatingAdmissionPolicyKind,
  mutatingAdmissionPolicyBindingKind,
  apiServiceKind,
  resourceClaimKind,
  resourceClaimTemplateKind,
  deviceClassKind,
  resourceSliceKind,
  tokenReviewKind,
  selfSubjectReviewKind,
  subjectAccessReviewKind,
  localSubjectAccessReviewKind,
  selfSubjectAccessReviewKind,
  selfSubjectRulesReviewKind,
];

const byGvk = new Map(kinds.map((kind) => [`${kind.group}/${kind.version}/${kind.kind}`, kind]));
const byResource = new Map(kinds.map((kind) => [`${kind.group}/${kind.version}/${kind.plural}`, kind]));

/** The built-in kind of that name, e.g. `{ group: 'apps', version: 'v1', kind: 'Deployment' }`. */
export function kindByGvk(gvk: { group: string; version: string; kind: string }): AnyKind | undefined {
  return byGvk.get(`${gvk.group}/${gvk.version}/${gvk.kind}`);
}

/** The built-in kind served under that path, e.g. `{ group: 'apps', version: 'v1', plural: 'deployments' }`. */
export function kindByResource(resource: {
  group: string;
  version: string;
  plural: string;
}): AnyKind | undefined {
  return byResource.get(`${resource.group}/${resource.version}/${resource.plural}`);
}
