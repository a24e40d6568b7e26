import { describe, expect, it } from 'vitest';
import { createErrors } from '../../testing.ts';
import type { Container, Pod, PodSpec } from '../../wire.ts';
import { podKind } from './kind.ts';

function pod(spec: Partial<PodSpec>): Pod {
  return {
    metadata: { name: 'a', namespace: 'default' },
    spec: { containers: [{ name: 'main', image: 'web' }], ...spec },
  };
}

function errorsOf(spec: Partial<PodSpec>): string[] {
  return createErrors(podKind, pod(spec));
}

function containerErrors(container: Partial<Container>, more: Partial<PodSpec> = {}): string[] {
  return errorsOf({ containers: [{ name: 'main', image: 'web', ...container }], ...more }).map((text) =>
    text.replace('spec.containers[0]', ''),
  );
}

describe('containers', () => {
  it.each<[string, Partial<Container>, string[]]>([
    [
      'a blank in the image',
      { image: ' web' },
      ['.image: Invalid value: " web": must not have leading or trailing whitespace'],
    ],
    [
      'a port out of range',
      { ports: [{ containerPort: 70000 }] },
      ['.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
    ],
    [
      'a bad port name',
      { ports: [{ containerPort: 80, name: 'way-too-long-a-name' }] },
      ['.ports[0].name: Invalid value: "way-too-long-a-name": must be no more than 15 characters'],
    ],
    [
      'a port name used twice',
      {
        ports: [
          { containerPort: 80, name: 'http' },
          { containerPort: 81, name: 'http' },
        ],
      },
      ['.ports[1].name: Duplicate value: "http"'],
    ],
    [
      'a protocol nobody speaks',
      { ports: [{ containerPort: 80, protocol: 'HTTP' }] },
      ['.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"'],
    ],
    [
      'a host port taken twice',
      {
        ports: [
          { containerPort: 80, hostPort: 80 },
          { containerPort: 81, hostPort: 80 },
        ],
      },
      ['.ports[1].hostPort: Duplicate value: "TCP//80"'],
    ],
    ['a nameless variable', { env: [{ name: '' }] }, ['.env[0].name: Required value']],
    [
      'a variable with a value twice',
      { env: [{ name: 'A', value: 'b', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
      ['.env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
    ],
    [
      'a variable from nowhere',
      { env: [{ name: 'A', valueFrom: {} }] },
      [
        '.env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ],
    ],
    [
      'an unknown field',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.nope' } } }] },
      [
        '.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.nope": error converting fieldPath: field label not supported: spec.nope',
      ],
    ],
    [
      'a field that is no variable',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }] },
      [
        '.env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
      ],
    ],
    [
      'an environment from nowhere',
      { envFrom: [{}] },
      ['.envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'],
    ],
    [
      'more requested than allowed',
      { resources: { requests: { cpu: '2', memory: '1Gi' }, limits: { cpu: '1500m', memory: '1Gi' } } },
      ['.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1500m'],
    ],
    [
      'a negative amount',
      { resources: { requests: { cpu: '-1' } } },
      ['.resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    ],
    [
      'a resource that is none',
      { resources: { requests: { disk: '1' } } },
      [
        '.resources.requests[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
        '.resources.requests[disk]: Invalid value: "disk": must be a standard resource for containers',
      ],
    ],
    [
      'an extended resource without limit',
      { resources: { requests: { 'example.com/gpu': '1' } } },
      ['.resources.limits: Required value: Limit must be set for non overcommitable resources'],
    ],
    [
      'half an extended resource',
      { resources: { limits: { 'example.com/gpu': '500m' } } },
      [
        '.resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer',
        '.resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer',
      ],
    ],
    [
      'a mount of no volume',
      { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      ['.volumeMounts[0].name: Not found: "v"'],
    ],
    [
      'a sidecar policy nobody knows',
      { restartPolicy: 'Often' },
      ['.restartPolicy: Unsupported value: "Often": supported values: "Always", "Never", "OnFailure"'],
    ],
    [
      'a hopeless escalation',
      { securityContext: { privileged: true, allowPrivilegeEscalation: false } },
      [
        '.securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
      ],
    ],
    [
      'a user out of range',
      { securityContext: { runAsUser: -1 } },
      ['.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive'],
    ],
    [
      'a profile without its file',
      { securityContext: { seccompProfile: { type: 'Localhost' } } },
      [
        '.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
      ],
    ],
  ])('with %s are refused', (_title, container, expected) => {
    expect(containerErrors(container)).toEqual(expected);
  });

  it('may not share a name with an init container', () => {
    expect(errorsOf({ initContainers: [{ name: 'main', image: 'i' }] })).toEqual([
      'spec.initContainers[0].name: Duplicate value: "main"',
    ]);
  });

  it('that run before the others have no probes, unless they stay', () => {
    const probe = { exec: { command: ['true'] } };
    const init = { name: 'i', image: 'i', readinessProbe: probe };
    expect(errorsOf({ initContainers: [init] })).toEqual([
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ]);
    expect(errorsOf({ initContainers: [{ ...init, restartPolicy: 'Always' }] })).toEqual([]);
  });
});

describe('probes and hooks', () => {
  it.each<[string, Partial<Container>, string[]]>([
    ['no handler', { livenessProbe: {} }, ['.livenessProbe: Required value: must specify a handler type']],
    [
      'two handlers',
      { livenessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 80 } } },
      ['.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type'],
    ],
    [
      'several successes before it counts',
      { livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } },
      ['.livenessProbe.successThreshold: Invalid value: 2: must be 1'],
    ],
    [
      'a negative delay',
      { readinessProbe: { tcpSocket: { port: 80 }, initialDelaySeconds: -1 } },
      ['.readinessProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'a grace period of its own',
      { readinessProbe: { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: 1 } },
      [
        '.readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes',
      ],
    ],
    ['no command', { startupProbe: { exec: {} } }, ['.startupProbe.exec.command: Required value']],
    [
      'a scheme nobody speaks',
      { livenessProbe: { httpGet: { port: 80, scheme: 'FTP' } } },
      ['.livenessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"'],
    ],
    [
      'a port without a letter',
      { livenessProbe: { httpGet: { port: '80' } } },
      ['.livenessProbe.httpGet.port: Invalid value: "80": must contain at least one letter (a-z)'],
    ],
    [
      'a sleep longer than the grace period',
      { lifecycle: { preStop: { sleep: { seconds: 31 } } } },
      [
        '.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
      ],
    ],
  ])('with %s are refused', (_title, container, expected) => {
    expect(containerErrors(container)).toEqual(expected);
  });
});
