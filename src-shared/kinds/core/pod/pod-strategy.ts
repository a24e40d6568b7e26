import type { Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import type { GracefulDeletion, Strategy } from '../../define.ts';
import type { LabelSelector, Pod, PodSpec, PodStatus } from '../../wire.ts';
import { qosClass } from './pod-resources.ts';
import { defaultPodOnly, defaultPodSpec } from './pod-spec-defaults.ts';
import { isPodTerminal } from './pod-status.ts';
import { validatePodStatusUpdate } from './pod-status-validation.ts';
import { validatePodUpdate } from './pod-update-validation.ts';
import { validatePod, validatePodCreate } from './pod-validation.ts';
import { podWarnings } from './pod-warnings.ts';

export const podStrategy: Strategy<Pod> = {
  defaults(pod) {
    pod.spec ??= { containers: [] };
    defaultPodSpec(pod.spec);
    defaultPodOnly(pod.spec);
    if (pod.status) mirrorPodIp(pod.status);
  },
  prepareForCreate(pod) {
    pod.status = { phase: 'Pending', qosClass: qosClass(pod) };
    if ((pod.spec?.schedulingGates ?? []).length > 0) {
      pod.status.conditions = [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        },
      ];
    }
    if (pod.spec) mergeLabelKeys(pod.spec, pod.metadata?.labels ?? {});
  },
  prepareForStatusUpdate(pod, old) {
    if (pod.status && old.status) keepStatus(pod.status, old.status);
  },
  validate: validatePod,
  validateCreate: validatePodCreate,
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  warnings: (pod, old) => (old ? [] : podWarnings(pod)),
};

/**
 * A pod on a node is given its grace period, for its kubelet to end it in order; a pod that never reached a
 * node, or whose containers have all ended, goes at once.
 */
export const podDeletion: GracefulDeletion<Pod> = {
  graceSeconds(pod, asked) {
    if (!pod.spec?.nodeName || isPodTerminal(pod)) return 0;
    const seconds = asked ?? pod.spec.terminationGracePeriodSeconds ?? 0;
    return seconds < 0 ? 1 : seconds;
  },
};

/** The class of service is settled; generations seen stay known when a client that knows none of them writes. */
function keepStatus(status: UncheckedDraft<PodStatus>, old: Unchecked<PodStatus>): void {
  if (!status.qosClass && old.qosClass) status.qosClass = old.qosClass;
  if (!status.observedGeneration && old.observedGeneration) {
    status.observedGeneration = old.observedGeneration;
  }
  for (const condition of status.conditions ?? []) {
    const before = old.conditions?.find(({ type }) => type === condition.type)?.observedGeneration;
    if (!condition.observedGeneration && before) condition.observedGeneration = before;
  }
}

/** `podIP` is the first of `podIPs`, `hostIP` the first of `hostIPs`. */
function mirrorPodIp(status: UncheckedDraft<PodStatus>): void {
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  else if (!status.podIP && status.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip;
  if (status.hostIP && status.hostIPs === undefined) status.hostIPs = [{ ip: status.hostIP }];
}

/** `matchLabelKeys` and `mismatchLabelKeys` become part of the label selectors, with the pod's own values. */
function mergeLabelKeys(spec: UncheckedDraft<PodSpec>, labels: Unchecked<Record<string, string>>): void {
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const term of [...terms, ...preferred.map((weighted) => weighted.podAffinityTerm)]) {
      if (!term?.labelSelector) continue;
      requireLabels(term.labelSelector, 'In', { keys: term.matchLabelKeys, labels });
      requireLabels(term.labelSelector, 'NotIn', { keys: term.mismatchLabelKeys, labels });
    }
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    if (!constraint.labelSelector) continue;
    requireLabels(constraint.labelSelector, 'In', { keys: constraint.matchLabelKeys, labels });
  }
}

function requireLabels(
  selector: UncheckedDraft<LabelSelector>,
  operator: 'In' | 'NotIn',
  { keys, labels }: { keys: readonly string[] | undefined; labels: Readonly<Record<string, string>> },
): void {
  for (const key of keys ?? []) {
    const value = labels[key];
    if (value === undefined) continue;
    selector.matchExpressions = [...(selector.matchExpressions ?? []), { key, operator, values: [value] }];
  }
}
