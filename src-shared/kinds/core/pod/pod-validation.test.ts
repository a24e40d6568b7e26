import { describe, expect, it } from 'vitest';
import { createErrors } from '../../testing.ts';
import type { Container, Pod, PodSpec, Volume } from '../../wire.ts';
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

function volumeErrors(volume: Partial<Volume>): string[] {
  return errorsOf({ serviceAccountName: 'default', volumes: [{ name: 'v', ...volume }] }).map((text) =>
    text.replace('spec.volumes[0]', ''),
  );
}

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const qualified =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

describe('a pod that fits', () => {
  it('has no errors', () => {
    const example: Partial<PodSpec> = {
      serviceAccountName: 'default',
      volumes: [
        { name: 'data', emptyDir: { sizeLimit: '1Gi' } },
        { name: 'conf', configMap: { name: 'conf', items: [{ key: 'a', path: 'b/c' }] } },
        { name: 'host', hostPath: { path: '/var/log', type: 'Directory' } },
        {
          name: 'token',
          projected: {
            sources: [
              { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
              {
                downwardAPI: {
                  items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }],
                },
              },
            ],
          },
        },
      ],
      initContainers: [{ name: 'setup', image: 'busybox', command: ['true'] }],
      containers: [
        {
          name: 'main',
          image: 'web:1',
          ports: [{ name: 'http', containerPort: 80 }],
          env: [
            { name: 'A', value: 'b' },
            { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
            { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
          ],
          envFrom: [{ prefix: 'X_', configMapRef: { name: 'conf' } }],
          resources: {
            requests: { cpu: '100m' },
            limits: { cpu: '1', memory: '1Gi', 'example.com/gpu': '1' },
          },
          volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'a' }],
          readinessProbe: { httpGet: { port: 'http', httpHeaders: [{ name: 'X-A', value: 'b' }] } },
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
          securityContext: { runAsUser: 1000, capabilities: { add: ['NET_ADMIN'] } },
        },
      ],
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ operator: 'Exists' }, { key: 'a', effect: 'NoExecute', tolerationSeconds: 300 }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }],
          },
        },
      },
    };
    expect(errorsOf(example)).toEqual([]);
  });
});

describe('a pod with many faults', () => {
  it('hears of all of them at once', () => {
    expect(
      errorsOf({
        containers: [
          { name: 'Main', image: '' },
          { name: 'b', image: 'b', imagePullPolicy: 'Sometimes' },
          { name: 'b', image: 'b', ports: [{ containerPort: 0 }] },
        ],
        restartPolicy: 'Maybe',
        dnsPolicy: 'Other',
      }),
    ).toEqual([
      `spec.containers[0].name: Invalid value: "Main": ${label}`,
      'spec.containers[0].image: Required value',
      'spec.containers[1].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
      'spec.containers[2].ports[0].containerPort: Required value',
      'spec.containers[2].name: Duplicate value: "b"',
      'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
      'spec.dnsPolicy: Unsupported value: "Other": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
    ]);
  });

  it('needs a container', () => {
    expect(errorsOf({ containers: [] })).toEqual(['spec.containers: Required value']);
    expect(createErrors(podKind, { metadata: { name: 'a' } })).toContain('spec.containers: Required value');
  });
});

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

describe('volumes', () => {
  it.each<[string, Partial<Volume>, string[]]>([
    [
      'two sources',
      { emptyDir: {}, secret: { secretName: 's' } },
      ['.secret: Forbidden: may not specify more than 1 volume type'],
    ],
    ['no secret name', { secret: {} }, ['.secret.secretName: Required value']],
    ['no config map name', { configMap: {} }, ['.configMap.name: Required value']],
    [
      'a mode that is none',
      { configMap: { name: 'c', defaultMode: 0o1000 } },
      [
        '.configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      ],
    ],
    [
      'a file outside',
      { configMap: { name: 'c', items: [{ key: 'k', path: '../x' }] } },
      ['.configMap.items[0].path: Invalid value: "../x": must not contain \'..\''],
    ],
    [
      'an absolute file',
      { secret: { secretName: 's', items: [{ key: 'k', path: '/x' }] } },
      ['.secret.items[0].path: Invalid value: "/x": must be a relative path'],
    ],
    [
      'a file of the kubelet',
      { secret: { secretName: 's', items: [{ key: 'k', path: '..data' }] } },
      ['.secret.items[0].path: Invalid value: "..data": must not start with \'..\''],
    ],
    ['no path', { hostPath: { path: '' } }, ['.hostPath.path: Required value']],
    [
      'an unknown type of path',
      { hostPath: { path: '/x', type: 'Tree' } },
      [
        '.hostPath.type: Unsupported value: "Tree": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      ],
    ],
    [
      'no claim',
      { persistentVolumeClaim: { claimName: '' } },
      ['.persistentVolumeClaim.claimName: Required value'],
    ],
    [
      'a token too short',
      { projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 60 } }] } },
      [
        '.projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
      ],
    ],
    [
      'two files at one path',
      {
        projected: {
          sources: [
            { configMap: { name: 'a', items: [{ key: 'x', path: 'p' }] } },
            { secret: { name: 'b', items: [{ key: 'x', path: 'p' }] } },
          ],
        },
      },
      ['.projected: Invalid value: "b": conflicting duplicate paths'],
    ],
  ])('with %s are refused', (_title, volume, expected) => {
    expect(volumeErrors(volume)).toEqual(expected);
  });

  it('have names of their own', () => {
    expect(errorsOf({ volumes: [{ name: 'v' }, { name: 'v' }, { name: '' }] })).toEqual([
      'spec.volumes[1].name: Duplicate value: "v"',
      'spec.volumes[2].name: Required value',
    ]);
  });

  it('with tokens need a service account', () => {
    const volumes = [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }];
    expect(errorsOf({ volumes })).toEqual([
      'spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    ]);
  });

  it('are mounted where nothing else is', () => {
    const mount = { name: 'v', mountPath: '/v' };
    expect(containerErrors({ volumeMounts: [mount, mount] }, { volumes: [{ name: 'v' }] })).toEqual([
      '.volumeMounts[1].mountPath: Invalid value: "/v": must be unique',
    ]);
  });
});

