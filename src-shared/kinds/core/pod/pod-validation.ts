import { forbidden, invalid } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Pod, PodSpec } from '../../wire.ts';
import { checkImageBlanks } from './container-validation.ts';
import { checkMirrorPod } from './mirror-pod.ts';
import { podContext } from './pod-context.ts';
import { checkPodSpec } from './pod-spec-validation.ts';

type ReadonlyPod = Unchecked<Pod>;

const noSpec: PodSpec = { containers: [] };

/** Every error of a pod, new or changed. */
export function validatePod(pod: ReadonlyPod): FieldError[] {
  const spec: Unchecked<PodSpec> = pod.spec ?? noSpec;
  const containers = (spec.containers ?? []).flatMap((container, index) =>
    checkImageBlanks(`spec.containers[${index}]`, container),
  );
  const initContainers = (spec.initContainers ?? []).flatMap((container, index) =>
    checkImageBlanks(`spec.initContainers[${index}]`, container),
  );
  return [
    ...checkMirrorPod(pod),
    ...checkDeletionCost(pod.metadata?.annotations ?? {}),
    ...checkPodSpec('spec', podContext(spec, { isPod: true, podName: pod.metadata?.name })),
    ...checkTokenNeedsAccount(spec),
    ...containers,
    ...initContainers,
  ];
}

/** What a pod may not have from the start. */
export function validatePodCreate({ spec }: ReadonlyPod): FieldError[] {
  const errors: FieldError[] = [];
  if ((spec?.ephemeralContainers ?? []).length > 0) {
    errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  }
  if (spec?.nodeName && (spec.schedulingGates ?? []).length > 0) {
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  return errors;
}

const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';

function checkDeletionCost(annotations: Readonly<Record<string, string>>): FieldError[] {
  const cost = annotations[deletionCost];
  if (cost === undefined) return [];
  const value = Number(cost);
  if (/^(0|-?[1-9]\d*)$/.test(cost) && value >= -2147483648 && value <= 2147483647) return [];
  return [invalid(`metadata.annotations[${deletionCost}]`, cost, 'must be a 32bit integer')];
}

function checkTokenNeedsAccount(spec: Unchecked<PodSpec>): FieldError[] {
  if (spec.serviceAccountName) return [];
  const text = 'must not be specified when serviceAccountName is not set';
  return (spec.volumes ?? []).flatMap(({ projected }, index) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, sourceIndex) => {
      const at = `spec.volumes[${index}].projected.sources[${sourceIndex}].serviceAccountToken`;
      return serviceAccountToken ? [forbidden(at, text)] : [];
    }),
  );
}
