import { describe, expect, it } from 'vitest';
import { defaulted, updateErrors } from '../../testing.ts';
import type { Pod, PodSpec } from '../../wire.ts';
import { podKind } from './kind.ts';
import { validateBinding, validateEphemeralContainersUpdate } from './pod-update-validation.ts';

const base: PodSpec = { containers: [{ name: 'main', image: 'web:1' }] };

function pod(spec: Partial<PodSpec>): Pod {
  return { metadata: { name: 'a', namespace: 'default' }, spec: { ...base, ...spec } };
}

const others =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

describe('a pod may change', () => {
  it.each<[string, Partial<PodSpec>, Partial<PodSpec>]>([
    ['its image', {}, { containers: [{ name: 'main', image: 'web:2' }] }],
    ['its deadline, once given', {}, { activeDeadlineSeconds: 10 }],
    ['its deadline, to a nearer one', { activeDeadlineSeconds: 10 }, { activeDeadlineSeconds: 5 }],
    ['its tolerations, by more', {}, { tolerations: [{ key: 'a', operator: 'Exists' }] }],
    [
      'how long it tolerates',
      { tolerations: [{ key: 'a', effect: 'NoExecute', operator: 'Exists' }] },
      { tolerations: [{ key: 'a', effect: 'NoExecute', operator: 'Exists', tolerationSeconds: 5 }] },
    ],
    ['its gates, by fewer', { schedulingGates: [{ name: 'a/b' }] }, {}],
    [
      'its choice of nodes while gated',
      { schedulingGates: [{ name: 'a/b' }] },
      { schedulingGates: [{ name: 'a/b' }], nodeSelector: { zone: 'a' } },
    ],
    ['nothing but how nothing is written', {}, { hostNetwork: false, nodeSelector: {}, hostname: '' }],
    [
      'a negative grace period to a second',
      { terminationGracePeriodSeconds: -1 },
      { terminationGracePeriodSeconds: 1 },
    ],
  ])('%s', (_title, before, after) => {
    expect(updateErrors(podKind, pod(after), pod(before))).toEqual([]);
  });
});

describe('a pod may not change', () => {
  it.each<[string, Partial<PodSpec>, Partial<PodSpec>, string[]]>([
    [
      'the number of its containers',
      {},
      { containers: [...base.containers, { name: 'b', image: 'b' }] },
      ['spec.containers: Forbidden: pod updates may not add or remove containers'],
    ],
    [
      'its command',
      {},
      { containers: [{ name: 'main', image: 'web:1', command: ['x'] }] },
      [`spec: Forbidden: ${others}\n+ spec.containers[0].command: ["x"]\n`],
    ],
    [
      'its host name',
      { hostname: 'a' },
      { hostname: 'b' },
      [`spec: Forbidden: ${others}\n- spec.hostname: "a"\n+ spec.hostname: "b"\n`],
    ],
    [
      'whether it gets a token',
      {},
      { automountServiceAccountToken: false },
      [`spec: Forbidden: ${others}\n+ spec.automountServiceAccountToken: false\n`],
    ],
    [
      'its deadline to a later one',
      { activeDeadlineSeconds: 5 },
      { activeDeadlineSeconds: 10 },
      ['spec.activeDeadlineSeconds: Invalid value: 10: must be less than or equal to previous value'],
    ],
    [
      'its deadline to none',
      { activeDeadlineSeconds: 5 },
      {},
      [
        'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
      ],
    ],
    [
      'its tolerations to fewer',
      { tolerations: [{ key: 'a', operator: 'Exists' }] },
      {},
      ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
    ],
    [
      'its gates to more',
      {},
      { schedulingGates: [{ name: 'a/b' }] },
      [
        "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a/b'",
      ],
    ],
    [
      'a choice of nodes already made',
      { schedulingGates: [{ name: 'a/b' }], nodeSelector: { zone: 'a' } },
      { schedulingGates: [{ name: 'a/b' }], nodeSelector: { zone: 'b' } },
      [
        'spec.nodeSelector: Invalid value: {"zone":"b"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      ],
    ],
  ])('%s', (_title, before, after, expected) => {
    expect(updateErrors(podKind, pod(after), pod(before))).toEqual(expected);
  });

  it('the status of a container that has ended for good', () => {
    const status = (
      state: NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]['state'],
    ): Pod => ({
      ...pod({ restartPolicy: 'Never' }),
      status: {
        phase: 'Running',
        containerStatuses: [
          { name: 'main', image: '', imageID: '', ready: false, restartCount: 0, ...(state && { state }) },
        ],
      },
    });
    const errors = podKind.strategy.validateStatusUpdate?.(
      status({ running: {} }),
      status({ terminated: { exitCode: 0 } }),
    );
    expect(errors?.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
    ]);
  });

  it('its quality of service', () => {
    const errors = podKind.strategy.validateStatusUpdate?.(
      { status: { qosClass: 'Burstable' } },
      { status: { qosClass: 'BestEffort' } },
    );
    expect(errors?.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'status.qosClass: Invalid value: "Burstable": field is immutable',
    ]);
  });
});

describe('subresources', () => {
  it('only add ephemeral containers', () => {
    const debugged = (...ephemeralContainers: NonNullable<PodSpec['ephemeralContainers']>) =>
      defaulted(podKind, pod({ ephemeralContainers }));
    const old = debugged({ name: 'e', image: 'a' });
    const errors = [
      ...validateEphemeralContainersUpdate(debugged(), old),
      ...validateEphemeralContainersUpdate(
        debugged({ name: 'e', image: 'b', imagePullPolicy: 'Always' }),
        old,
      ),
      ...validateEphemeralContainersUpdate(
        debugged({ name: 'e', image: 'a' }, { name: 'f', image: 'a' }),
        old,
      ),
    ];
    expect(errors.map(({ message }) => message)).toEqual([
      'Forbidden: existing ephemeral containers "e" may not be removed\n',
      'Forbidden: existing ephemeral containers "e" may not be changed\n- spec.ephemeralContainers.image: "a"\n+ spec.ephemeralContainers.image: "b"',
    ]);
  });

  it('bind a pod to a node by name', () => {
    expect(validateBinding({ kind: 'Node', name: 'n' })).toEqual([]);
    expect(validateBinding({ kind: 'Pod' }).map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
      'target.name: Required value',
    ]);
  });
});
