import type { Unchecked } from '../../../lib/types.ts';
import type { Taint, Toleration } from '../../wire.ts';

/**
 * Whether a toleration covers a taint: an empty effect covers all effects, an empty key with `Exists` all taints.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
 */
export function toleratesTaint(toleration: Unchecked<Toleration>, taint: Unchecked<Taint>): boolean {
  const { effect = '', key = '', operator = 'Equal', value = '' } = toleration;
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return key !== '' && operator === 'Equal' && value === (taint.value ?? '');
}

/** The first taint with one of the effects that none of the tolerations covers. */
export function untoleratedTaint(
  taints: readonly Unchecked<Taint>[],
  tolerations: readonly Unchecked<Toleration>[],
  effects: readonly string[],
): Unchecked<Taint> | undefined {
  return taints.find(
    (taint) =>
      effects.includes(taint.effect ?? '') &&
      !tolerations.some((toleration) => toleratesTaint(toleration, taint)),
  );
}
