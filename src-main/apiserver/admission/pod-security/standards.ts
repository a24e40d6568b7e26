import { baselineChecks } from './baseline.ts';
import type { Check, JudgedPod, Violation } from './check.ts';
import { restrictedChecks } from './restricted.ts';

/** From the most open to the strictest. https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export const levels = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];

/** A level of the standards in one of their versions. */
export interface Standard {
  readonly level: Level;
  /** 1.x; Infinity is `latest`. */
  readonly minor: number;
}

/** `restricted:latest`, `baseline:v1.30` */
export function standardName({ level, minor }: Standard): string {
  return `${level}:${minor === Number.POSITIVE_INFINITY ? 'latest' : `v1.${minor}`}`;
}

/** Every control of the standard that the pod breaks, those of the baseline first. */
export function violationsOf(standard: Standard, pod: JudgedPod): Violation[] {
  return checksOf(standard).flatMap((check) => check.find(pod, standard.minor) ?? []);
}

function checksOf({ level, minor }: Standard): readonly Check[] {
  const since = (checks: readonly Check[]) => checks.filter((check) => check.since <= minor);
  switch (level) {
    case 'privileged':
      return [];
    case 'baseline':
      return since(baselineChecks);
    case 'restricted': {
      const restricted = since(restrictedChecks);
      const replaced = new Set(restricted.map(({ replaces }) => replaces));
      return [...since(baselineChecks).filter(({ id }) => !replaced.has(id)), ...restricted];
    }
  }
}

/** `privileged (container "a" must not …), hostPort (…)` */
export function detailOf(violations: readonly Violation[]): string {
  return violations
    .map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`))
    .join(', ');
}
