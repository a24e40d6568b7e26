import { immutable, invalid, required } from '../../../api/field-errors.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { Strategy } from '../../define.ts';
import type { ResourceQuota } from '../../wire.ts';
import { checkAmount, checkResourceName, isStandardQuotaResource } from '../pod/resource-validation.ts';

type Spec = NonNullable<Unchecked<ResourceQuota>['spec']>;
type Amounts = Readonly<Record<string, string>>;
type Requirement = NonNullable<NonNullable<Spec['scopeSelector']>['matchExpressions']>[number];

export const quotaStrategy: Strategy<ResourceQuota> = {
  prepareForCreate(quota) {
    quota.status = {};
  },
  validate: ({ spec = {} }) => [
    ...checkHard('spec.hard', spec.hard ?? {}),
    ...checkScopes(spec),
    ...checkScopeSelector(spec),
  ],
  validateUpdate({ spec }, old) {
    const now = new Set(spec?.scopes ?? []);
    const before = new Set(old.spec?.scopes ?? []);
    const same = now.size === before.size && [...now].every((scope) => before.has(scope));
    return same ? [] : [immutable('spec.scopes', spec?.scopes)];
  },
  validateStatusUpdate: ({ status }) => [
    ...checkHard('status.hard', status?.hard ?? {}),
    ...checkHard('status.used', status?.used ?? {}),
  ],
};

function checkHard(field: string, amounts: Amounts): FieldError[] {
  return Object.entries(amounts).flatMap(([name, amount]) => {
    const at = `${field}[${name}]`;
    const errors = checkResourceName(at, name);
    if (!name.includes('/') && !isStandardQuotaResource(name)) {
      errors.push(invalid(at, name, 'must be a standard resource for quota'));
    }
    return [...errors, ...checkAmount(at, name, amount)];
  });
}

const computeResources = [
  'pods',
  'cpu',
  'memory',
  'limits.cpu',
  'limits.memory',
  'requests.cpu',
  'requests.memory',
];

/** What a quota of each scope can count. */
const scopeResources: ReadonlyMap<string, readonly string[]> = new Map([
  ['Terminating', computeResources],
  ['NotTerminating', computeResources],
  ['NotBestEffort', computeResources],
  ['PriorityClass', computeResources],
  ['CrossNamespacePodAffinity', computeResources],
  ['BestEffort', ['pods']],
  ['VolumeAttributesClass', ['persistentvolumeclaims', 'requests.storage']],
]);

/** Names of resources in the quota which a scope cannot count. */
function uncountable(scope: string, spec: Spec): readonly string[] {
  const countable = scopeResources.get(scope);
  if (!countable) return [];
  return Object.keys(spec.hard ?? {})
    .filter((name) => isStandardQuotaResource(name) && !countable.includes(name))
    .sort();
}

function checkScopes(spec: Spec): FieldError[] {
  const field = 'spec.scopes';
  const scopes = spec.scopes ?? [];
  const errors = scopes.flatMap((scope) => [
    ...(scopeResources.has(scope) ? [] : [invalid(field, scopes, 'unsupported scope')]),
    ...uncountable(scope, spec).map(() => invalid(field, scopes, 'unsupported scope applied to resource')),
  ]);
  return [...errors, ...checkConflicts(field, scopes, spec)];
}

function checkConflicts(field: string, scopes: readonly string[], spec: Spec): FieldError[] {
  return [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ]
    .filter((pair) => pair.every((scope) => scopes.includes(scope)))
    .map(() => invalid(field, spec.scopes, 'conflicting scopes'));
}

function checkScopeSelector(spec: Spec): FieldError[] {
  if (!spec.scopeSelector) return [];
  const field = 'spec.scopeSelector.matchExpressions';
  const requirements = spec.scopeSelector.matchExpressions ?? [];
  const errors = requirements.flatMap((requirement) => {
    const { scopeName = '' } = requirement;
    return [
      ...(scopeResources.has(scopeName)
        ? []
        : [invalid(`${field}.scopeName`, scopeName, 'unsupported scope')]),
      ...uncountable(scopeName, spec).map(() =>
        invalid(field, spec.scopeSelector, 'unsupported scope applied to resource'),
      ),
      ...checkOperator(field, requirement),
    ];
  });
  const scopes = requirements.map(({ scopeName = '' }) => scopeName);
  return [...errors, ...checkConflicts(field, scopes, spec)];
}

const existingScopes = [
  'BestEffort',
  'NotBestEffort',
  'Terminating',
  'NotTerminating',
  'CrossNamespacePodAffinity',
];

function checkOperator(
  field: string,
  { scopeName = '', operator = '', values = [] }: Requirement,
): FieldError[] {
  const errors: FieldError[] = [];
  if (existingScopes.includes(scopeName) && operator !== 'Exists') {
    const text =
      "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    errors.push(invalid(`${field}.operator`, operator, text));
  }
  switch (operator) {
    case 'In':
    case 'NotIn': {
      const text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      return values.length > 0 ? errors : [...errors, required(`${field}.values`, text)];
    }
    case 'Exists':
    case 'DoesNotExist': {
      const text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      return values.length === 0 ? errors : [...errors, invalid(`${field}.values`, values, text)];
    }
    default:
      return [...errors, invalid(`${field}.operator`, operator, 'not a valid selector operator')];
  }
}
