import type { PodSpec } from '@shared/kinds/wire.ts';
import { detailOf, type Level, violationsOf } from './standards.ts';

type ContainerSecurity = NonNullable<PodSpec['containers'][number]['securityContext']>;

interface Circumstances {
  /** 1.x version of the standards; default the latest. */
  readonly minor?: number;
  readonly annotations?: Record<string, string>;
}

/** What a level says of a pod with one container, or what else its spec has; '' for nothing. */
export function judge(
  level: Level,
  spec: Partial<PodSpec>,
  { minor = Number.POSITIVE_INFINITY, annotations = {} }: Circumstances = {},
): string {
  const metadata = { name: 'a', annotations };
  const full = { containers: [{ name: 'c', image: 'i' }], ...spec };
  return detailOf(violationsOf({ level, minor }, { metadata, spec: full }));
}

/** A spec with one container. */
export const container = (securityContext: ContainerSecurity, name = 'c') => ({
  containers: [{ name, image: 'i', securityContext }],
});

/** A spec that keeps the strictest level. */
export const hardened: Partial<PodSpec> = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  ...container({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }),
};

/** {@link hardened} with more said of its container. */
export const hardenedContainer = (securityContext: ContainerSecurity): Partial<PodSpec> => ({
  ...hardened,
  ...container({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, ...securityContext }),
});
