import { invalid } from '../../api/field-errors.ts';
import type { FieldError } from '../../api/status.ts';
import { isJsonObject, jsonEqual } from '../../lib/json.ts';
import type { DeepReadonly } from '../../lib/types.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../wire.ts';

type FlowSpec = DeepReadonly<NonNullable<FlowSchema['spec']>>;
type LevelSpec = DeepReadonly<NonNullable<PriorityLevelConfiguration['spec']>>;

/** What a flow schema says that is about every request. */
export const everyRequest = {
  resourceRules: [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] },
  ],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};

/**
 * The specs that are not for anybody to change, by name: with them every request finds a flow and a level.
 * Source: Kubernetes, "API Priority and Fairness", "Mandatory configuration objects".
 */
export const mandatoryFlowSchemas: Readonly<Record<string, FlowSpec>> = {
  exempt: {
    priorityLevelConfiguration: { name: 'exempt' },
    matchingPrecedence: 1,
    rules: [{ subjects: [group('system:masters')], ...everyRequest }],
  },
  'catch-all': {
    priorityLevelConfiguration: { name: 'catch-all' },
    matchingPrecedence: 10_000,
    distinguisherMethod: { type: 'ByUser' },
    rules: [{ subjects: [group('system:unauthenticated'), group('system:authenticated')], ...everyRequest }],
  },
};

/** See {@link mandatoryFlowSchemas}; of the level `exempt`, the shares are the user's. */
export const mandatoryPriorityLevels: Readonly<Record<string, LevelSpec>> = {
  exempt: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  'catch-all': {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' }, lendablePercent: 0 },
  },
};

function group(name: string) {
  return { kind: 'Group', group: { name } };
}

/** Refuses a mandatory flow schema that says something else than it must. */
export function checkMandatoryFlowSchema(name: string, spec: unknown): FieldError[] {
  const wanted = Object.hasOwn(mandatoryFlowSchemas, name) ? mandatoryFlowSchemas[name] : undefined;
  if (!wanted || means(spec, wanted)) return [];
  return [invalid('spec', spec, `spec of '${name}' must equal the fixed value`)];
}

/** Refuses a mandatory priority level that says something else than it must. */
export function checkMandatoryPriorityLevel(name: string, spec: unknown): FieldError[] {
  const wanted = Object.hasOwn(mandatoryPriorityLevels, name) ? mandatoryPriorityLevels[name] : undefined;
  if (!wanted) return [];
  if (name !== 'exempt') {
    return means(spec, wanted) ? [] : [invalid('spec', spec, `spec of '${name}' must equal the fixed value`)];
  }
  const { exempt: _, ...rest } = isJsonObject(spec) ? spec : {};
  if (means(rest, { type: wanted.type })) return [];
  const text = `spec of '${name}' except the 'spec.exempt' field must equal the fixed value`;
  return [invalid('spec', spec, text)];
}

/** Lists that are empty, and what is false, say as much as nothing. */
function means(spec: unknown, wanted: unknown): boolean {
  return jsonEqual(withoutNothing(spec), withoutNothing(wanted));
}

function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing);
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => !isNothing(member));
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNothing(member)]));
}

function isNothing(value: unknown): boolean {
  return value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0);
}
