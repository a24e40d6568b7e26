import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../api/meta.ts';
import { created, createErrors, defaulted, updateErrors } from '../testing.ts';
import type { Deployment, ReplicaSet } from '../wire.ts';
import { daemonSetKind } from './daemon-set/kind.ts';
import { deploymentKind } from './deployment/kind.ts';
import { replicaSetKind } from './replica-set/kind.ts';
import { statefulSetKind } from './stateful-set/kind.ts';

const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'web:1' }] } };

function deployment(spec: Partial<NonNullable<Deployment['spec']>>): Deployment {
  return {
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { matchLabels: labels }, template, ...spec },
  };
}

function replicaSet(spec: Partial<NonNullable<ReplicaSet['spec']>>): ReplicaSet {
  return {
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { matchLabels: labels }, template, ...spec },
  };
}

it.each([deploymentKind, replicaSetKind, statefulSetKind, daemonSetKind])(
  'nothing at all, as $kind',
  (kind) => {
    const errors = createErrors<KubeObject>(kind, { metadata: { name: 'web', namespace: 'default' } });
    expect(errors.filter((text) => !text.startsWith('spec.selector: Required'))).toEqual([
      'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
      'spec.template.spec.containers: Required value',
    ]);
  },
);

describe('a deployment', () => {
  it('is completed as Kubernetes does', () => {
    expect(created(deploymentKind, deployment({}))).toEqual({
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'main',
                image: 'web:1',
                imagePullPolicy: 'IfNotPresent',
                resources: {},
                terminationMessagePath: '/dev/termination-log',
                terminationMessagePolicy: 'File',
              },
            ],
            dnsPolicy: 'ClusterFirst',
            restartPolicy: 'Always',
            schedulerName: 'default-scheduler',
            securityContext: {},
            terminationGracePeriodSeconds: 30,
          },
        },
      },
      status: {},
    });
  });

  it('that recreates its pods has no rolling parameters', () => {
    expect(defaulted(deploymentKind, deployment({ strategy: { type: 'Recreate' } })).spec?.strategy).toEqual({
      type: 'Recreate',
    });
  });

  it('keeps zero replicas', () => {
    expect(defaulted(deploymentKind, deployment({ replicas: 0 })).spec?.replicas).toBe(0);
  });

  it.each<[string, Partial<NonNullable<Deployment['spec']>>, string[]]>([
    ['no fault', {}, []],
    [
      'fewer than no pods',
      { replicas: -1 },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'a selector that chooses all',
      { selector: {} },
      ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    ],
    [
      'a selector that does not fit',
      { selector: { matchLabels: { app: 'db' } } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'a selector that makes no sense',
      { selector: { matchExpressions: [{ key: 'app', operator: 'Like', values: ['web'] }] } },
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Like","values":["web"]}]}: invalid label selector',
      ],
    ],
    [
      'an unknown strategy',
      { strategy: { type: 'Yolo' } },
      ['spec.strategy: Unsupported value: {"type":"Yolo"}: supported values: "Recreate", "RollingUpdate"'],
    ],
    [
      'rolling parameters for recreation',
      { strategy: { type: 'Recreate', rollingUpdate: {} } },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      'no room to roll',
      { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: '0%' } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
    ],
    [
      'more than all unavailable',
      { strategy: { rollingUpdate: { maxUnavailable: '101%' } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      'a share that is none',
      { strategy: { rollingUpdate: { maxSurge: '1.5%' } } },
      [
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"1.5%\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ],
    ],
    [
      'a deadline before pods can be available',
      { minReadySeconds: 600 },
      ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
    ],
    [
      'pods that end',
      {
        template: {
          ...template,
          spec: { ...template.spec, restartPolicy: 'Never', activeDeadlineSeconds: 5 },
        },
      },
      [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
      ],
    ],
    [
      'faults deep in the template',
      { template: { ...template, spec: { containers: [{ name: 'main' }] } } },
      ['spec.template.spec.containers[0].image: Required value'],
    ],
    [
      'no containers',
      { template: { metadata: { labels } } },
      ['spec.template.spec.containers: Required value'],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(deploymentKind, deployment(spec))).toEqual(expected);
  });

  it('without a selector hears of it twice, as in Kubernetes', () => {
    const example = deployment({});
    delete (example.spec as { selector?: object }).selector;
    expect(createErrors(deploymentKind, example)).toEqual([
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ]);
  });

  it('never changes which pods are its own', () => {
    const other = deployment({ selector: { matchLabels: { ...labels, tier: 'a' } } });
    expect(updateErrors(deploymentKind, other, deployment({}))).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"a"}}: field is immutable',
    ]);
  });

  it('has a status that adds up', () => {
    const status = { replicas: 1, updatedReplicas: 2, readyReplicas: 1, availableReplicas: 2 };
    const errors = deploymentKind.strategy.validateStatusUpdate?.(
      { status },
      { status: { collisionCount: 1 } },
    );
    expect(errors?.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas',
      'status.collisionCount: Invalid value: 0: cannot be decremented',
    ]);
  });

  it.each<
    [string, Partial<NonNullable<Deployment['spec']>>, NonNullable<Deployment['status']>, string, string]
  >([
    ['up', { replicas: 2 }, { replicas: 2, updatedReplicas: 2, availableReplicas: 2 }, 'ok', 'Available'],
    [
      'coming up',
      { replicas: 2 },
      { replicas: 2, updatedReplicas: 2, availableReplicas: 1 },
      'progress',
      '1 of 2 available',
    ],
    [
      'rolling',
      { replicas: 2 },
      { replicas: 3, updatedReplicas: 1, availableReplicas: 2 },
      'progress',
      '1 of 2 updated',
    ],
    ['scaled down', { replicas: 0 }, {}, 'done', 'Scaled to zero'],
    ['paused', { paused: true }, {}, 'warn', 'Paused'],
    [
      'stuck',
      {},
      { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] },
      'error',
      'Rollout stuck',
    ],
  ])('that is %s shows it', (_title, spec, status, level, text) => {
    expect(deploymentKind.view.health?.({ ...deployment(spec), status })).toEqual({ level, text });
  });
});

describe('a replica set', () => {
  it('wants one pod unless told otherwise', () => {
    expect(created(replicaSetKind, replicaSet({}))).toMatchObject({
      spec: { replicas: 1 },
      status: { replicas: 0 },
    });
  });

  it('is checked like a deployment', () => {
    expect(createErrors(replicaSetKind, replicaSet({ selector: {}, replicas: -1 }))).toEqual([
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ]);
  });

  it('never changes which pods are its own', () => {
    const other = replicaSet({ selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } });
    expect(updateErrors(replicaSetKind, other, replicaSet({}))).toEqual([
      'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Exists"}]}: field is immutable',
    ]);
  });
});
