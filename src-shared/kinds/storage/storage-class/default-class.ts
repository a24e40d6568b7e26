import type { KubeObject } from '../../../api/meta.ts';
import type { Unchecked } from '../../../lib/types.ts';

const marks = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** Whether claims that name no class get this one. */
export function isDefaultClass({ metadata }: Unchecked<KubeObject>): boolean {
  return marks.some((mark) => metadata?.annotations?.[mark] === 'true');
}
