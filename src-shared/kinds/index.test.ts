import { describe, expect, it } from 'vitest';
import { builtinSchemas } from '../schema/registry.ts';
import { kindByGvk, kindByResource, kinds } from './index.ts';

describe('the registry of kinds', () => {
  it('finds every kind by its kind and by its resource', () => {
    for (const kind of kinds) {
      expect(kindByGvk(kind)).toBe(kind);
      expect(kindByResource(kind)).toBe(kind);
    }
    expect(kindByGvk({ group: 'apps', version: 'v2', kind: 'Deployment' })).toBeUndefined();
    expect(kindByResource({ group: '', version: 'v1', plural: 'constructor' })).toBeUndefined();
  });

  it.each(kinds.map((kind) => [kind.kind, kind] as const))('has a whole %s', (_name, kind) => {
    expect(builtinSchemas.get(kind.schema)).toBeDefined();
    expect(kind.columns.filter(({ type }) => type === 'name')).toHaveLength(1);
    expect(kind.singular).toBe(kind.kind.toLowerCase());
    expect(kind.view.purpose).toMatch(/^[A-Z].*\.$/);
    const names = kind.columns.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has every kind once, and no short name twice', () => {
    const names = kinds.flatMap(({ group, version, kind, shortNames, conversion }) => [
      `${group}/${version}/${kind}`,
      ...(conversion ? [] : shortNames),
    ]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('says of the kinds what kubectl api-resources prints', () => {
    expect(
      kinds.map(({ plural, shortNames, namespaced, kind }) =>
        [plural, shortNames.join(','), namespaced, kind].join(' '),
      ),
    ).toEqual([
      'namespaces ns false Namespace',
      'nodes no false Node',
      'pods po true Pod',
      'replicationcontrollers rc true ReplicationController',
      'podtemplates  true PodTemplate',
      'services svc true Service',
      'endpoints ep true Endpoints',
      'configmaps cm true ConfigMap',
      'secrets  true Secret',
      'serviceaccounts sa true ServiceAccount',
      'limitranges limits true LimitRange',
      'resourcequotas quota true ResourceQuota',
      'componentstatuses cs false ComponentStatus',
      'bindings  true Binding',
      'events ev true Event',
      'persistentvolumes pv false PersistentVolume',
      'persistentvolumeclaims pvc true PersistentVolumeClaim',
      'deployments deploy true Deployment',
      'replicasets rs true ReplicaSet',
      'daemonsets ds true DaemonSet',
      'statefulsets sts true StatefulSet',
      'controllerrevisions  true ControllerRevision',
      'jobs  true Job',
      'cronjobs cj true CronJob',
      'horizontalpodautoscalers hpa true HorizontalPodAutoscaler',
      'horizontalpodautoscalers hpa true HorizontalPodAutoscaler',
      'poddisruptionbudgets pdb true PodDisruptionBudget',
      'endpointslices  true EndpointSlice',
      'leases  true Lease',
      'customresourcedefinitions crd,crds false CustomResourceDefinition',
      'events ev true Event',
      'ingresses ing true Ingress',
      'ingressclasses  false IngressClass',
      'networkpolicies netpol true NetworkPolicy',
      'ipaddresses ip false IPAddress',
      'servicecidrs  false ServiceCIDR',
      'storageclasses sc false StorageClass',
      'volumeattachments  false VolumeAttachment',
      'csidrivers  false CSIDriver',
      'csinodes  false CSINode',
      'csistoragecapacities  true CSIStorageCapacity',
      'volumeattributesclasses vac false VolumeAttributesClass',
      'roles  true Role',
      'rolebindings  true RoleBinding',
      'clusterroles  false ClusterRole',
      'clusterrolebindings  false ClusterRoleBinding',
      'certificatesigningrequests csr false CertificateSigningRequest',
      'priorityclasses pc false PriorityClass',
      'runtimeclasses  false RuntimeClass',
      'flowschemas  false FlowSchema',
      'prioritylevelconfigurations  false PriorityLevelConfiguration',
      'validatingwebhookconfigurations  false ValidatingWebhookConfiguration',
      'mutatingwebhookconfigurations  false MutatingWebhookConfiguration',
      'validatingadmissionpolicies  false ValidatingAdmissionPolicy',
      'validatingadmissionpolicybindings  false ValidatingAdmissionPolicyBinding',
      'mutatingadmissionpolicies  false MutatingAdmissionPolicy',
      'mutatingadmissionpolicybindings  false MutatingAdmissionPolicyBinding',
      'apiservices  false APIService',
      'resourceclaims  true ResourceClaim',
      'resourceclaimtemplates  true ResourceClaimTemplate',
      'deviceclasses  false DeviceClass',
      'resourceslices  false ResourceSlice',
      'tokenreviews  false TokenReview',
      'selfsubjectreviews  false SelfSubjectReview',
      'subjectaccessreviews  false SubjectAccessReview',
      'localsubjectaccessreviews  true LocalSubjectAccessReview',
      'selfsubjectaccessreviews  false SelfSubjectAccessReview',
      'selfsubjectrulesreviews  false SelfSubjectRulesReview',
    ]);
  });

  it.each(kinds.map((kind) => [kind.kind, kind] as const))('survives an empty %s', (_name, kind) => {
    const empty = kind.kind === 'Event' ? { involvedObject: {} } : {};
    for (const column of kind.columns) expect(() => column.cell(empty, 0)).not.toThrow();
    for (const select of Object.values(kind.selectableFields)) expect(typeof select(empty)).toBe('string');
    const draft = structuredClone(empty);
    kind.strategy.defaults?.(draft);
    kind.strategy.prepareForCreate?.(draft);
    kind.strategy.prepareForUpdate?.(draft, empty);
    expect(() => kind.strategy.validate?.(draft)).not.toThrow();
    expect(() => kind.strategy.validateUpdate?.(draft, empty)).not.toThrow();
    expect(() => kind.strategy.validateStatusUpdate?.(draft, empty)).not.toThrow();
    expect(() => kind.view.health?.(draft)).not.toThrow();
  });
});
