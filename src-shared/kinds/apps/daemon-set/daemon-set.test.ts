import { describe, expect, it } from 'vitest';
import { created, createErrors, updated, updateErrors } from '../../testing.ts';
import type { DaemonSet } from '../../wire.ts';
import { daemonSetKind } from './kind.ts';

const labels = { app: 'web' };

const pod = { containers: [{ name: 'main', image: 'web:1' }] };

const template = { metadata: { labels }, spec: pod };

const selector = { matchLabels: labels };

const metadata = { name: 'web', namespace: 'default' };

type DaemonSpec = Partial<NonNullable<DaemonSet['spec']>>;

const daemonSet = (spec: DaemonSpec): DaemonSet => ({ metadata, spec: { selector, template, ...spec } });

describe('a daemon set', () => {
  it('rolls one node at a time and keeps ten revisions', () => {
    expect(created(daemonSetKind, daemonSet({}))).toMatchObject({
      spec: {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        revisionHistoryLimit: 10,
      },
      status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
    });
  });

  it('counts its templates, whatever the client says of them', () => {
    const key = 'deprecated.daemonset.template.generation';
    const count = ({ metadata: meta }: DaemonSet) => meta?.annotations?.[key];
    const first = created(daemonSetKind, daemonSet({}));
    const other = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'web:2' }] } };
    expect(count(first)).toBe('1');
    expect(count(updated(daemonSetKind, daemonSet({ minReadySeconds: 5 }), first))).toBe('1');
    const claimed = { ...daemonSet({ template: other }), metadata: { annotations: { [key]: '9' } } };
    expect(count(updated(daemonSetKind, claimed, first))).toBe('2');
  });

  it.each<[string, DaemonSpec, string[]]>([
    ['no fault', {}, []],
    [
      'a selector that does not fit',
      { selector: { matchLabels: { app: 'db' } } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'a selector that chooses all',
      { selector: {} },
      ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
    ],
    [
      'pods that end',
      {
        template: {
          metadata: { labels },
          spec: { ...pod, restartPolicy: 'Never', activeDeadlineSeconds: 1 },
        },
      },
      [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
      ],
    ],
    [
      'an unknown strategy',
      { updateStrategy: { type: 'Yolo' } },
      [
        'spec.updateStrategy: Unsupported value: {"type":"Yolo"}: supported values: "RollingUpdate", "OnDelete"',
      ],
    ],
    [
      'both ways to roll',
      { updateStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: '120%' } } },
      [
        'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "120%": must not be greater than 100%',
        'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "120%": may not be set when maxUnavailable is non-zero',
      ],
    ],
    [
      'no way to roll',
      { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } }, minReadySeconds: -1 },
      [
        'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
      ],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(daemonSetKind, daemonSet(spec))).toEqual(expected);
  });

  it('never changes which pods are its own', () => {
    const other = daemonSet({ selector: { matchLabels: { ...labels, tier: 'a' } } });
    expect(updateErrors(daemonSetKind, other, daemonSet({}))).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"a"}}: field is immutable',
    ]);
  });

  it('has a status that counts up', () => {
    const status = { ...created(daemonSetKind, daemonSet({})).status, numberReady: -1, collisionCount: 1 };
    const errors = daemonSetKind.strategy.validateStatusUpdate?.(
      { status: status as never },
      { status: { ...status, collisionCount: 2 } as never },
    );
    expect(errors?.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'status.numberReady: Invalid value: -1: must be greater than or equal to 0',
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ]);
  });
});
