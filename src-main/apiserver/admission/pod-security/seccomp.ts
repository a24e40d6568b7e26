import type { Container, PodSpec } from '@shared/kinds/wire.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import { badContainers, containersOf, culprits, distinct, quoted, type Violation } from './check.ts';

const typeOf = ({ securityContext }: Unchecked<Container>) => securityContext?.seccompProfile?.type;

function isBad(type: string | undefined): type is string {
  return type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost';
}

/** A seccomp profile that filters nothing, asked for by name. */
export function forbiddenSeccomp(spec: Unchecked<PodSpec>): Violation | undefined {
  const own = spec.securityContext?.seccompProfile?.type;
  const who = culprits(
    badContainers(spec, (container) => isBad(typeOf(container))),
    isBad(own),
  );
  if (!who) return undefined;
  const types = distinct([own, ...containersOf(spec).map(typeOf)].filter(isBad));
  return {
    reason: 'seccompProfile',
    detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(types)}`,
  };
}

/** Containers that leave the profile open although their pod does too. */
export function missingSeccomp(spec: Unchecked<PodSpec>): Violation | undefined {
  if (spec.securityContext?.seccompProfile) return undefined;
  const who = culprits(badContainers(spec, (container) => typeOf(container) === undefined));
  if (!who) return undefined;
  const detail = `pod or ${who} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: 'seccompProfile', detail };
}
