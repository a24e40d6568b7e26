import type { UncheckedDraft } from '../../../lib/types.ts';
import type { PodSpec } from '../../wire.ts';
import { allContainers } from './pod-containers.ts';

/**
 * Removes what the API knows but Kubernetes 1.36 leaves switched off unless somebody switches it on: stop signals,
 * scheduling groups, and trust bundles and pod certificates as files. A client that sends them is not refused.
 * https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/
 */
export function dropUnservedFields(spec: UncheckedDraft<PodSpec>): void {
  delete spec.schedulingGroup;
  for (const container of allContainers(spec)) {
    if (container.lifecycle?.stopSignal === undefined) continue;
    delete container.lifecycle.stopSignal;
    if (Object.keys(container.lifecycle).length === 0) delete container.lifecycle;
  }
  for (const { projected } of spec.volumes ?? []) {
    for (const source of projected?.sources ?? []) {
      delete source.clusterTrustBundle;
      delete source.podCertificate;
    }
  }
}
