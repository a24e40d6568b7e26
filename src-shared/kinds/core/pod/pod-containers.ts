import type { Unchecked, UncheckedDraft } from '../../../lib/types.ts';
import type { Container, EphemeralContainer, PodSpec } from '../../wire.ts';

/**
 * The containers that run side by side. A pod on its way in may have none yet: admission sees it before it is
 * validated.
 */
export function mainContainers<C>(spec: { readonly containers?: C[] }): C[];
export function mainContainers<C>(spec: { readonly containers?: readonly C[] }): readonly C[];
export function mainContainers<C>(spec: { readonly containers?: readonly C[] }): readonly C[] {
  return spec.containers ?? [];
}

/** True for an init container that keeps running beside the pod's containers (`restartPolicy: Always`). */
export function isSidecar(container: Unchecked<{ restartPolicy?: string }> | undefined): boolean {
  return container?.restartPolicy === 'Always';
}

/** What containers of every sort have in common. */
export type AnyContainer = Pick<Container, Extract<keyof Container, keyof EphemeralContainer>>;

/** Init containers, containers and ephemeral containers, in this order. */
export function allContainers(spec: UncheckedDraft<PodSpec>): UncheckedDraft<AnyContainer>[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}

/** {@link allContainers} with the path of each; `field` is the path of the spec. */
export function containersWithPath(
  field: string,
  spec: Unchecked<PodSpec>,
): readonly { readonly at: string; readonly container: Unchecked<AnyContainer> }[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((key) =>
    (spec[key] ?? []).map((container, index) => ({ at: `${field}.${key}[${index}]`, container })),
  );
}

/** Whether a container that ended so is started again: by its own rules, its own policy, or that of the pod. */
export function startsAgain(
  container: Unchecked<Container>,
  spec: Unchecked<PodSpec>,
  exitCode: number,
): boolean {
  if (container.restartPolicy !== undefined) {
    const ruled = (container.restartPolicyRules ?? []).some(({ exitCodes }) => {
      if (!exitCodes) return false;
      return (exitCodes.values ?? []).includes(exitCode) === (exitCodes.operator === 'In');
    });
    if (ruled) return true;
  }
  const policy = container.restartPolicy ?? spec.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** Whether a container that ends may make all others start again, those that ended long ago too. */
export function restartsAll(spec: Unchecked<PodSpec>): boolean {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])].some(({ restartPolicyRules }) =>
    restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'),
  );
}
