import { describe, expect, it } from 'vitest';
import { createErrors, defaulted, updateErrors } from '../../testing.ts';
import type { Pod, PodSpec } from '../../wire.ts';
import { podKind } from './kind.ts';

const main = { name: 'main', image: 'web' };

function pod(spec: Partial<PodSpec>, annotations?: Record<string, string>): Pod {
  return {
    metadata: { name: 'a', namespace: 'default', ...(annotations && { annotations }) },
    spec: { containers: [main], ...spec },
  };
}

function errorsOf(spec: Partial<PodSpec>): string[] {
  return createErrors(podKind, pod(spec));
}

const limit = (cpu: string) => ({ limits: { cpu }, requests: { cpu } });
const env = (fileKeyRef: { key: string; path: string; volumeName: string }) => [
  { name: 'A', valueFrom: { fileKeyRef } },
];
const exitCodes = { operator: 'In', values: [42] };

describe('pods are refused', () => {
  it.each<[string, Partial<PodSpec>, string[]]>([
    [
      'with variables from files that are not there',
      {
        volumes: [{ name: 'disk', hostPath: { path: '/' } }],
        containers: [
          { ...main, env: env({ key: 'A', path: '../x', volumeName: 'disk' }) },
          { name: 'two', image: 'web', env: env({ key: '', path: '', volumeName: 'none' }) },
        ],
      },
      [
        'spec.containers[0].env[0].valueFrom.fileKeyRef.path: Invalid value: "../x": must not contain \'..\'',
        'spec.containers[1].env[0].valueFrom.fileKeyRef.key: Required value',
        'spec.containers[1].env[0].valueFrom.fileKeyRef.path: Required value',
        'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "disk": referenced volume must be of type emptyDir',
        'spec.containers[1].env[0].valueFrom.fileKeyRef.volumeName: Not found: "none"',
      ],
    ],
    [
      'with restart rules that say too little',
      {
        initContainers: [
          {
            name: 'init',
            image: 'web',
            restartPolicy: 'Always',
            restartPolicyRules: [{ action: 'Restart', exitCodes }],
          },
        ],
        containers: [{ ...main, restartPolicyRules: [{ action: 'Wait' }, { action: 'Restart', exitCodes }] }],
      },
      [
        'spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used',
        'spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Wait": supported values: "Restart", "RestartAllContainers"',
        'spec.containers[0].restartPolicyRules[0].exitCodes: Required value: must be specified',
        'spec.initContainers[0].restartPolicyRules: Forbidden: restartPolicyRules are not allowed for init containers with restart policy Always',
      ],
    ],
    [
      'whose containers ask for more than the pod',
      {
        resources: { limits: { cpu: '1' }, requests: { cpu: '500m' } },
        containers: [
          { ...main, resources: limit('400m') },
          { name: 'two', image: 'web', resources: limit('2') },
        ],
      },
      [
        'spec.resources.requests[cpu]: Invalid value: "500m": must be greater than or equal to aggregate container requests of 2400m',
        'spec.resources.containers[1][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
      ],
    ],
    [
      'with devices and users of their own',
      {
        hostUsers: false,
        volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'c' } }],
        containers: [{ ...main, volumeDevices: [{ name: 'd', devicePath: '/dev/a' }] }],
      },
      ['spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false'],
    ],
    [
      'with a claim that is made for another volume',
      {
        volumes: [
          {
            name: 'e',
            ephemeral: {
              volumeClaimTemplate: {
                spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1' } } },
              },
            },
          },
          { name: 'c', persistentVolumeClaim: { claimName: 'a-e' } },
        ],
      },
      [
        'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "a-e": must not reference a PVC that gets created for an ephemeral volume',
      ],
    ],
    [
      'with malformed volumes, which cannot be mounted either',
      {
        volumes: [{ name: 'v', nfs: { server: '', path: '/' } }],
        containers: [{ ...main, volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      },
      [
        'spec.volumes[0].nfs.server: Required value',
        'spec.containers[0].volumeMounts[0].name: Not found: "v"',
      ],
    ],
    [
      'with a label key that is selected already',
      {
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'zone',
            whenUnsatisfiable: 'DoNotSchedule',
            matchLabelKeys: ['app'],
            labelSelector: {
              matchLabels: { app: 'web' },
              matchExpressions: [{ key: 'app', operator: 'Exists' }],
            },
          },
        ],
      },
      [
        'spec.topologySpreadConstraints[0][0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector',
      ],
    ],
  ])('%s', (_title, spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });

  it('as images of a file when they are on no node, or became one later', () => {
    const mirror = { 'kubernetes.io/config.mirror': 'x' };
    const field = 'metadata.annotations[kubernetes.io/config.mirror]';
    expect(createErrors(podKind, pod({}, mirror))).toEqual([
      `${field}: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set`,
    ]);
    const placed = { nodeName: 'n' };
    expect(updateErrors(podKind, pod(placed, mirror), pod(placed))).toEqual([
      `${field}: Forbidden: may not add mirror pod annotation`,
    ]);
    expect(updateErrors(podKind, pod(placed), pod(placed, mirror))).toEqual([
      `${field}: Forbidden: may not remove or update mirror pod annotation`,
    ]);
  });
});