describe('scheduling', () => {
  it.each<[string, Partial<PodSpec>, string[]]>([
    [
      'a label that is none',
      { nodeSelector: { 'a b': 'c' } },
      [`spec.nodeSelector: Invalid value: "a b": ${qualified}`],
    ],
    [
      'a toleration of everything without saying so',
      { tolerations: [{ operator: 'Equal' }] },
      [
        'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ],
    [
      'seconds for an effect that evicts nobody',
      { tolerations: [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 }] },
      [
        'spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      ],
    ],
    [
      'a value where none belongs',
      { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] },
      ['spec.tolerations[0].operator: Invalid value: "b": value must be empty when `operator` is \'Exists\''],
    ],
    [
      'an unknown effect',
      { tolerations: [{ key: 'a', effect: 'Never' }] },
      [
        'spec.tolerations[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    ],
    [
      'an empty node affinity',
      {
        affinity: {
          nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } },
        },
      },
      [
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
      ],
    ],
    [
      'no topology',
      {
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 0, podAffinityTerm: { topologyKey: 'h' } },
            ],
          },
        },
      },
      [
        'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100',
      ],
    ],
    [
      'a spread over nothing',
      { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'Ignore' }] },
      [
        'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
        'spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
        'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Ignore": supported values: "DoNotSchedule", "ScheduleAnyway"',
      ],
    ],
    [
      'a node in spite of its gates',
      { nodeName: 'n', schedulingGates: [{ name: 'a/b' }] },
      ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
    ],
    [
      'gates twice',
      { schedulingGates: [{ name: 'a/b' }, { name: 'a/b' }] },
      ['spec.schedulingGates[1]: Duplicate value: "a/b"'],
    ],
  ])('with %s is refused', (_title, spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });
});

describe('the rest of the spec', () => {
  it.each<[string, Partial<PodSpec>, string[]]>([
    [
      'a deadline of no time',
      { activeDeadlineSeconds: 0 },
      ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
    ],
    ['a host name that is none', { hostname: 'A' }, [`spec.hostname: Invalid value: "A": ${label}`]],
    [
      'an alias for no address',
      { hostAliases: [{ ip: '300.1.1.1', hostnames: ['a'] }] },
      [
        'spec.hostAliases[0].ip: Invalid value: "300.1.1.1": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      'no name server for a policy of none',
      { dnsPolicy: 'None' },
      ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    ],
    [
      'too many name servers',
      { dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } },
      [
        'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers',
      ],
    ],
    [
      'host ports that differ on the host network',
      {
        hostNetwork: true,
        containers: [{ name: 'a', image: 'a', ports: [{ containerPort: 80, hostPort: 81 }] }],
      },
      [
        'spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
      ],
    ],
    [
      'users of its own on the host network',
      { hostNetwork: true, hostUsers: false },
      ['spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false'],
    ],
    [
      'ephemeral containers from the start',
      { ephemeralContainers: [{ name: 'e', image: 'e' }] },
      ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
    ],
    [
      'a sysctl of the node',
      { hostNetwork: true, securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1' }] } },
      [
        'spec.securityContext.sysctls[0].name: Invalid value: "net.core.somaxconn": may not be specified when \'hostNetwork\' is true',
      ],
    ],
  ])('with %s is refused', (_title, spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });
});
