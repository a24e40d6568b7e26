import type { Container, Pod } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

export type ReadonlyPod = DeepReadonly<Pod>;
export type ReadonlyContainer = DeepReadonly<Container>;

/** What a container is to its pod; decides order, restarts and part of the status. */
export type ContainerRole = 'init' | 'sidecar' | 'app' | 'ephemeral';

export interface ContainerSpec {
  readonly role: ContainerRole;
  readonly container: ReadonlyContainer;
  /** As events name it: `spec.containers{web}`. */
  readonly fieldPath: string;
  /** The container whose processes it is to see; ephemeral containers only. */
  readonly target?: string;
}

/** All containers that make up the pod, in the order in which they start: init containers and sidecars first. */
export function containerSpecs(pod: ReadonlyPod): readonly ContainerSpec[] {
  const init = (pod.spec?.initContainers ?? []).map(
    (container): ContainerSpec => ({
      role: container.restartPolicy === 'Always' ? 'sidecar' : 'init',
      container,
      fieldPath: `spec.initContainers{${container.name}}`,
    }),
  );
  const app = (pod.spec?.containers ?? []).map(
    (container): ContainerSpec => ({
      role: 'app',
      container,
      fieldPath: `spec.containers{${container.name}}`,
    }),
  );
  return [...init, ...app];
}

/**
 * Containers put into a running pod to look at it. They start once, never again, and the pod's state does not
 * depend on them. https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
 */
export function ephemeralSpecs(pod: ReadonlyPod): readonly ContainerSpec[] {
  return (pod.spec?.ephemeralContainers ?? []).map((container) => ({
    role: 'ephemeral',
    container,
    fieldPath: `spec.ephemeralContainers{${container.name}}`,
    ...(container.targetContainerName && { target: container.targetContainerName }),
  }));
}

/** Container, init container or ephemeral container of that name. */
export function findContainer(pod: ReadonlyPod, name: string): ContainerSpec | undefined {
  return [...containerSpecs(pod), ...ephemeralSpecs(pod)].find(({ container }) => container.name === name);
}

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** A container's own policy: a sidecar restarts whatever its pod's policy; an init container never "always". */
export function restartPolicyOf(pod: ReadonlyPod, role: ContainerRole): RestartPolicy {
  if (role === 'sidecar') return 'Always';
  if (role === 'ephemeral') return 'Never';
  const policy = pod.spec?.restartPolicy ?? 'Always';
  const known: RestartPolicy = policy === 'Never' || policy === 'OnFailure' ? policy : 'Always';
  return role === 'init' && known === 'Always' ? 'OnFailure' : known;
}

/** `name_namespace(uid)`, as the kubelet's texts name a pod. */
export function podText(pod: ReadonlyPod): string {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  return `${name}_${namespace}(${uid})`;
}

export function uidOf(pod: ReadonlyPod): string {
  return pod.metadata?.uid ?? '';
}

export function isTerminalPhase(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Seconds to grant when the pod is killed: the request's, else the pod's own, else 30. */
export function gracePeriodOf(pod: ReadonlyPod): number {
  return pod.metadata?.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
}
