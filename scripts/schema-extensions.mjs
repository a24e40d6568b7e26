/**
 * What Kubernetes' OpenAPI says of types and fields and the npm package (whose class names and field types
 * scripts/build-schemas.mjs reads) leaves out. Facts of Kubernetes 1.36, from the markers in its API types.
 */

/** The types of every GA group, by OpenAPI package: `V1Pod` is `io.k8s.api.core.v1.Pod`. Lists are implied. */
export const types = {
  'io.k8s.api.admissionregistration.v1': `
    ApplyConfiguration AuditAnnotation ExpressionWarning JSONPatch MatchCondition MatchResources
    MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingAdmissionPolicyBindingSpec
    MutatingAdmissionPolicySpec MutatingWebhook MutatingWebhookConfiguration Mutation
    NamedRuleWithOperations ParamKind ParamRef RuleWithOperations ServiceReference TypeChecking
    ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingAdmissionPolicyBindingSpec
    ValidatingAdmissionPolicySpec ValidatingAdmissionPolicyStatus ValidatingWebhook
    ValidatingWebhookConfiguration Validation Variable WebhookClientConfig`,
  'io.k8s.api.apps.v1': `
    ControllerRevision DaemonSet DaemonSetCondition DaemonSetSpec DaemonSetStatus DaemonSetUpdateStrategy
    Deployment DeploymentCondition DeploymentSpec DeploymentStatus DeploymentStrategy ReplicaSet
    ReplicaSetCondition ReplicaSetSpec ReplicaSetStatus RollingUpdateDaemonSet RollingUpdateDeployment
    RollingUpdateStatefulSetStrategy StatefulSet StatefulSetCondition StatefulSetOrdinals
    StatefulSetPersistentVolumeClaimRetentionPolicy StatefulSetSpec StatefulSetStatus
    StatefulSetUpdateStrategy`,
  'io.k8s.api.authentication.v1': `
    BoundObjectReference SelfSubjectReview SelfSubjectReviewStatus TokenRequest TokenRequestSpec
    TokenRequestStatus TokenReview TokenReviewSpec TokenReviewStatus UserInfo`,
  'io.k8s.api.authorization.v1': `
    FieldSelectorAttributes LabelSelectorAttributes LocalSubjectAccessReview NonResourceAttributes
    NonResourceRule ResourceAttributes ResourceRule SelfSubjectAccessReview SelfSubjectAccessReviewSpec
    SelfSubjectRulesReview SelfSubjectRulesReviewSpec SubjectAccessReview SubjectAccessReviewSpec
    SubjectAccessReviewStatus SubjectRulesReviewStatus`,
  'io.k8s.api.autoscaling.v1': `
    CrossVersionObjectReference HorizontalPodAutoscaler HorizontalPodAutoscalerSpec
    HorizontalPodAutoscalerStatus Scale ScaleSpec ScaleStatus`,
  'io.k8s.api.autoscaling.v2': `
    ContainerResourceMetricSource ContainerResourceMetricStatus CrossVersionObjectReference
    ExternalMetricSource ExternalMetricStatus HPAScalingPolicy HPAScalingRules HorizontalPodAutoscaler
    HorizontalPodAutoscalerBehavior HorizontalPodAutoscalerCondition HorizontalPodAutoscalerSpec
    HorizontalPodAutoscalerStatus MetricIdentifier MetricSpec MetricStatus MetricTarget MetricValueStatus
    ObjectMetricSource ObjectMetricStatus PodsMetricSource PodsMetricStatus ResourceMetricSource
    ResourceMetricStatus`,
  'io.k8s.api.batch.v1': `
    CronJob CronJobSpec CronJobStatus Job JobCondition JobSpec JobStatus JobTemplateSpec PodFailurePolicy
    PodFailurePolicyOnExitCodesRequirement PodFailurePolicyOnPodConditionsPattern PodFailurePolicyRule
    SuccessPolicy SuccessPolicyRule UncountedTerminatedPods`,
  'io.k8s.api.certificates.v1': `
    CertificateSigningRequest CertificateSigningRequestCondition CertificateSigningRequestSpec
    CertificateSigningRequestStatus`,
  'io.k8s.api.coordination.v1': `
    Lease LeaseSpec`,
  'io.k8s.api.core.v1': `
    AWSElasticBlockStoreVolumeSource Affinity AppArmorProfile AttachedVolume AzureDiskVolumeSource
    AzureFilePersistentVolumeSource AzureFileVolumeSource Binding CSIPersistentVolumeSource CSIVolumeSource
    Capabilities CephFSPersistentVolumeSource CephFSVolumeSource CinderPersistentVolumeSource
    CinderVolumeSource ClientIPConfig ClusterTrustBundleProjection ComponentCondition ComponentStatus
    ConfigMap ConfigMapEnvSource ConfigMapKeySelector ConfigMapNodeConfigSource ConfigMapProjection
    ConfigMapVolumeSource Container ContainerExtendedResourceRequest ContainerImage ContainerPort
    ContainerResizePolicy ContainerRestartRule ContainerRestartRuleOnExitCodes ContainerState
    ContainerStateRunning ContainerStateTerminated ContainerStateWaiting ContainerStatus ContainerUser
    DaemonEndpoint DownwardAPIProjection DownwardAPIVolumeFile DownwardAPIVolumeSource EmptyDirVolumeSource
    EndpointAddress EndpointPort EndpointSubset Endpoints EnvFromSource EnvVar EnvVarSource
    EphemeralContainer EphemeralVolumeSource Event EventSeries EventSource ExecAction FCVolumeSource
    FileKeySelector FlexPersistentVolumeSource FlexVolumeSource FlockerVolumeSource
    GCEPersistentDiskVolumeSource GRPCAction GitRepoVolumeSource GlusterfsPersistentVolumeSource
    GlusterfsVolumeSource HTTPGetAction HTTPHeader HostAlias HostIP HostPathVolumeSource
    ISCSIPersistentVolumeSource ISCSIVolumeSource ImageVolumeSource ImageVolumeStatus KeyToPath Lifecycle
    LifecycleHandler LimitRange LimitRangeItem LimitRangeSpec LinuxContainerUser LoadBalancerIngress
    LoadBalancerStatus LocalObjectReference LocalVolumeSource ModifyVolumeStatus NFSVolumeSource Namespace
    NamespaceCondition NamespaceSpec NamespaceStatus Node NodeAddress NodeAffinity
    NodeAllocatableResourceClaimStatus NodeCondition NodeConfigSource NodeConfigStatus NodeDaemonEndpoints
    NodeFeatures NodeRuntimeHandler NodeRuntimeHandlerFeatures NodeSelector NodeSelectorRequirement
    NodeSelectorTerm NodeSpec NodeStatus NodeSwapStatus NodeSystemInfo ObjectFieldSelector ObjectReference
    PersistentVolume PersistentVolumeClaim PersistentVolumeClaimCondition PersistentVolumeClaimSpec
    PersistentVolumeClaimStatus PersistentVolumeClaimTemplate PersistentVolumeClaimVolumeSource
    PersistentVolumeSpec PersistentVolumeStatus PhotonPersistentDiskVolumeSource Pod PodAffinity
    PodAffinityTerm PodAntiAffinity PodCertificateProjection PodCondition PodDNSConfig PodDNSConfigOption
    PodExtendedResourceClaimStatus PodIP PodOS PodReadinessGate PodResourceClaim PodResourceClaimStatus
    PodSchedulingGate PodSchedulingGroup PodSecurityContext PodSpec PodStatus PodTemplate PodTemplateSpec
    PortStatus PortworxVolumeSource PreferredSchedulingTerm Probe ProjectedVolumeSource QuobyteVolumeSource
    RBDPersistentVolumeSource RBDVolumeSource ReplicationController ReplicationControllerCondition
    ReplicationControllerSpec ReplicationControllerStatus ResourceClaim ResourceFieldSelector ResourceHealth
    ResourceQuota ResourceQuotaSpec ResourceQuotaStatus ResourceRequirements ResourceStatus SELinuxOptions
    ScaleIOPersistentVolumeSource ScaleIOVolumeSource ScopeSelector ScopedResourceSelectorRequirement
    SeccompProfile Secret SecretEnvSource SecretKeySelector SecretProjection SecretReference
    SecretVolumeSource SecurityContext Service ServiceAccount ServiceAccountTokenProjection ServicePort
    ServiceSpec ServiceStatus SessionAffinityConfig SleepAction StorageOSPersistentVolumeSource
    StorageOSVolumeSource Sysctl TCPSocketAction Taint Toleration TopologySelectorLabelRequirement
    TopologySelectorTerm TopologySpreadConstraint TypedLocalObjectReference TypedObjectReference Volume
    VolumeDevice VolumeMount VolumeMountStatus VolumeNodeAffinity VolumeProjection
    VolumeResourceRequirements VolumeStatus VsphereVirtualDiskVolumeSource WeightedPodAffinityTerm
    WindowsSecurityContextOptions`,
  'io.k8s.api.discovery.v1': `
    Endpoint EndpointConditions EndpointHints EndpointPort EndpointSlice ForNode ForZone`,
  'io.k8s.api.events.v1': `
    Event EventSeries`,
  'io.k8s.api.flowcontrol.v1': `
    ExemptPriorityLevelConfiguration FlowDistinguisherMethod FlowSchema FlowSchemaCondition FlowSchemaSpec
    FlowSchemaStatus GroupSubject LimitResponse LimitedPriorityLevelConfiguration NonResourcePolicyRule
    PolicyRulesWithSubjects PriorityLevelConfiguration PriorityLevelConfigurationCondition
    PriorityLevelConfigurationReference PriorityLevelConfigurationSpec PriorityLevelConfigurationStatus
    QueuingConfiguration ResourcePolicyRule ServiceAccountSubject Subject UserSubject`,
  'io.k8s.api.networking.v1': `
    HTTPIngressPath HTTPIngressRuleValue IPAddress IPAddressSpec IPBlock Ingress IngressBackend IngressClass
    IngressClassParametersReference IngressClassSpec IngressLoadBalancerIngress IngressLoadBalancerStatus
    IngressPortStatus IngressRule IngressServiceBackend IngressSpec IngressStatus IngressTLS NetworkPolicy
    NetworkPolicyEgressRule NetworkPolicyIngressRule NetworkPolicyPeer NetworkPolicyPort NetworkPolicySpec
    ParentReference ServiceBackendPort ServiceCIDR ServiceCIDRSpec ServiceCIDRStatus`,
  'io.k8s.api.node.v1': `
    Overhead RuntimeClass Scheduling`,
  'io.k8s.api.policy.v1': `
    Eviction PodDisruptionBudget PodDisruptionBudgetSpec PodDisruptionBudgetStatus`,
  'io.k8s.api.rbac.v1': `
    AggregationRule ClusterRole ClusterRoleBinding PolicyRule Role RoleBinding RoleRef Subject`,
  'io.k8s.api.resource.v1': `
    AllocatedDeviceStatus AllocationResult CELDeviceSelector CapacityRequestPolicy
    CapacityRequestPolicyRange CapacityRequirements Counter CounterSet Device DeviceAllocationConfiguration
    DeviceAllocationResult DeviceAttribute DeviceCapacity DeviceClaim DeviceClaimConfiguration DeviceClass
    DeviceClassConfiguration DeviceClassSpec DeviceConstraint DeviceCounterConsumption DeviceRequest
    DeviceRequestAllocationResult DeviceSelector DeviceSubRequest DeviceTaint DeviceToleration
    ExactDeviceRequest NetworkDeviceData NodeAllocatableResourceMapping OpaqueDeviceConfiguration ResourceClaim
    ResourceClaimConsumerReference ResourceClaimSpec ResourceClaimStatus ResourceClaimTemplate
    ResourceClaimTemplateSpec ResourcePool ResourceSlice ResourceSliceSpec`,
  'io.k8s.api.scheduling.v1': `
    PriorityClass`,
  'io.k8s.api.storage.v1': `
    CSIDriver CSIDriverSpec CSINode CSINodeDriver CSINodeSpec CSIStorageCapacity StorageClass TokenRequest
    VolumeAttachment VolumeAttachmentSource VolumeAttachmentSpec VolumeAttachmentStatus
    VolumeAttributesClass VolumeError VolumeNodeResources`,
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1': `
    CustomResourceColumnDefinition CustomResourceConversion CustomResourceDefinition
    CustomResourceDefinitionCondition CustomResourceDefinitionNames CustomResourceDefinitionSpec
    CustomResourceDefinitionStatus CustomResourceDefinitionVersion CustomResourceSubresourceScale
    CustomResourceSubresources CustomResourceValidation ExternalDocumentation JSONSchemaProps
    SelectableField ServiceReference ValidationRule WebhookClientConfig WebhookConversion`,
  'io.k8s.apimachinery.pkg.apis.meta.v1': `
    APIGroup APIResource APIVersions Condition DeleteOptions FieldSelectorRequirement
    GroupVersionForDiscovery LabelSelector LabelSelectorRequirement ListMeta ManagedFieldsEntry ObjectMeta
    OwnerReference Preconditions ServerAddressByClientCIDR ShardInfo Status StatusCause StatusDetails`,
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1': `
    APIService APIServiceCondition APIServiceSpec APIServiceStatus ServiceReference`,
};

/**
 * Per type and field, separated by blanks; `*` is the type itself:
 *   map(k1 k2)   x-kubernetes-list-type: map with these list-map-keys      set   a list of unique scalars
 *   atomic       x-kubernetes-map-type: atomic (lists without a word are atomic anyway)
 *   merge(key)   x-kubernetes-patch-strategy: merge with this merge key    merge, replace, retainKeys  likewise
 *   quantity     a resource.Quantity, a map or list of them
 *   enum(A B)    the only values (of the items, for a list)
 */
export const facts = {
  'io.k8s.api.admissionregistration.v1.MatchResources': {
    '*': 'atomic',
    matchPolicy: 'enum(Equivalent Exact)',
  },
  'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec': {
    failurePolicy: 'enum(Fail Ignore)',
    matchConditions: 'map(name) merge(name)',
    reinvocationPolicy: 'enum(IfNeeded Never)',
  },
  'io.k8s.api.admissionregistration.v1.MutatingWebhook': {
    failurePolicy: 'enum(Fail Ignore)',
    matchConditions: 'map(name) merge(name)',
    matchPolicy: 'enum(Equivalent Exact)',
    reinvocationPolicy: 'enum(IfNeeded Never)',
    sideEffects: 'enum(None NoneOnDryRun Some Unknown)',
  },
  'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration': {
    webhooks: 'map(name) merge(name)',
  },
  'io.k8s.api.admissionregistration.v1.Mutation': {
    patchType: 'enum(ApplyConfiguration JSONPatch)',
  },
  'io.k8s.api.admissionregistration.v1.NamedRuleWithOperations': {
    '*': 'atomic',
    operations: 'enum(* CONNECT CREATE DELETE UPDATE)',
  },
  'io.k8s.api.admissionregistration.v1.ParamKind': {
    '*': 'atomic',
  },
  'io.k8s.api.admissionregistration.v1.ParamRef': {
    '*': 'atomic',
  },
  'io.k8s.api.admissionregistration.v1.RuleWithOperations': {
    operations: 'enum(* CONNECT CREATE DELETE UPDATE)',
    scope: 'enum(* Cluster Namespaced)',
  },
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec': {
    validationActions: 'set enum(Audit Deny Warn)',
  },
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec': {
    failurePolicy: 'enum(Fail Ignore)',
    matchConditions: 'map(name) merge(name)',
    variables: 'map(name) merge(name)',
  },
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus': {
    conditions: 'map(type)',
  },
  'io.k8s.api.admissionregistration.v1.ValidatingWebhook': {
    failurePolicy: 'enum(Fail Ignore)',
    matchConditions: 'map(name) merge(name)',
    matchPolicy: 'enum(Equivalent Exact)',
    sideEffects: 'enum(None NoneOnDryRun Some Unknown)',
  },
  'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration': {
    webhooks: 'map(name) merge(name)',
  },
  'io.k8s.api.admissionregistration.v1.Variable': {
    '*': 'atomic',
  },
  'io.k8s.api.apps.v1.DaemonSetStatus': {
    conditions: 'map(type) merge(type)',
  },
  'io.k8s.api.apps.v1.DaemonSetUpdateStrategy': {
    type: 'enum(OnDelete RollingUpdate)',
  },
  'io.k8s.api.apps.v1.DeploymentSpec': {
    strategy: 'retainKeys',
  },
  'io.k8s.api.apps.v1.DeploymentStatus': {
    conditions: 'map(type) merge(type)',
  },
  'io.k8s.api.apps.v1.DeploymentStrategy': {
    type: 'enum(Recreate RollingUpdate)',
  },
  'io.k8s.api.apps.v1.ReplicaSetStatus': {
    conditions: 'map(type) merge(type)',
  },
  'io.k8s.api.apps.v1.StatefulSetSpec': {
    podManagementPolicy: 'enum(OrderedReady Parallel)',
  },
  'io.k8s.api.apps.v1.StatefulSetStatus': {
    conditions: 'map(type) merge(type)',
  },
  'io.k8s.api.apps.v1.StatefulSetUpdateStrategy': {
    type: 'enum(OnDelete RollingUpdate)',
  },
  'io.k8s.api.autoscaling.v1.CrossVersionObjectReference': {
    '*': 'atomic',
  },
  'io.k8s.api.autoscaling.v2.HPAScalingRules': {
    tolerance: 'quantity',
  },
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus': {
    conditions: 'map(type) merge(type)',
  },
  'io.k8s.api.autoscaling.v2.MetricTarget': {
    averageValue: 'quantity',
    value: 'quantity',
  },
  'io.k8s.api.autoscaling.v2.MetricValueStatus': {
    averageValue: 'quantity',
    value: 'quantity',
  },
  'io.k8s.api.batch.v1.CronJobSpec': {
    concurrencyPolicy: 'enum(Allow Forbid Replace)',
  },
  'io.k8s.api.batch.v1.JobSpec': {
    completionMode: 'enum(Indexed NonIndexed)',
    podReplacementPolicy: 'enum(Failed TerminatingOrFailed)',
  },
  'io.k8s.api.batch.v1.JobStatus': {
    conditions: 'merge(type)',
  },
  'io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement': {
    operator: 'enum(In NotIn)',
    values: 'set',
  },
  'io.k8s.api.batch.v1.PodFailurePolicyRule': {
    action: 'enum(Count FailIndex FailJob Ignore)',
  },
  'io.k8s.api.batch.v1.UncountedTerminatedPods': {
    failed: 'set',
    succeeded: 'set',
  },
  'io.k8s.api.certificates.v1.CertificateSigningRequestStatus': {
    conditions: 'map(type)',
  },
  'io.k8s.api.core.v1.AppArmorProfile': {
    type: 'enum(Localhost RuntimeDefault Unconfined)',
  },
  'io.k8s.api.core.v1.AzureDiskVolumeSource': {
    cachingMode: 'enum(None ReadOnly ReadWrite)',
    kind: 'enum(Dedicated Managed Shared)',
  },
  'io.k8s.api.core.v1.ComponentStatus': {
    conditions: 'map(type) merge(type)',
  },
  'io.k8s.api.core.v1.ConfigMapKeySelector': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.Container': {
    env: 'map(name) merge(name)',
    imagePullPolicy: 'enum(Always IfNotPresent Never)',
    ports: 'map(containerPort protocol) merge(containerPort)',
    terminationMessagePolicy: 'enum(FallbackToLogsOnError File)',
    volumeDevices: 'map(devicePath) merge(devicePath)',
    volumeMounts: 'map(mountPath) merge(mountPath)',
  },
  'io.k8s.api.core.v1.ContainerPort': {
    protocol: 'enum(SCTP TCP UDP)',
  },
  'io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes': {
    values: 'set',
  },
  'io.k8s.api.core.v1.ContainerStatus': {
    allocatedResources: 'quantity',
    allocatedResourcesStatus: 'map(name) merge(name)',
    volumeMounts: 'map(mountPath) merge(mountPath)',
  },
  'io.k8s.api.core.v1.EmptyDirVolumeSource': {
    sizeLimit: 'quantity',
  },
  'io.k8s.api.core.v1.EndpointAddress': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.EndpointPort': {
    '*': 'atomic',
    protocol: 'enum(SCTP TCP UDP)',
  },
  'io.k8s.api.core.v1.EphemeralContainer': {
    env: 'map(name) merge(name)',
    imagePullPolicy: 'enum(Always IfNotPresent Never)',
    ports: 'map(containerPort protocol) merge(containerPort)',
    terminationMessagePolicy: 'enum(FallbackToLogsOnError File)',
    volumeDevices: 'map(devicePath) merge(devicePath)',
    volumeMounts: 'map(mountPath) merge(mountPath)',
  },
  'io.k8s.api.core.v1.FileKeySelector': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.HTTPGetAction': {
    scheme: 'enum(HTTP HTTPS)',
  },
  'io.k8s.api.core.v1.HostPathVolumeSource': {
    type: 'enum(BlockDevice CharDevice Directory DirectoryOrCreate File FileOrCreate Socket)',
  },
  'io.k8s.api.core.v1.ImageVolumeSource': {
    pullPolicy: 'enum(Always IfNotPresent Never)',
  },
  'io.k8s.api.core.v1.LimitRangeItem': {
    default: 'quantity',
    defaultRequest: 'quantity',
    max: 'quantity',
    maxLimitRequestRatio: 'quantity',
    min: 'quantity',
  },
  'io.k8s.api.core.v1.LocalObjectReference': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.ModifyVolumeStatus': {
    status: 'enum(InProgress Infeasible Pending)',
  },
  'io.k8s.api.core.v1.NamespaceStatus': {
    conditions: 'map(type) merge(type)',
    phase: 'enum(Active Terminating)',
  },
  'io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus': {
    containers: 'set',
  },
  'io.k8s.api.core.v1.NodeSelector': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.NodeSelectorRequirement': {
    operator: 'enum(DoesNotExist Exists Gt In Lt NotIn)',
  },
  'io.k8s.api.core.v1.NodeSelectorTerm': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.NodeSpec': {
    podCIDRs: 'set merge',
  },
  'io.k8s.api.core.v1.NodeStatus': {
    addresses: 'map(type) merge(type)',
    allocatable: 'quantity',
    capacity: 'quantity',
    conditions: 'map(type) merge(type)',
    phase: 'enum(Pending Running Terminated)',
  },
  'io.k8s.api.core.v1.ObjectFieldSelector': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.ObjectReference': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.PersistentVolumeClaimSpec': {
    accessModes: 'enum(ReadOnlyMany ReadWriteMany ReadWriteOnce ReadWriteOncePod)',
    volumeMode: 'enum(Block Filesystem)',
  },
  'io.k8s.api.core.v1.PersistentVolumeClaimStatus': {
    accessModes: 'enum(ReadOnlyMany ReadWriteMany ReadWriteOnce ReadWriteOncePod)',
    allocatedResources: 'quantity',
    capacity: 'quantity',
    conditions: 'map(type) merge(type)',
    phase: 'enum(Bound Lost Pending)',
  },
  'io.k8s.api.core.v1.PersistentVolumeSpec': {
    accessModes: 'enum(ReadOnlyMany ReadWriteMany ReadWriteOnce ReadWriteOncePod)',
    capacity: 'quantity',
    persistentVolumeReclaimPolicy: 'enum(Delete Recycle Retain)',
    volumeMode: 'enum(Block Filesystem)',
  },
  'io.k8s.api.core.v1.PersistentVolumeStatus': {
    phase: 'enum(Available Bound Failed Pending Released)',
  },
  'io.k8s.api.core.v1.PodSecurityContext': {
    fsGroupChangePolicy: 'enum(Always OnRootMismatch)',
    supplementalGroupsPolicy: 'enum(Merge Strict)',
  },
  'io.k8s.api.core.v1.PodSpec': {
    containers: 'map(name) merge(name)',
    dnsPolicy: 'enum(ClusterFirst ClusterFirstWithHostNet Default None)',
    ephemeralContainers: 'map(name) merge(name)',
    hostAliases: 'map(ip) merge(ip)',
    imagePullSecrets: 'map(name) merge(name)',
    initContainers: 'map(name) merge(name)',
    nodeSelector: 'atomic',
    overhead: 'quantity',
    preemptionPolicy: 'enum(Never PreemptLowerPriority)',
    resourceClaims: 'map(name) merge(name) retainKeys',
    restartPolicy: 'enum(Always Never OnFailure)',
    schedulingGates: 'map(name) merge(name)',
    topologySpreadConstraints: 'map(topologyKey whenUnsatisfiable) merge(topologyKey)',
    volumes: 'map(name) merge(name) retainKeys',
  },
  'io.k8s.api.core.v1.PodStatus': {
    allocatedResources: 'quantity',
    conditions: 'map(type) merge(type)',
    hostIPs: 'merge(ip)',
    nodeAllocatableResourceClaimStatuses: 'map(resourceClaimName) merge(resourceClaimName)',
    phase: 'enum(Failed Pending Running Succeeded Unknown)',
    podIPs: 'map(ip) merge(ip)',
    qosClass: 'enum(BestEffort Burstable Guaranteed)',
    resourceClaimStatuses: 'map(name) merge(name) retainKeys',
  },
  'io.k8s.api.core.v1.PortStatus': {
    protocol: 'enum(SCTP TCP UDP)',
  },
  'io.k8s.api.core.v1.ReplicationControllerSpec': {
    selector: 'atomic',
  },
  'io.k8s.api.core.v1.ReplicationControllerStatus': {
    conditions: 'map(type) merge(type)',
  },
  'io.k8s.api.core.v1.ResourceFieldSelector': {
    '*': 'atomic',
    divisor: 'quantity',
  },
  'io.k8s.api.core.v1.ResourceQuotaSpec': {
    hard: 'quantity',
    scopes:
      'enum(BestEffort CrossNamespacePodAffinity NotBestEffort NotTerminating PriorityClass Terminating VolumeAttributesClass)',
  },
  'io.k8s.api.core.v1.ResourceQuotaStatus': {
    hard: 'quantity',
    used: 'quantity',
  },
  'io.k8s.api.core.v1.ResourceRequirements': {
    claims: 'map(name)',
    limits: 'quantity',
    requests: 'quantity',
  },
  'io.k8s.api.core.v1.ResourceStatus': {
    resources: 'map(resourceID)',
  },
  'io.k8s.api.core.v1.ScopeSelector': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.ScopedResourceSelectorRequirement': {
    operator: 'enum(DoesNotExist Exists In NotIn)',
    scopeName:
      'enum(BestEffort CrossNamespacePodAffinity NotBestEffort NotTerminating PriorityClass Terminating VolumeAttributesClass)',
  },
  'io.k8s.api.core.v1.SeccompProfile': {
    type: 'enum(Localhost RuntimeDefault Unconfined)',
  },
  'io.k8s.api.core.v1.SecretKeySelector': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.SecretReference': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.SecurityContext': {
    procMount: 'enum(Default Unmasked)',
  },
  'io.k8s.api.core.v1.ServiceAccount': {
    secrets: 'map(name) merge(name)',
  },
  'io.k8s.api.core.v1.ServicePort': {
    protocol: 'enum(SCTP TCP UDP)',
  },
  'io.k8s.api.core.v1.ServiceSpec': {
    externalTrafficPolicy: 'enum(Cluster Local)',
    internalTrafficPolicy: 'enum(Cluster Local)',
    ipFamilies: 'enum(IPv4 IPv6)',
    ipFamilyPolicy: 'enum(PreferDualStack RequireDualStack SingleStack)',
    ports: 'map(port protocol) merge(port)',
    selector: 'atomic',
    sessionAffinity: 'enum(ClientIP None)',
    type: 'enum(ClusterIP ExternalName LoadBalancer NodePort)',
  },
  'io.k8s.api.core.v1.ServiceStatus': {
    conditions: 'map(type) merge(type)',
  },
  'io.k8s.api.core.v1.Taint': {
    effect: 'enum(NoExecute NoSchedule PreferNoSchedule)',
  },
  'io.k8s.api.core.v1.Toleration': {
    effect: 'enum(NoExecute NoSchedule PreferNoSchedule)',
    operator: 'enum(Equal Exists Gt Lt)',
  },
  'io.k8s.api.core.v1.TopologySelectorTerm': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.TopologySpreadConstraint': {
    nodeAffinityPolicy: 'enum(Honor Ignore)',
    nodeTaintsPolicy: 'enum(Honor Ignore)',
    whenUnsatisfiable: 'enum(DoNotSchedule ScheduleAnyway)',
  },
  'io.k8s.api.core.v1.TypedLocalObjectReference': {
    '*': 'atomic',
  },
  'io.k8s.api.core.v1.VolumeMount': {
    mountPropagation: 'enum(Bidirectional HostToContainer None)',
  },
  'io.k8s.api.core.v1.VolumeResourceRequirements': {
    limits: 'quantity',
    requests: 'quantity',
  },
  'io.k8s.api.discovery.v1.Endpoint': {
    addresses: 'set',
  },
  'io.k8s.api.discovery.v1.EndpointPort': {
    '*': 'atomic',
    protocol: 'enum(SCTP TCP UDP)',
  },
  'io.k8s.api.discovery.v1.EndpointSlice': {
    addressType: 'enum(FQDN IPv4 IPv6)',
  },
  'io.k8s.api.flowcontrol.v1.FlowSchemaStatus': {
    conditions: 'map(type) merge(type)',
  },
  'io.k8s.api.flowcontrol.v1.NonResourcePolicyRule': {
    nonResourceURLs: 'set',
    verbs: 'set',
  },
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus': {
    conditions: 'map(type) merge(type)',
  },
  'io.k8s.api.flowcontrol.v1.ResourcePolicyRule': {
    apiGroups: 'set',
    namespaces: 'set',
    resources: 'set',
    verbs: 'set',
  },
  'io.k8s.api.networking.v1.HTTPIngressPath': {
    pathType: 'enum(Exact ImplementationSpecific Prefix)',
  },
  'io.k8s.api.networking.v1.IngressPortStatus': {
    protocol: 'enum(SCTP TCP UDP)',
  },
  'io.k8s.api.networking.v1.NetworkPolicyPort': {
    protocol: 'enum(SCTP TCP UDP)',
  },
  'io.k8s.api.networking.v1.NetworkPolicySpec': {
    policyTypes: 'enum(Egress Ingress)',
  },
  'io.k8s.api.networking.v1.ServiceBackendPort': {
    '*': 'atomic',
  },
  'io.k8s.api.networking.v1.ServiceCIDRStatus': {
    conditions: 'map(type) merge(type)',
  },
  'io.k8s.api.node.v1.Overhead': {
    podFixed: 'quantity',
  },
  'io.k8s.api.node.v1.Scheduling': {
    nodeSelector: 'atomic',
  },
  'io.k8s.api.policy.v1.PodDisruptionBudgetSpec': {
    selector: 'replace',
    unhealthyPodEvictionPolicy: 'enum(AlwaysAllow IfHealthyBudget)',
  },
  'io.k8s.api.policy.v1.PodDisruptionBudgetStatus': {
    conditions: 'map(type) merge(type)',
  },
  'io.k8s.api.rbac.v1.RoleRef': {
    '*': 'atomic',
  },
  'io.k8s.api.rbac.v1.Subject': {
    '*': 'atomic',
  },
  'io.k8s.api.resource.v1.AllocatedDeviceStatus': {
    conditions: 'map(type)',
  },
  'io.k8s.api.resource.v1.CapacityRequestPolicy': {
    default: 'quantity',
    validValues: 'quantity',
  },
  'io.k8s.api.resource.v1.CapacityRequestPolicyRange': {
    max: 'quantity',
    min: 'quantity',
    step: 'quantity',
  },
  'io.k8s.api.resource.v1.CapacityRequirements': {
    requests: 'quantity',
  },
  'io.k8s.api.resource.v1.Counter': {
    value: 'quantity',
  },
  'io.k8s.api.resource.v1.DeviceAllocationConfiguration': {
    source: 'enum(FromClaim FromClass)',
  },
  'io.k8s.api.resource.v1.DeviceCapacity': {
    value: 'quantity',
  },
  'io.k8s.api.resource.v1.DeviceRequestAllocationResult': {
    consumedCapacity: 'quantity',
  },
  'io.k8s.api.resource.v1.DeviceSubRequest': {
    allocationMode: 'enum(All ExactCount)',
  },
  'io.k8s.api.resource.v1.DeviceTaint': {
    effect: 'enum(NoExecute NoSchedule None)',
  },
  'io.k8s.api.resource.v1.DeviceToleration': {
    effect: 'enum(NoExecute NoSchedule None)',
    operator: 'enum(Equal Exists)',
  },
  'io.k8s.api.resource.v1.ExactDeviceRequest': {
    allocationMode: 'enum(All ExactCount)',
  },
  'io.k8s.api.resource.v1.NodeAllocatableResourceMapping': {
    allocationMultiplier: 'quantity',
  },
  'io.k8s.api.resource.v1.ResourceClaimStatus': {
    devices: 'map(driver device pool shareID)',
    reservedFor: 'map(uid) merge(uid)',
  },
  'io.k8s.api.storage.v1.CSIDriverSpec': {
    volumeLifecycleModes: 'set',
  },
  'io.k8s.api.storage.v1.CSINodeSpec': {
    drivers: 'map(name) merge(name)',
  },
  'io.k8s.api.storage.v1.CSIStorageCapacity': {
    capacity: 'quantity',
    maximumVolumeSize: 'quantity',
  },
  'io.k8s.api.storage.v1.StorageClass': {
    volumeBindingMode: 'enum(Immediate WaitForFirstConsumer)',
  },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus': {
    conditions: 'map(type)',
  },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps': {
    'x-kubernetes-validations': 'map(rule) merge(rule)',
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector': {
    '*': 'atomic',
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': {
    finalizers: 'set merge',
    ownerReferences: 'map(uid) merge(uid)',
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference': {
    '*': 'atomic',
  },
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus': {
    conditions: 'map(type) merge(type)',
  },
};
