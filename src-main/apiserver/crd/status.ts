import { approvalOf } from '@shared/kinds/apiextensions/custom-resource-definition/approval.ts';
import {
  type Crd,
  type CrdNames,
  conditionOf,
} from '@shared/kinds/apiextensions/custom-resource-definition/names.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import { rfc3339 } from '@shared/lib/time.ts';

type Status = NonNullable<Crd['status']>;
export type Condition = NonNullable<Status['conditions']>[number];

/** A condition's new state. */
export interface Verdict {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** The names other definitions of the group have been accepted with. */
export interface TakenNames {
  /** Plurals, singulars and short names: all of them name the resource. */
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/** The names of a group that established definitions hold. */
export function takenNames(others: readonly Crd[]): TakenNames {
  const accepted = others.map(({ status }) => status?.acceptedNames).filter((names) => names !== undefined);
  const filled = (names: readonly (string | undefined)[]) => names.filter((name): name is string => !!name);
  return {
    resources: new Set(
      accepted.flatMap((names) => filled([names.plural, names.singular, ...(names.shortNames ?? [])])),
    ),
    kinds: new Set(accepted.flatMap((names) => filled([names.kind, names.listKind]))),
  };
}

/**
 * The status of a definition whose names are looked at: conflicting names keep what was accepted before.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
export function acceptedStatus(crd: Crd, taken: TakenNames, nowMs: number): Status {
  const { names } = crd.spec;
  const before: CrdNames = crd.status?.acceptedNames ?? { plural: '', kind: '' };
  const conflicts: Omit<Verdict, 'type' | 'status'>[] = [];
  const take = (name: string | undefined, isTaken: boolean, reason: string) => {
    if (!isTaken) return true;
    conflicts.push({ reason, message: `${JSON.stringify(name)} is already in use` });
    return false;
  };
  const resource = (name: string | undefined, reason: string) =>
    take(name, name !== undefined && name !== '' && taken.resources.has(name), reason);
  const kind = (name: string | undefined, reason: string) =>
    take(name, name !== undefined && name !== '' && taken.kinds.has(name), reason);
  const shorts = names.shortNames ?? [];
  const takenShorts = shorts.filter((name) => taken.resources.has(name));
  if (takenShorts.length > 0)
    conflicts.push({
      reason: 'ShortNamesConflict',
      message: takenShorts.map((name) => `${JSON.stringify(name)} is already in use`).join(', '),
    });
  const keptShorts = takenShorts.length > 0 ? before.shortNames : shorts;
  const accepted: CrdNames = {
    plural: resource(names.plural, 'PluralConflict') ? names.plural : before.plural,
    ...optional('singular', resource(names.singular, 'SingularConflict') ? names.singular : before.singular),
    ...(keptShorts && keptShorts.length > 0 && { shortNames: keptShorts }),
    kind: kind(names.kind, 'KindConflict') ? names.kind : before.kind,
    ...optional('listKind', kind(names.listKind, 'ListKindConflict') ? names.listKind : before.listKind),
    ...(names.categories && names.categories.length > 0 && { categories: names.categories }),
  };
  const conflict = conflicts.at(-1);
  const verdicts: Verdict[] = [
    conflict
      ? { type: 'NamesAccepted', status: 'False', ...conflict }
      : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
  ];
  if (conditionOf(crd, 'Established')?.status !== 'True') {
    verdicts.push(
      conflict
        ? {
            type: 'Established',
            status: 'False',
            reason: 'NotAccepted',
            message: 'not all names are accepted',
          }
        : {
            type: 'Established',
            status: 'True',
            reason: 'InitialNamesAccepted',
            message: 'the initial names have been accepted',
          },
    );
  }
  verdicts.push(...approvalVerdicts(crd));
  return { ...crd.status, acceptedNames: accepted, conditions: withVerdicts(crd, verdicts, nowMs) };
}

const approvals = {
  approved: { status: 'True', reason: 'ApprovedAnnotation' },
  bypassed: { status: 'False', reason: 'UnapprovedAnnotation' },
  missing: { status: 'False', reason: 'MissingAnnotation' },
  invalid: { status: 'False', reason: 'InvalidAnnotation' },
} as const;

function approvalVerdicts(crd: Crd): Verdict[] {
  const approval = approvalOf(crd);
  if (!approval) return [];
  const { state, text: message } = approval;
  return [{ type: 'KubernetesAPIApprovalPolicyConformant', ...approvals[state], message }];
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value ? { [key]: value } : {}) as { readonly [P in K]?: string };
}

/** The definition's conditions after these verdicts; a condition that keeps its status keeps its time. */
export function withVerdicts(crd: Crd, verdicts: readonly Verdict[], nowMs: number): readonly Condition[] {
  const conditions = [...(crd.status?.conditions ?? [])];
  for (const verdict of verdicts) {
    const index = conditions.findIndex(({ type }) => type === verdict.type);
    const known = conditions[index];
    const time = known?.status === verdict.status ? known.lastTransitionTime : undefined;
    const next = { ...verdict, lastTransitionTime: time ?? rfc3339(nowMs) };
    if (index < 0) conditions.push(next);
    else conditions[index] = next;
  }
  return conditions;
}

/** Whether writing the status would change anything. */
export function isSameStatus(a: Status | undefined, b: Status | undefined): boolean {
  return jsonEqual(a ?? null, b ?? null);
}
