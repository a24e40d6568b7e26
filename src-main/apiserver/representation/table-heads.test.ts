import { collectionPath } from '@shared/client/client.ts';
import { nameOf } from '@shared/kinds/examples.test-fixture.ts';
import { kinds } from '@shared/kinds/index.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';

/**
 * What stands above the columns of `kubectl get`, in the server's order; `*`: with `-o wide` only.
 * Source: Kubernetes, pkg/printers/internalversion; for definitions and API services their own servers.
 */
const heads: Readonly<Record<string, string>> = {
  'v1/ComponentStatus': 'Name Status Message Error',
  'v1/ConfigMap': 'Name Data Age',
  'v1/Endpoints': 'Name Endpoints Age',
  'v1/Event': 'Last_Seen Type Reason Object Subobject* Source* Message First_Seen* Count* Name*',
  'v1/LimitRange': 'Name Created_At',
  'v1/Namespace': 'Name Status Age',
  'v1/Node':
    'Name Status Roles Age Version Internal-IP* External-IP* OS-Image* Kernel-Version* Container-Runtime*',
  'v1/PersistentVolume':
    'Name Capacity Access_Modes Reclaim_Policy Status Claim StorageClass VolumeAttributesClass Reason Age VolumeMode*',
  'v1/PersistentVolumeClaim':
    'Name Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age VolumeMode*',
  'v1/Pod': 'Name Ready Status Restarts Age IP* Node* Nominated_Node* Readiness_Gates*',
  'v1/PodTemplate': 'Name Containers Images Pod_Labels',
  'v1/ReplicationController': 'Name Desired Current Ready Age Containers* Images* Selector*',
  'v1/ResourceQuota': 'Name Request Limit Age',
  'v1/Secret': 'Name Type Data Age',
  'v1/Service': 'Name Type Cluster-IP External-IP Port(s) Age Selector*',
  'v1/ServiceAccount': 'Name Secrets Age',
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy': 'Name Mutations ParamKind Age',
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding': 'Name PolicyName ParamRef Age',
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': 'Name Webhooks Age',
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy': 'Name Validations ParamKind Age',
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding': 'Name PolicyName ParamRef Age',
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': 'Name Webhooks Age',
  'apiextensions.k8s.io/v1/CustomResourceDefinition': 'Name Created_At',
  'apiregistration.k8s.io/v1/APIService': 'Name Service Available Age',
  'apps/v1/ControllerRevision': 'Name Controller Revision Age',
  'apps/v1/DaemonSet':
    'Name Desired Current Ready Up-to-date Available Node_Selector Age Containers* Images* Selector*',
  'apps/v1/Deployment': 'Name Ready Up-to-date Available Age Containers* Images* Selector*',
  'apps/v1/ReplicaSet': 'Name Desired Current Ready Age Containers* Images* Selector*',
  'apps/v1/StatefulSet': 'Name Ready Age Containers* Images*',
  'autoscaling/v1/HorizontalPodAutoscaler': 'Name Reference Targets MinPods MaxPods Replicas Age',
  'autoscaling/v2/HorizontalPodAutoscaler': 'Name Reference Targets MinPods MaxPods Replicas Age',
  'batch/v1/CronJob': 'Name Schedule Timezone Suspend Active Last_Schedule Age Containers* Images* Selector*',
  'batch/v1/Job': 'Name Status Completions Duration Age Containers* Images* Selector*',
  'certificates.k8s.io/v1/CertificateSigningRequest':
    'Name Age SignerName Requestor RequestedDuration Condition',
  'coordination.k8s.io/v1/Lease': 'Name Holder Age',
  'discovery.k8s.io/v1/EndpointSlice': 'Name AddressType Ports Endpoints Age',
  'events.k8s.io/v1/Event':
    'Last_Seen Type Reason Object Subobject* Source* Message First_Seen* Count* Name*',
  'flowcontrol.apiserver.k8s.io/v1/FlowSchema':
    'Name PriorityLevel MatchingPrecedence DistinguisherMethod Age MissingPL',
  'flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration':
    'Name Type NominalConcurrencyShares Queues HandSize QueueLengthLimit Age',
  'networking.k8s.io/v1/IPAddress': 'Name ParentRef',
  'networking.k8s.io/v1/Ingress': 'Name Class Hosts Address Ports Age',
  'networking.k8s.io/v1/IngressClass': 'Name Controller Parameters Age',
  'networking.k8s.io/v1/NetworkPolicy': 'Name Pod-Selector Age',
  'networking.k8s.io/v1/ServiceCIDR': 'Name CIDRs Age',
  'node.k8s.io/v1/RuntimeClass': 'Name Handler Age',
  'policy/v1/PodDisruptionBudget': 'Name Min_Available Max_Unavailable Allowed_Disruptions Age',
  'rbac.authorization.k8s.io/v1/ClusterRole': 'Name Created_At',
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': 'Name Role Age Users* Groups* ServiceAccounts*',
  'rbac.authorization.k8s.io/v1/Role': 'Name Created_At',
  'rbac.authorization.k8s.io/v1/RoleBinding': 'Name Role Age Users* Groups* ServiceAccounts*',
  'resource.k8s.io/v1/DeviceClass': 'Name Age',
  'resource.k8s.io/v1/ResourceClaim': 'Name State Age',
  'resource.k8s.io/v1/ResourceClaimTemplate': 'Name Age',
  'resource.k8s.io/v1/ResourceSlice': 'Name Node Driver Pool Age',
  'scheduling.k8s.io/v1/PriorityClass': 'Name Value Global-Default Age PreemptionPolicy',
  'storage.k8s.io/v1/CSIDriver':
    'Name AttachRequired PodInfoOnMount StorageCapacity TokenRequests RequiresRepublish Modes Age',
  'storage.k8s.io/v1/CSINode': 'Name Drivers Age',
  'storage.k8s.io/v1/CSIStorageCapacity': 'Name StorageClassName Capacity',
  'storage.k8s.io/v1/StorageClass':
    'Name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age',
  'storage.k8s.io/v1/VolumeAttachment': 'Name Attacher PV Node Attached Age',
  'storage.k8s.io/v1/VolumeAttributesClass': 'Name DriverName Age',
};

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(() => cluster.close());

const listed = kinds.filter(({ verbs }) => verbs.includes('list'));

it.each(listed.map((kind) => [nameOf(kind), kind] as const))('%s', async (name, kind) => {
  const { json } = await callHttps(cluster, {
    path: collectionPath(kind, kind.namespaced ? 'default' : undefined),
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  const columns = json.columnDefinitions as { name: string; priority: number }[];
  const shown = columns.map(
    ({ name: head, priority }) => head.replace(' ', '_') + (priority === 0 ? '' : '*'),
  );
  expect(shown.join(' ')).toBe(heads[name]);
});

it('no kind is forgotten', () => {
  expect(Object.keys(heads).toSorted()).toEqual(listed.map(nameOf).toSorted());
});
