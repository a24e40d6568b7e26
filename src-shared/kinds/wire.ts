import type * as k8s from '@kubernetes/client-node';
import type { KubeObject, ObjectMeta } from '../api/meta.ts';

type FieldName<K> = K extends `_${infer Rest}` ? Rest : K;

/**
 * The official package's type as it travels in JSON: dates are RFC 3339 strings, and the underscore that
 * the package puts before reserved words (`_from`, `_continue`) is gone.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends (infer U)[]
    ? Wire<U>[]
    : T extends object
      ? IsObjectMeta<T> extends true
        ? ObjectMeta
        : { [K in keyof T as FieldName<K>]: Wire<T[K]> }
      : T;

/** Structural assignability will not do: all of ObjectMeta's fields are optional, so a Container would pass. */
type IsObjectMeta<T> = string extends keyof T ? false : 'managedFields' extends keyof T ? true : false;

/** The wire type of a top-level kind. */
export type WireKind<T> = Omit<Wire<T>, 'apiVersion' | 'kind' | 'metadata'> & KubeObject;

export type Namespace = WireKind<k8s.V1Namespace>;
export type Node = WireKind<k8s.V1Node>;
export type Pod = WireKind<k8s.V1Pod>;
export type Deployment = WireKind<k8s.V1Deployment>;
export type ReplicaSet = WireKind<k8s.V1ReplicaSet>;
export type Service = WireKind<k8s.V1Service>;
export type Endpoints = WireKind<k8s.V1Endpoints>;
export type EndpointSlice = WireKind<k8s.V1EndpointSlice>;
export type ConfigMap = WireKind<k8s.V1ConfigMap>;
export type Secret = WireKind<k8s.V1Secret>;
export type ServiceAccount = WireKind<k8s.V1ServiceAccount>;
export type Event = WireKind<k8s.CoreV1Event>;
export type Lease = WireKind<k8s.V1Lease>;
export type PersistentVolume = WireKind<k8s.V1PersistentVolume>;
export type PersistentVolumeClaim = WireKind<k8s.V1PersistentVolumeClaim>;
export type ReplicationController = WireKind<k8s.V1ReplicationController>;
export type PodTemplate = WireKind<k8s.V1PodTemplate>;
export type LimitRange = WireKind<k8s.V1LimitRange>;
export type ResourceQuota = WireKind<k8s.V1ResourceQuota>;
export type ComponentStatus = WireKind<k8s.V1ComponentStatus>;
export type DaemonSet = WireKind<k8s.V1DaemonSet>;
export type StatefulSet = WireKind<k8s.V1StatefulSet>;
export type ControllerRevision = WireKind<k8s.V1ControllerRevision>;
export type Job = WireKind<k8s.V1Job>;
export type CronJob = WireKind<k8s.V1CronJob>;
export type HorizontalPodAutoscaler = WireKind<k8s.V2HorizontalPodAutoscaler>;
/** The first version, seen through the second one. */
export type HorizontalPodAutoscalerV1 = WireKind<k8s.V1HorizontalPodAutoscaler>;
export type PodDisruptionBudget = WireKind<k8s.V1PodDisruptionBudget>;
export type Ingress = WireKind<k8s.V1Ingress>;
export type IngressClass = WireKind<k8s.V1IngressClass>;
export type NetworkPolicy = WireKind<k8s.V1NetworkPolicy>;
export type IPAddress = WireKind<k8s.V1IPAddress>;
export type ServiceCIDR = WireKind<k8s.V1ServiceCIDR>;
export type Role = WireKind<k8s.V1Role>;
export type RoleBinding = WireKind<k8s.V1RoleBinding>;
export type ClusterRole = WireKind<k8s.V1ClusterRole>;
export type ClusterRoleBinding = WireKind<k8s.V1ClusterRoleBinding>;
export type StorageClass = WireKind<k8s.V1StorageClass>;
export type VolumeAttachment = WireKind<k8s.V1VolumeAttachment>;
export type CSIDriver = WireKind<k8s.V1CSIDriver>;
export type CSINode = WireKind<k8s.V1CSINode>;
export type CSIStorageCapacity = WireKind<k8s.V1CSIStorageCapacity>;
export type VolumeAttributesClass = WireKind<k8s.V1VolumeAttributesClass>;
export type PriorityClass = WireKind<k8s.V1PriorityClass>;
export type RuntimeClass = WireKind<k8s.V1RuntimeClass>;
export type CertificateSigningRequest = WireKind<k8s.V1CertificateSigningRequest>;
export type FlowSchema = WireKind<k8s.V1FlowSchema>;
export type PriorityLevelConfiguration = WireKind<k8s.V1PriorityLevelConfiguration>;
export type ValidatingWebhookConfiguration = WireKind<k8s.V1ValidatingWebhookConfiguration>;
export type MutatingWebhookConfiguration = WireKind<k8s.V1MutatingWebhookConfiguration>;
export type ValidatingAdmissionPolicy = WireKind<k8s.V1ValidatingAdmissionPolicy>;
export type ValidatingAdmissionPolicyBinding = WireKind<k8s.V1ValidatingAdmissionPolicyBinding>;
export type MutatingAdmissionPolicy = WireKind<k8s.V1MutatingAdmissionPolicy>;
export type MutatingAdmissionPolicyBinding = WireKind<k8s.V1MutatingAdmissionPolicyBinding>;
export type APIService = WireKind<k8s.V1APIService>;
export type ResourceClaim = WireKind<k8s.ResourceV1ResourceClaim>;
export type ResourceClaimTemplate = WireKind<k8s.V1ResourceClaimTemplate>;
export type DeviceClass = WireKind<k8s.V1DeviceClass>;
export type ResourceSlice = WireKind<k8s.V1ResourceSlice>;
/** Core events, seen through the newer API. */
export type EventsEvent = WireKind<k8s.EventsV1Event>;
export type TokenReview = WireKind<k8s.V1TokenReview>;
export type SelfSubjectReview = WireKind<k8s.V1SelfSubjectReview>;
export type SubjectAccessReview = WireKind<k8s.V1SubjectAccessReview>;
export type LocalSubjectAccessReview = WireKind<k8s.V1LocalSubjectAccessReview>;
export type SelfSubjectAccessReview = WireKind<k8s.V1SelfSubjectAccessReview>;
export type SelfSubjectRulesReview = WireKind<k8s.V1SelfSubjectRulesReview>;
export type Scale = WireKind<k8s.V1Scale>;
export type Binding = WireKind<k8s.V1Binding>;
export type TokenRequest = WireKind<k8s.AuthenticationV1TokenRequest>;
export type Eviction = WireKind<k8s.V1Eviction>;
export type DeleteOptions = Wire<k8s.V1DeleteOptions>;