describe('fields of features that are switched off', () => {
  it('are dropped without a word', () => {
    const spec: Partial<PodSpec> = {
      schedulingGroup: { podGroupName: 'g' },
      containers: [{ ...main, lifecycle: { stopSignal: 'SIGUSR1' } }],
      volumes: [{ name: 'p', projected: { sources: [{ clusterTrustBundle: { path: 'ca', name: 'b' } }] } }],
    };
    const kept = defaulted(podKind, pod(spec)).spec;
    expect({
      group: kept?.schedulingGroup,
      lifecycle: kept?.containers[0]?.lifecycle,
      sources: kept?.volumes?.[0]?.projected?.sources,
    }).toEqual({ group: undefined, lifecycle: undefined, sources: [{}] });
    expect(errorsOf(spec)).toEqual([]);
  });
});

describe('the status of a pod', () => {
  const running = { name: 'main', state: { running: {} } };
  const ended = (exitCode: number) => ({ name: 'main', state: { terminated: { exitCode } } });

  function transition(spec: Partial<PodSpec>, exitCode: number): string[] {
    const before = { ...pod(spec), status: { containerStatuses: [ended(exitCode)] } };
    const after = { ...before, status: { containerStatuses: [running] } };
    const check = podKind.strategy.validateStatusUpdate;
    return (check?.(after as never, before as never) ?? []).map(
      ({ field, message }) => `${field}: ${message}`,
    );
  }

  it.each<[string, Partial<PodSpec>, number, boolean]>([
    ['always started again', {}, 0, true],
    ['started again when it fails', { restartPolicy: 'OnFailure' }, 1, true],
    ['not started again after success', { restartPolicy: 'OnFailure' }, 0, false],
    [
      'started again by a rule',
      {
        restartPolicy: 'Never',
        containers: [
          { ...main, restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes }] },
        ],
      },
      42,
      true,
    ],
    [
      'started again together with another',
      {
        restartPolicy: 'Never',
        containers: [
          main,
          {
            name: 'watcher',
            image: 'a',
            restartPolicy: 'Never',
            restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes }],
          },
        ],
      },
      0,
      true,
    ],
    ['never by its own policy', { containers: [{ ...main, restartPolicy: 'Never' }] }, 1, false],
  ])('lets a container live again that is %s', (_title, spec, exitCode, allowed) => {
    const text =
      'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state';
    expect(transition(spec, exitCode)).toEqual(allowed ? [] : [text]);
  });

  it('names a claim for extended resources whole, and no node once it has one', () => {
    const before = pod({ nodeName: 'n', containers: [{ ...main, resources: { requests: {} } }] });
    const status = {
      nominatedNodeName: 'm',
      extendedResourceClaimStatus: {
        resourceClaimName: '',
        requestMappings: [
          { containerName: 'other', resourceName: 'x.y/z', requestName: 'r' },
          { containerName: 'main', resourceName: 'x.y/z', requestName: 'r' },
        ],
      },
    };
    const errors = podKind.strategy.validateStatusUpdate?.({ ...before, status }, before) ?? [];
    expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node',
      'status.extendedResourceClaimStatus.requestMappings[0].containerName: Invalid value: "other": must match the name of an entry in spec.initContainers.name or spec.containers.name',
      'status.extendedResourceClaimStatus.requestMappings[1].resourceName: Invalid value: "x.y/z": must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests',
      'status.extendedResourceClaimStatus.resourceClaimName: Required value',
    ]);
  });
});
