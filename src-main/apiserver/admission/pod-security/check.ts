import type { ObjectMeta } from '@shared/api/meta.ts';
import { mainContainers } from '@shared/kinds/core/pod/pod-containers.ts';
import type { Container, PodSpec } from '@shared/kinds/wire.ts';
import type { Unchecked } from '@shared/lib/types.ts';

/** What is judged: a pod, or the template of one. */
export interface JudgedPod {
  readonly metadata: Unchecked<ObjectMeta>;
  readonly spec: Unchecked<PodSpec>;
}

/** A control of the Pod Security Standards that a pod breaks, in Kubernetes' words. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/**
 * One control. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/. `minor` is the 1.x
 * version of the standards that is asked for.
 */
export interface Check {
  /** Orders the violations: those of a level come sorted by it. */
  readonly id: string;
  /** First 1.x version of the standards that has this control. */
  readonly since: number;
  /** A control of the lower level that this one replaces. */
  readonly replaces?: string;
  find(pod: JudgedPod, minor: number): Violation | undefined;
}

/** Init containers, containers and ephemeral containers. */
export function containersOf(spec: Unchecked<PodSpec>): Unchecked<Container>[] {
  const ephemeral = (spec.ephemeralContainers ?? []) as readonly Unchecked<Container>[];
  return [...(spec.initContainers ?? []), ...mainContainers(spec), ...ephemeral];
}

/** The names of containers for which `isBad` holds. */
export function badContainers(
  spec: Unchecked<PodSpec>,
  isBad: (container: Unchecked<Container>) => boolean,
): string[] {
  return containersOf(spec)
    .filter(isBad)
    .map(({ name = '' }) => name);
}

/** `container "a"`, `containers "a", "b"`, `pod and container "a"`; undefined when nobody is to blame. */
export function culprits(containers: readonly string[], isPodBad = false): string | undefined {
  const parts = [
    ...(isPodBad ? ['pod'] : []),
    ...(containers.length > 0 ? [`${plural('container', containers.length)} ${quoted(containers)}`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(' and ');
}

export function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}

/** `"a", "b"` */
export function quoted(words: readonly string[]): string {
  return words.map((word) => JSON.stringify(word)).join(', ');
}

/** Each once, sorted. */
export function distinct(words: readonly string[]): string[] {
  return [...new Set(words)].toSorted();
}

/** From 1.25 on, controls that Windows knows nothing of do not bind its pods. */
export function isExemptWindows({ spec }: JudgedPod, minor: number): boolean {
  return minor >= 25 && spec.os?.name === 'windows';
}

/** From 1.35 on, root inside a user namespace of its own is not root. */
export function hasOwnUsers({ spec }: JudgedPod, minor: number): boolean {
  return minor >= 35 && spec.hostUsers === false;
}
