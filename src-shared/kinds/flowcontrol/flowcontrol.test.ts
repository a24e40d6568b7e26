import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, row } from '../testing.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../wire.ts';
import { flowSchemaKind } from './flow-schema/kind.ts';
import { priorityLevelConfigurationKind } from './priority-level-configuration/kind.ts';

type Rule = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number];

const rule: Rule = {
  subjects: [{ kind: 'Group', group: { name: 'admins' } }],
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['pods'], namespaces: ['*'] }],
};
const schema = (fields: Partial<NonNullable<FlowSchema['spec']>> = {}): FlowSchema => ({
  metadata: { name: 'a' },
  spec: { priorityLevelConfiguration: { name: 'level' }, rules: [rule], ...fields },
});
const at = 'spec.rules[0]';

describe('flow schemas', () => {
  it('come in the middle unless told otherwise', () => {
    expect(defaulted(flowSchemaKind, schema()).spec?.matchingPrecedence).toBe(1000);
    expect(createErrors(flowSchemaKind, schema())).toEqual([]);
    expect(createErrors(flowSchemaKind, schema({ matchingPrecedence: 1 }))).toEqual([
      `spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1`,
    ]);
    expect(createErrors(flowSchemaKind, schema({ matchingPrecedence: 10001 }))).toEqual([
      'spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000',
    ]);
  });

  it('lead to a level, by a method that there is', () => {
    expect(
      createErrors(
        flowSchemaKind,
        schema({ priorityLevelConfiguration: { name: '' }, distinguisherMethod: { type: 'ByMood' } }),
      ),
    ).toEqual([
      'spec.distinguisherMethod.type: Unsupported value: {"type":"ByMood"}: supported values: "ByNamespace", "ByUser"',
      'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
    ]);
  });

  it.each<[string, Rule, string[]]>([
    [
      'about nobody and nothing',
      { subjects: [] },
      [
        `${at}.subjects: Required value: subjects must contain at least one value`,
        `${at}: Required value: at least one of resourceRules and nonResourceRules has to be non-empty`,
      ],
    ],
    [
      'whose subjects are two things',
      {
        ...rule,
        subjects: [
          { kind: 'User', group: { name: 'a' } },
          { kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: '' } },
          { kind: 'Robot' },
        ],
      },
      [
        `${at}.subjects[0].user: Required value: user is required when subject kind is 'User'`,
        `${at}.subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'`,
        `${at}.subjects[1].serviceAccount.namespace: Required value: must specify namespace for service account`,
        `${at}.subjects[2].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"`,
      ],
    ],
    [
      'with empty resource rules',
      { ...rule, resourceRules: [{ verbs: [], apiGroups: [], resources: [] }] },
      [
        `${at}.resourceRules[0].verbs: Required value: verbs must contain at least one value`,
        `${at}.resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group`,
        `${at}.resourceRules[0].resources: Required value: resource rules must supply at least one resource`,
        `${at}.resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace`,
      ],
    ],
    [
      'with odd paths',
      {
        ...rule,
        nonResourceRules: [
          { verbs: ['sing'], nonResourceURLs: ['/', '/a/*', 'a', '/a b', '/a//b', '/*/b', '/a*', ''] },
        ],
      },
      [
        `${at}.nonResourceRules[0].verbs: Unsupported value: ["sing"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"`,
        `${at}.nonResourceRules[0].nonResourceURLs[2]: Invalid value: "a": must start with slash`,
        `${at}.nonResourceRules[0].nonResourceURLs[3]: Invalid value: "/a b": must not contain white-space`,
        `${at}.nonResourceRules[0].nonResourceURLs[4]: Invalid value: "/a//b": must not contain double slash`,
        `${at}.nonResourceRules[0].nonResourceURLs[5]: Invalid value: "/*/b": wildcard can only do suffix matching`,
        `${at}.nonResourceRules[0].nonResourceURLs[6]: Invalid value: "/a*": wildcard can only do suffix matching`,
        `${at}.nonResourceRules[0].nonResourceURLs[7]: Invalid value: "": must not be empty`,
      ],
    ],
  ])('have no rules %s', (_name, bad, errors) => {
    expect(createErrors(flowSchemaKind, schema({ rules: [bad] }))).toEqual(errors);
  });

  it('show where they lead and whether that is there', () => {
    const status = { conditions: [{ type: 'Dangling', status: 'True' }] };
    const object = { ...schema({ matchingPrecedence: 5, distinguisherMethod: { type: 'ByUser' } }), status };
    expect(row(flowSchemaKind.columns, object)).toEqual({
      Name: 'a',
      PriorityLevel: 'level',
      MatchingPrecedence: '5',
      DistinguisherMethod: 'ByUser',
      Age: null,
      MissingPL: 'True',
    });
    expect(flowSchemaKind.view.health?.(object)).toEqual({ level: 'warn', text: 'No such priority level' });
  });
});

describe('priority levels', () => {
  const level = (spec: PriorityLevelConfiguration['spec'], name = 'a'): PriorityLevelConfiguration => ({
    metadata: { name },
    ...(spec && { spec }),
  });
  const queue = (queuing: object) => ({
    type: 'Limited',
    limited: { limitResponse: { type: 'Queue', queuing } },
  });

  it('have 30 shares and 64 queues unless told otherwise', () => {
    expect(defaulted(priorityLevelConfigurationKind, level(queue({}))).spec?.limited).toEqual({
      nominalConcurrencyShares: 30,
      lendablePercent: 0,
      limitResponse: { type: 'Queue', queuing: { handSize: 8, queues: 64, queueLengthLimit: 50 } },
    });
    expect(createErrors(priorityLevelConfigurationKind, level(queue({})))).toEqual([]);
  });

  it('are exempt in name and in type, or in neither', () => {
    const text = "type must be 'Exempt' if and only if name is 'exempt'";
    expect(createErrors(priorityLevelConfigurationKind, level({ type: 'Exempt' }, 'exempt'))).toEqual([]);
    expect(createErrors(priorityLevelConfigurationKind, level({ type: 'Exempt', limited: {} }))).toEqual([
      `spec.type: Invalid value: "Exempt": ${text}`,
      'spec.limited: Forbidden: must be nil if the type is not Limited',
    ]);
    expect(createErrors(priorityLevelConfigurationKind, level({ type: 'Limited' }))).toEqual([
      'spec.limited: Required value: must not be empty when type is Limited',
    ]);
  });

  it('deal hands that fit', () => {
    const errorsOf = (queuing: object) => createErrors(priorityLevelConfigurationKind, level(queue(queuing)));
    expect(errorsOf({ queues: 4, handSize: 5 })).toEqual([
      'spec.limited.limitResponse.queuing.handSize: Invalid value: 5: should not be greater than queues (4)',
    ]);
    expect(errorsOf({ queues: 1024, handSize: 7 })).toEqual([
      'spec.limited.limitResponse.queuing.handSize: Invalid value: 7: required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60',
    ]);
    expect(errorsOf({ queueLengthLimit: -1 })).toEqual([
      'spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be positive',
    ]);
  });

  it('lend and borrow within reason', () => {
    const limited = { lendablePercent: 101, borrowingLimitPercent: -1, nominalConcurrencyShares: -1 };
    expect(createErrors(priorityLevelConfigurationKind, level({ type: 'Limited', limited }))).toEqual([
      'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
      'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
      'spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer',
      'spec.limited.limitResponse.type: Unsupported value: "": supported values: "Queue", "Reject"',
    ]);
  });
});
