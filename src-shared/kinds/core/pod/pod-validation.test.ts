import { describe, expect, it } from 'vitest';
import { createErrors } from '../../testing.ts';
import type { Pod, PodSpec } from '../../wire.ts';
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
      ['spec.hostNetwork: Forbidden: when `hostUsers` is false'],
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
