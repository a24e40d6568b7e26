import type { Container, Pod } from '@shared/kinds/wire.ts';
import { fnv1a32 } from '@shared/lib/hash.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

/**
 * Labels and annotations under which the kubelet finds its own containers again: after a restart of the agent
 * the runtime is all that is left. The keys are Kubernetes' own, so that tools reading containerd know them.
 */
export const podNameLabel = 'io.kubernetes.pod.name';
export const podNamespaceLabel = 'io.kubernetes.pod.namespace';
export const podUidLabel = 'io.kubernetes.pod.uid';
export const containerNameLabel = 'io.kubernetes.container.name';
export const hashAnnotation = 'io.kubernetes.container.hash';
export const restartCountAnnotation = 'io.kubernetes.container.restartCount';
export const terminationMessagePathAnnotation = 'io.kubernetes.container.terminationMessagePath';
export const terminationMessagePolicyAnnotation = 'io.kubernetes.container.terminationMessagePolicy';
export const podGracePeriodAnnotation = 'io.kubernetes.pod.terminationGracePeriod';
/** Where the termination message lies on the node. */
export const terminationMessageFileAnnotation = 'slipway.dev/terminationMessageFile';

type Labels = Readonly<Record<string, string>>;

export function sandboxLabels(pod: DeepReadonly<Pod>): Labels {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  return {
    ...pod.metadata?.labels,
    [podNameLabel]: name,
    [podNamespaceLabel]: namespace,
    [podUidLabel]: uid,
  };
}

export function containerLabels(pod: DeepReadonly<Pod>, containerName: string): Labels {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  return {
    [containerNameLabel]: containerName,
    [podNameLabel]: name,
    [podNamespaceLabel]: namespace,
    [podUidLabel]: uid,
  };
}

/** Changes when the container must be replaced; only the image may change in a living pod. */
export function containerHash(container: DeepReadonly<Container>): string {
  return fnv1a32(`${container.name}\n${container.image ?? ''}`).toString(16);
}

/** Annotation values that are numbers; undefined when missing or malformed. */
export function numericAnnotation(annotations: Labels, key: string): number | undefined {
  const text = annotations[key];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
