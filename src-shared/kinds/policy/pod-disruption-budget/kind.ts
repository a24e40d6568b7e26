import { invalid, notSupported } from '../../../api/field-errors.ts';
import { validateLabelSelector } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { checkConditions } from '../../condition-validation.ts';
import { checkCountOrPercent, checkNotMoreThanAll } from '../../count-or-percent.ts';
import { defineKind, type Health, type Strategy } from '../../define.ts';
import { checkDnsSubdomain, checkNonNegative } from '../../validation.ts';
import type { PodDisruptionBudget } from '../../wire.ts';

type ReadonlyBudget = Unchecked<PodDisruptionBudget>;

const policies = ['AlwaysAllow', 'IfHealthyBudget'];
const emptyStatus = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };

const strategy: Strategy<PodDisruptionBudget> = {
  prepareForCreate(budget) {
    budget.status = { ...emptyStatus };
  },
  validate: validateBudget,
  validateStatusUpdate: validateBudgetStatus,
};

function validateBudget({ spec }: ReadonlyBudget): FieldError[] {
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec ?? {};
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    errors.push(invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const [key, value] of Object.entries({ minAvailable, maxUnavailable })) {
    if (value === undefined) continue;
    errors.push(...checkCountOrPercent(`spec.${key}`, value), ...checkNotMoreThanAll(`spec.${key}`, value));
  }
  errors.push(...validateLabelSelector(spec?.selector, 'spec.selector'));
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, policies));
  }
  return errors;
}

const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

function validateBudgetStatus({ status }: ReadonlyBudget): FieldError[] {
  const names = Object.keys(status?.disruptedPods ?? {});
  return [
    ...checkConditions('status.conditions', status?.conditions ?? []),
    ...counts.flatMap((key) => checkNonNegative(`status.${key}`, status?.[key])),
    ...names.flatMap((name) => checkDnsSubdomain(`status.disruptedPods[${name}]`, name)),
  ];
}

/** A number or a share of pods; `N/A` where it is left open. */
function countText(count: number | string | undefined): string {
  return count === undefined ? 'N/A' : `${count}`;
}

export const podDisruptionBudgetKind = defineKind<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  namespaced: true,
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  needsResourceVersion: true,
  strategy,
  hasGeneration: true,
  hasStatus: true,
  columns: [
    nameColumn(),
    {
      name: 'Min Available',
      type: 'string',
      description: 'Fewest pods that must stay available.',
      cell: ({ spec }) => countText(spec?.minAvailable),
    },
    {
      name: 'Max Unavailable',
      type: 'string',
      description: 'Most pods that may be unavailable.',
      cell: ({ spec }) => countText(spec?.maxUnavailable),
    },
    {
      name: 'Allowed Disruptions',
      type: 'integer',
      description: 'Pods that may be evicted now.',
      cell: ({ status }) => status?.disruptionsAllowed ?? 0,
    },
    ageColumn(),
  ],
  view: {
    section: 'workloads',
    title: 'Disruption budgets',
    purpose: 'A disruption budget says how many pods must stay while nodes are emptied.',
    health,
  },
});

function health({ metadata, status }: ReadonlyBudget): Health {
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) {
    return { level: 'progress', text: 'Counting' };
  }
  const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  if (currentHealthy < desiredHealthy) return { level: 'error', text: 'Too few pods' };
  if (disruptionsAllowed === 0) return { level: 'warn', text: 'No disruption allowed' };
  return { level: 'ok', text: `${disruptionsAllowed} may go` };
}
