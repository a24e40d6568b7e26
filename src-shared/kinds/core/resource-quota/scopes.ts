import type { Unchecked } from '../../../lib/types.ts';
import type { AnyKind } from '../../define.ts';
import type { PersistentVolumeClaim, Pod, ResourceQuota } from '../../wire.ts';
import { qosClass } from '../pod/pod-resources.ts';

type Requirement = Unchecked<
  NonNullable<NonNullable<NonNullable<ResourceQuota['spec']>['scopeSelector']>['matchExpressions']>[number]
>;

/**
 * Whether a quota is about the object. Scopes narrow it to some pods, or claims; with any scope it is about nothing
 * else. Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes.
 */
export function matchesScopes(
  { spec }: Unchecked<ResourceQuota>,
  kind: Pick<AnyKind, 'group' | 'plural'>,
  object: Unchecked<object>,
): boolean {
  const requirements: readonly Requirement[] = [
    ...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
  if (requirements.length === 0) return true;
  if (kind.group !== '') return false;
  if (kind.plural === 'pods') return requirements.every((each) => matchesPod(each, object as Unchecked<Pod>));
  if (kind.plural !== 'persistentvolumeclaims') return false;
  return requirements.every((each) => matchesClaim(each, object as Unchecked<PersistentVolumeClaim>));
}

function matchesPod(requirement: Requirement, pod: Unchecked<Pod>): boolean {
  switch (requirement.scopeName) {
    case 'Terminating':
      return (pod.spec?.activeDeadlineSeconds ?? -1) >= 0;
    case 'NotTerminating':
      return pod.spec?.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return qosClass(pod) === 'BestEffort';
    case 'NotBestEffort':
      return qosClass(pod) !== 'BestEffort';
    case 'PriorityClass':
      return matchesValue(requirement, pod.spec?.priorityClassName);
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(pod);
    default:
      return false;
  }
}

function matchesClaim(requirement: Requirement, { spec, status }: Unchecked<PersistentVolumeClaim>): boolean {
  if (requirement.scopeName !== 'VolumeAttributesClass') return false;
  const names = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  const stated = names.filter((name) => name);
  return stated.length === 0
    ? matchesValue(requirement, undefined)
    : stated.some((name) => matchesValue(requirement, name));
}

function matchesValue({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  const isThere = value !== undefined && value !== '';
  switch (operator) {
    case 'Exists':
      return isThere;
    case 'DoesNotExist':
      return !isThere;
    case 'In':
      return isThere && values.includes(value);
    case 'NotIn':
      return !isThere || !values.includes(value);
    default:
      return false;
  }
}

function reachesOtherNamespaces({ spec }: Unchecked<Pod>): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  const terms = [podAffinity, podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm = {} }) => podAffinityTerm,
    ),
  ]);
  return terms.some(
    ({ namespaces, namespaceSelector }) => (namespaces ?? []).length > 0 || namespaceSelector !== undefined,
  );
}