export type PodSpec = Wire<k8s.V1PodSpec>;
export type PodStatus = Wire<k8s.V1PodStatus>;
export type PodCondition = Wire<k8s.V1PodCondition>;
export type PersistentVolumeClaimSpec = Wire<k8s.V1PersistentVolumeClaimSpec>;
export type JobSpec = Wire<k8s.V1JobSpec>;
export type JobStatus = Wire<k8s.V1JobStatus>;
export type PodTemplateSpec = Wire<k8s.V1PodTemplateSpec>;
export type Container = Wire<k8s.V1Container>;
export type EphemeralContainer = Wire<k8s.V1EphemeralContainer>;
export type ContainerStatus = Wire<k8s.V1ContainerStatus>;
export type ContainerState = Wire<k8s.V1ContainerState>;
export type ResourceRequirements = Wire<k8s.V1ResourceRequirements>;
export type Lifecycle = Wire<k8s.V1Lifecycle>;
export type Probe = Wire<k8s.V1Probe>;
export type Volume = Wire<k8s.V1Volume>;
export type EnvVar = Wire<k8s.V1EnvVar>;
export type Taint = Wire<k8s.V1Taint>;
export type Toleration = Wire<k8s.V1Toleration>;
export type ContainerPort = Wire<k8s.V1ContainerPort>;
export type PodAffinityTerm = Wire<k8s.V1PodAffinityTerm>;
export type WindowsSecurityContextOptions = Wire<k8s.V1WindowsSecurityContextOptions>;
export type Affinity = Wire<k8s.V1Affinity>;
export type NodeSelector = Wire<k8s.V1NodeSelector>;
export type LabelSelector = Wire<k8s.V1LabelSelector>;
export type ServicePort = Wire<k8s.V1ServicePort>;
export type NodeCondition = Wire<k8s.V1NodeCondition>;
export type DeploymentCondition = Wire<k8s.V1DeploymentCondition>;
export type Endpoint = Wire<k8s.V1Endpoint>;
export type EndpointAddress = Wire<k8s.V1EndpointAddress>;
export type EndpointSubset = Wire<k8s.V1EndpointSubset>;
export type CustomResourceDefinition = WireKind<k8s.V1CustomResourceDefinition>;
