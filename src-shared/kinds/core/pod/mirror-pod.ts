import { forbidden, invalid } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Pod } from '../../wire.ts';

type ReadonlyPod = Unchecked<Pod>;

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const field = `metadata.annotations[${mirrorAnnotation}]`;

function mark({ metadata }: ReadonlyPod): string | undefined {
  return metadata?.annotations?.[mirrorAnnotation];
}

/** True for the image of a pod that its kubelet runs from a file; such pods change with the file alone. */
export function isMirrorPod(pod: ReadonlyPod): boolean {
  return mark(pod) !== undefined;
}

/** The image of a pod is on the node of that pod. */
export function checkMirrorPod(pod: ReadonlyPod): FieldError[] {
  if (!isMirrorPod(pod) || pod.spec?.nodeName) return [];
  return [invalid(field, mark(pod), 'must set spec.nodeName if mirror pod annotation is set')];
}

/** A pod is an image from the start or never. */
export function checkMirrorKept(pod: ReadonlyPod, old: ReadonlyPod): FieldError[] {
  if (mark(pod) === mark(old)) return [];
  const what = isMirrorPod(old) ? 'remove or update' : 'add';
  return [forbidden(field, `may not ${what} mirror pod annotation`)];
}
