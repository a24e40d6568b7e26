import { forbidden, immutable, invalid } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkIp, isDualStack } from '../../ip-address.ts';
import { checkDnsSubdomain, checkQualifiedName } from '../../validation.ts';
import type { ContainerStatus, Pod, PodCondition } from '../../wire.ts';
import { isSidecar, restartsAll, startsAgain } from './pod-containers.ts';
import { checkExtendedResourceClaim, checkResourceClaimStatuses } from './resource-claim-validation.ts';

type ReadonlyPod = Unchecked<Pod>;
type Statuses = readonly Unchecked<ContainerStatus>[];

/** What a change through `/status` may not do. */
export function validatePodStatusUpdate(pod: ReadonlyPod, old: ReadonlyPod): FieldError[] {
  const status = pod.status ?? {};
  const nominated = status.nominatedNodeName ?? '';
  const newlyNominated = nominated !== '' && nominated !== (old.status?.nominatedNodeName ?? '');
  const qos = (status.qosClass ?? '') === (old.status?.qosClass ?? '');
  return [
    ...checkConditions('status.conditions', status.conditions ?? []),
    ...(newlyNominated ? checkNomination(nominated, old) : []),
    ...checkGeneration('status.observedGeneration', status.observedGeneration),
    ...(qos ? [] : [immutable('status.qosClass', status.qosClass ?? '')]),
    ...checkTransitions(pod, old),
    ...checkResourceClaimStatuses(
      'status.resourceClaimStatuses',
      status.resourceClaimStatuses ?? [],
      pod.spec,
    ),
    ...checkExtendedResourceClaim('status.extendedResourceClaimStatus', pod),
    ...checkIps('status.podIPs', status.podIPs ?? []),
    ...checkHostIp(pod),
    ...checkIps('status.hostIPs', status.hostIPs ?? []),
  ];
}

function checkNomination(name: string, old: ReadonlyPod): FieldError[] {
  const field = 'status.nominatedNodeName';
  const errors = checkDnsSubdomain(field, name);
  if (!old.spec?.nodeName) return errors;
  return [...errors, forbidden(field, 'may not be set on pods that are already bound to a node')];
}

function checkConditions(field: string, conditions: readonly Unchecked<PodCondition>[]): FieldError[] {
  return conditions.flatMap(({ type, observedGeneration }, index) => [
    ...checkGeneration(`${field}[${index}].observedGeneration`, observedGeneration),
    ...checkQualifiedName(`${field}[${index}].Type`, type),
  ]);
}

function checkGeneration(field: string, generation: number | undefined): FieldError[] {
  return (generation ?? 0) < 0 ? [invalid(field, generation, 'must be a non-negative integer')] : [];
}

/** A container that ended and will not be started again stays ended. */
function checkTransitions(pod: ReadonlyPod, old: ReadonlyPod): FieldError[] {
  const { spec = { containers: [] } } = old;
  const policy = spec.restartPolicy ?? 'Always';
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(({ name = '' }) => name));
  const mainAgain = (name: string, exitCode: number) => {
    const container = (spec.containers ?? []).find((candidate) => candidate.name === name);
    return container !== undefined && startsAgain(container, spec, exitCode);
  };
  const initAgain = (name: string, exitCode: number) =>
    policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0) || sidecars.has(name);
  const check = (
    key: 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses',
    again: (name: string, exitCode: number) => boolean,
  ) =>
    checkStayEnded(`status.${key}`, { now: pod.status?.[key] ?? [], before: old.status?.[key] ?? [], again });
  const any = restartsAll(spec) ? () => true : undefined;
  return [
    ...check('containerStatuses', any ?? mainAgain),
    ...check('initContainerStatuses', any ?? initAgain),
    ...check('ephemeralContainerStatuses', () => false),
  ];
}

function checkStayEnded(
  field: string,
  change: {
    readonly now: Statuses;
    readonly before: Statuses;
    again(name: string, exitCode: number): boolean;
  },
): FieldError[] {
  return change.before.flatMap(({ name = '', state }, index) => {
    if (!state?.terminated || change.again(name, state.terminated.exitCode ?? 0)) return [];
    const revived = change.now.some((status) => status.name === name && !status.state?.terminated);
    const text = 'may not be transitioned to non-terminated state';
    return revived ? [forbidden(`${field}[${index}].state`, text)] : [];
  });
}

function checkHostIp({ status }: ReadonlyPod): FieldError[] {
  const first = status?.hostIPs?.[0]?.ip;
  if (first === undefined || first === (status?.hostIP ?? '')) return [];
  return [invalid('status.hostIPs[0].ip', first, 'must be equal to `hostIP`')];
}

/** At most one address of each family. */
function checkIps(field: string, ips: readonly { readonly ip?: string }[]): FieldError[] {
  const errors = ips.flatMap(({ ip }, index) => checkIp(`${field}[${index}]`, ip ?? ''));
  if (ips.length < 2) return errors;
  const texts = ips.map(({ ip }) => ip ?? '');
  if (!isDualStack(texts) || texts.length > 2) {
    errors.push(invalid(field, ips, 'may specify no more than one IP for each IP family'));
  }
  return errors;
}
