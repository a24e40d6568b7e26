import { describe, expect, it } from 'vitest';
import { deploymentKind } from './apps/deployment/kind.ts';
import { cronJobKind } from './batch/cron-job/kind.ts';
import { persistentVolumeClaimKind } from './core/persistent-volume-claim/kind.ts';
import { podKind } from './core/pod/kind.ts';
import { serviceKind } from './core/service/kind.ts';
import { ingressKind } from './networking/ingress/kind.ts';
import { runtimeClassKind } from './node/runtime-class/kind.ts';
import { created } from './testing.ts';
import type { Deployment, Pod, PodSpec, Service } from './wire.ts';

function podWarnings(spec: Partial<PodSpec>, metadata: Pod['metadata'] = { name: 'a' }): string[] {
  const pod = created(podKind, { metadata, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } });
  return podKind.strategy.warnings?.(pod) ?? [];
}

describe('pods are warned of', () => {
  it.each<[string, Partial<PodSpec>, string[]]>([
    ['nothing', {}, []],
    [
      'labels that others have replaced',
      { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
      ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ],
    [
      'selectors that match nothing',
      { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'ScheduleAnyway' }] },
      ['spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod'],
    ],
    [
      'volumes that nobody mounts',
      { volumes: [{ name: 'v', gitRepo: { repository: 'r' } }] },
      ['spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+'],
    ],
    [
      'files that hide one another',
      {
        volumes: [
          {
            name: 'v',
            configMap: {
              name: 'm',
              items: [
                { key: 'a', path: 'x' },
                { key: 'b', path: 'x/y' },
              ],
            },
          },
          { name: 'p', projected: { sources: [{}] } },
        ],
      },
      [
        'volume "v" (ConfigMap "m"): overlapping paths: "x/y" with "x"',
        'volume "p" (Projected) has no sources provided',
      ],
    ],
    [
      'what stands there twice',
      {
        imagePullSecrets: [{ name: 's' }, { name: 's' }, {}],
        hostAliases: [
          { ip: '10.0.0.1', hostnames: [] },
          { ip: '10.0.0.1', hostnames: [] },
        ],
        containers: [
          {
            name: 'c',
            image: 'i',
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
              { name: 'A', value: '$(A)3' },
            ],
          },
        ],
      },
      [
        'spec.hostAliases[1].ip: duplicate ip "10.0.0.1"',
        'spec.imagePullSecrets[1].name: duplicate name "s"',
        'spec.imagePullSecrets[2].name: invalid empty name ""',
        'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
      ],
    ],
    [
      'parts of bytes, and negative times',
      {
        terminationGracePeriodSeconds: -1,
        containers: [{ name: 'c', image: 'i', resources: { limits: { memory: '100m' } } }],
      },
      [
        'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
        'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
        'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
      ],
    ],
    [
      'ports that get in each other’s way',
      {
        containers: [
          {
            name: 'c',
            image: 'i',
            ports: [
              { name: 'web', containerPort: 80 },
              { name: 'web', containerPort: 80 },
              { containerPort: 80, hostPort: 80 },
              { containerPort: 81, hostIP: '1.2.3.4' },
            ],
          },
        ],
      },
      [
        'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
        'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[0]',
        'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[1]',
        'spec.containers[0].ports[3]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:81 Protocol:TCP HostIP:1.2.3.4}',
        'spec.containers[0].ports[1]: duplicate port name "web" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]',
      ],
    ],
  ])('%s', (_title, spec, expected) => {
    expect(podWarnings(spec)).toEqual(expected);
  });

  it('names that no host can have, and annotations that fields have replaced', () => {
    const annotations = { 'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default' };
    expect(podWarnings({}, { name: 'a.b', annotations })).toEqual([
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
    ]);
  });

  it('nothing when they change: machines change them', () => {
    const pod: Pod = { metadata: { name: 'a.b' }, spec: { containers: [] } };
    expect(podKind.strategy.warnings?.(pod, pod)).toEqual([]);
  });
});

describe('other kinds are warned of', () => {
  it('the pods that they will make, while these change', () => {
    const deployment: Deployment = {
      metadata: { name: 'a.b' },
      spec: {
        selector: {},
        template: { spec: { containers: [], nodeSelector: { 'beta.kubernetes.io/os': 'x' } } },
      },
    };
    const ofTemplate =
      'spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead';
    const { warnings } = deploymentKind.strategy;
    expect(warnings?.(deployment)).toEqual([
      'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
      ofTemplate,
    ]);
    expect(warnings?.(deployment, deployment)).toEqual([]);
    expect(warnings?.(deployment, { ...deployment, spec: { selector: {}, template: {} } })).toEqual([
      ofTemplate,
    ]);
  });

  it('fields that do nothing, or are outdated', () => {
    const service: Service = {
      metadata: { annotations: { 'service.kubernetes.io/topology-aware-hints': 'Auto' } },
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        clusterIPs: ['None'],
        sessionAffinity: 'None',
        externalName: 'x',
        externalIPs: ['FD00::1'],
      },
    };
    expect(serviceKind.strategy.warnings?.(service)).toEqual([
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
      'spec.externalIPs is ignored for headless services',
      'spec.SessionAffinity is ignored for headless services',
      'spec.externalIPs[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    ]);
    const annotated = { metadata: { annotations: { 'kubernetes.io/ingress.class': 'nginx' } }, spec: {} };
    expect(ingressKind.strategy.warnings?.(annotated)).toEqual([
      'annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead',
    ]);
    const scheduling = { nodeSelector: { 'node-role.kubernetes.io/master': '' } };
    expect(runtimeClassKind.strategy.warnings?.({ handler: 'runc', scheduling })).toEqual([
      'scheduling.nodeSelector: use "node-role.kubernetes.io/control-plane" instead',
    ]);
    const claim = {
      metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'fast' } },
      spec: { resources: { requests: { storage: '1500m' } } },
    };
    expect(persistentVolumeClaimKind.strategy.warnings?.(claim)).toEqual([
      'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
      'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
    ]);
  });

  it('time zones in schedules', () => {
    const cronJob = { metadata: { name: 'a' }, spec: { schedule: 'TZ=UTC * * * * *', jobTemplate: {} } };
    expect(cronJobKind.strategy.warnings?.(cronJob, cronJob)).toEqual([
      'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
    ]);
  });
});
