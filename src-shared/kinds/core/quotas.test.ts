import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, row, updateErrors } from '../testing.ts';
import type { LimitRange, ResourceQuota } from '../wire.ts';
import { limitRangeKind } from './limit-range/kind.ts';
import { resourceQuotaKind } from './resource-quota/kind.ts';

type Item = NonNullable<LimitRange['spec']>['limits'][number];

const limits = (...items: Item[]): LimitRange => ({
  metadata: { name: 'limits', namespace: 'default' },
  spec: { limits: items },
});

describe('a limit range', () => {
  it('completes what containers get unasked', () => {
    const item = {
      type: 'Container',
      max: { cpu: '2', memory: '1Gi' },
      min: { disk: '1' },
      default: { cpu: '1' },
    };
    expect(defaulted(limitRangeKind, limits(item)).spec?.limits).toEqual([
      {
        ...item,
        default: { cpu: '1', memory: '1Gi' },
        defaultRequest: { disk: '1', cpu: '1', memory: '1Gi' },
      },
    ]);
  });

  it.each<[string, Item[], string[]]>([
    ['no fault', [{ type: 'Pod', max: { cpu: '2' } }], []],
    [
      'an unknown type, twice',
      [{ type: 'Node' }, { type: 'Node' }],
      [
        'spec.limits[0].type: Invalid value: "Node": must be a standard limit type or fully qualified',
        'spec.limits[1].type: Invalid value: "Node": must be a standard limit type or fully qualified',
        'spec.limits[1].type: Duplicate value: "Node"',
      ],
    ],
    [
      'defaults for pods',
      [{ type: 'Pod', default: { cpu: '1' } }],
      ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    ],
    [
      'claims without bounds',
      [{ type: 'PersistentVolumeClaim' }],
      [
        'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
      ],
    ],
    [
      'amounts that contradict each other',
      [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' }, maxLimitRequestRatio: { cpu: '0.5' } }],
      [
        'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
        'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
        'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
      ],
    ],
    [
      'a ratio out of reach',
      [{ type: 'Container', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } }],
      [
        'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000',
      ],
    ],
    [
      'devices shared out',
      [
        {
          type: 'Container',
          default: { 'example.com/gpu': '2' },
          defaultRequest: { 'example.com/gpu': '1' },
        },
      ],
      [
        'spec.limits[0].defaultRequest[example.com/gpu]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in example.com/gpu',
      ],
    ],
    [
      'a resource that containers have not',
      [{ type: 'Container', max: { storage: '1' } }],
      [
        'spec.limits[0].max[storage]: Invalid value: "storage": must be a standard resource for containers',
        'spec.limits[0].default[storage]: Invalid value: "storage": must be a standard resource for containers',
        'spec.limits[0].defaultRequest[storage]: Invalid value: "storage": must be a standard resource for containers',
      ],
    ],
  ])('with %s', (_title, items, expected) => {
    expect(createErrors(limitRangeKind, limits(...items)).toSorted()).toEqual(expected.toSorted());
  });
});

const quota = (spec: NonNullable<ResourceQuota['spec']>): ResourceQuota => ({
  metadata: { name: 'quota', namespace: 'default' },
  spec,
});

describe('a quota', () => {
  it.each<[string, NonNullable<ResourceQuota['spec']>, string[]]>([
    [
      'all it can count',
      {
        hard: {
          pods: '10',
          'requests.cpu': '500m',
          'count/deployments.apps': '3',
          'requests.example.com/gpu': '1',
          'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
        },
      },
      [],
    ],
    [
      'things it cannot count',
      { hard: { storage: '1', cups: '1', pods: '1.5', 'limits.cpu': '-1' } },
      [
        'spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota',
        'spec.hard[cups]: Invalid value: "cups": must be a standard resource type or fully qualified',
        'spec.hard[cups]: Invalid value: "cups": must be a standard resource for quota',
        'spec.hard[pods]: Invalid value: "1.5": must be an integer',
        'spec.hard[limits.cpu]: Invalid value: "-1": must be greater than or equal to 0',
      ],
    ],
    [
      'scopes that exclude each other',
      { hard: { pods: '1' }, scopes: ['BestEffort', 'NotBestEffort', 'Mine'] },
      [
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Mine"]: unsupported scope',
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Mine"]: conflicting scopes',
      ],
    ],
    [
      'a scope that cannot have it',
      { hard: { services: '1' }, scopes: ['Terminating'] },
      ['spec.scopes: Invalid value: ["Terminating"]: unsupported scope applied to resource'],
    ],
    [
      'a selector of no sense',
      {
        hard: { pods: '1' },
        scopeSelector: {
          matchExpressions: [
            { scopeName: 'Terminating', operator: 'In', values: [] },
            { scopeName: 'PriorityClass', operator: 'Like' },
          ],
        },
      },
      [
        'spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be \'Exists\' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity',
        "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        'spec.scopeSelector.matchExpressions.operator: Invalid value: "Like": not a valid selector operator',
      ],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(resourceQuotaKind, quota(spec))).toEqual(expected);
  });

  it('keeps its scopes', () => {
    const errors = updateErrors(resourceQuotaKind, quota({ scopes: ['Terminating'] }), quota({}));
    expect(errors).toEqual(['spec.scopes: Invalid value: ["Terminating"]: field is immutable']);
  });

  it('shows what is used', () => {
    const status = {
      hard: { 'limits.cpu': '4', pods: '10', 'requests.cpu': '2' },
      used: { pods: '3', 'limits.cpu': '500m' },
    };
    expect(row(resourceQuotaKind.columns, { ...quota({}), status })).toMatchObject({
      Request: 'pods: 3/10, requests.cpu: 0/2',
      Limit: 'limits.cpu: 500m/4',
    });
  });
});
