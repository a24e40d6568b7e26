import { describe, expect, it } from 'vitest';
import { deploymentKind } from '../../apps/deployment/kind.ts';
import type { AnyKind } from '../../define.ts';
import { created, defaulted } from '../../testing.ts';
import type { Container, Pod, PodSpec, Volume } from '../../wire.ts';
import { imageTag } from './image-reference.ts';
import { podKind } from './kind.ts';

function pod(spec: Partial<PodSpec>): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [], ...spec } };
}

function containerOf(container: Partial<Container>, more: Partial<PodSpec> = {}) {
  return defaulted(podKind, pod({ containers: [{ name: 'main', image: 'web', ...container }], ...more })).spec
    ?.containers[0];
}

function volumeOf(volume: Partial<Volume>) {
  return defaulted(podKind, pod({ volumes: [{ name: 'v', ...volume }] })).spec?.volumes?.[0];
}

describe('the smallest pod', () => {
  it('is completed as Kubernetes does', () => {
    const example = pod({ containers: [{ name: 'main', image: 'nginx:1.29' }] });
    expect(created(podKind, example)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'nginx:1.29',
            imagePullPolicy: 'IfNotPresent',
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
        dnsPolicy: 'ClusterFirst',
        enableServiceLinks: true,
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 30,
      },
      status: { phase: 'Pending', qosClass: 'BestEffort' },
    });
  });

  it('stays the same when completed again', () => {
    const once = created(podKind, pod({ containers: [{ name: 'main', image: 'web' }] }));
    expect(defaulted(podKind, once as Pod)).toEqual(once);
  });

  it('starts with a status of its own, whatever the client sent', () => {
    const example: Pod = { ...pod({}), status: { phase: 'Running', podIP: '10.0.0.1' } };
    expect(created(podKind, example).status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  it('says at once that it is gated', () => {
    expect(created(podKind, pod({ schedulingGates: [{ name: 'a/b' }] })).status?.conditions).toEqual([
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ]);
  });
});

describe('pull policy', () => {
  it.each([
    ['nginx', 'latest', 'Always'],
    ['nginx:latest', 'latest', 'Always'],
    ['nginx:1', '1', 'IfNotPresent'],
    ['localhost:5000/nginx', 'latest', 'Always'],
    ['localhost:5000/a/nginx:1', '1', 'IfNotPresent'],
    ['nginx@sha256:0123', '', 'IfNotPresent'],
    ['nginx:latest@sha256:0123', 'latest', 'Always'],
  ])('of %s (tag %s) is %s', (image, tag, policy) => {
    expect(imageTag(image)).toBe(tag);
    expect(containerOf({ image })?.imagePullPolicy).toBe(policy);
  });

  it('is left alone when given', () => {
    expect(containerOf({ imagePullPolicy: 'Never' })?.imagePullPolicy).toBe('Never');
  });
});

describe('containers', () => {
  it('get TCP ports', () => {
    expect(
      containerOf({ ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }] })?.ports,
    ).toEqual([
      { containerPort: 80, protocol: 'TCP' },
      { containerPort: 53, protocol: 'UDP' },
    ]);
  });

  it('of a pod on the host network open their ports on the host', () => {
    const container = containerOf({ ports: [{ containerPort: 80 }] }, { hostNetwork: true });
    expect(container?.ports).toEqual([{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
  });

  it('get complete probes and hooks', () => {
    const container = containerOf({
      livenessProbe: { httpGet: { port: 80 } },
      readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 5 },
      startupProbe: { grpc: { port: 80 } },
      lifecycle: { preStop: { httpGet: { port: 80, path: '/bye' } } },
    });
    const times = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
    expect(container).toMatchObject({
      livenessProbe: { ...times, httpGet: { port: 80, path: '/', scheme: 'HTTP' } },
      readinessProbe: { ...times, periodSeconds: 5 },
      startupProbe: { ...times, grpc: { port: 80, service: '' } },
      lifecycle: { preStop: { httpGet: { port: 80, path: '/bye', scheme: 'HTTP' } } },
    });
  });

  it('request what they are limited to, in pods', () => {
    const resources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } };
    expect(containerOf({ resources })?.resources).toEqual({
      limits: { cpu: '1', memory: '1Gi' },
      requests: { cpu: '500m', memory: '1Gi' },
    });
  });

  it('request nothing of themselves in templates', () => {
    const deployment = defaulted(deploymentKind, {
      spec: {
        selector: {},
        template: { spec: { containers: [{ name: 'a', resources: { limits: { cpu: '1' } } }] } },
      },
    });
    expect(deployment.spec?.template.spec).toMatchObject({
      containers: [{ resources: { limits: { cpu: '1' } } }],
      restartPolicy: 'Always',
    });
    expect(deployment.spec?.template.spec?.containers[0]?.resources?.requests).toBeUndefined();
    expect(deployment.spec?.template.spec?.enableServiceLinks).toBeUndefined();
  });

  it('have amounts rounded up to thousandths', () => {
    expect(containerOf({ resources: { limits: { cpu: '0.0001' } } })?.resources?.limits).toEqual({
      cpu: '1m',
    });
  });

  it('name the version of fields they refer to', () => {
    const env = [{ name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
    expect(containerOf({ env })?.env).toEqual([
      { name: 'N', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
    ]);
  });
});

describe('volumes', () => {
  it.each<[string, Partial<Volume>, Partial<Volume>]>([
    ['nothing', {}, { emptyDir: {} }],
    ['secret', { secret: { secretName: 's' } }, { secret: { secretName: 's', defaultMode: 420 } }],
    ['configMap', { configMap: { name: 'c' } }, { configMap: { name: 'c', defaultMode: 420 } }],
    ['hostPath', { hostPath: { path: '/x' } }, { hostPath: { path: '/x', type: '' } }],
    [
      'projected',
      { projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      {
        projected: {
          defaultMode: 420,
          sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }],
        },
      },
    ],
    [
      'downwardAPI',
      { downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      {
        downwardAPI: {
          defaultMode: 420,
          items: [{ path: 'l', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.labels' } }],
        },
      },
    ],
    ['image', { image: { reference: 'a:1' } }, { image: { reference: 'a:1', pullPolicy: 'IfNotPresent' } }],
  ])('of type %s are completed', (_type, given, expected) => {
    expect(volumeOf(given)).toEqual({ name: 'v', ...expected });
  });
});

describe('pairs of fields that mean the same', () => {
  it('agree on the service account', () => {
    expect(defaulted(podKind, pod({ serviceAccountName: 'x' })).spec?.serviceAccount).toBe('x');
    expect(defaulted(podKind, pod({ serviceAccount: 'y' })).spec?.serviceAccountName).toBe('y');
  });

  it('agree on the address', () => {
    expect(defaulted(podKind, { status: { podIPs: [{ ip: '10.0.0.1' }] } }).status?.podIP).toBe('10.0.0.1');
    expect(defaulted(podKind, { status: { podIP: '10.0.0.2' } }).status?.podIPs).toEqual([
      { ip: '10.0.0.2' },
    ]);
  });
});

describe('a new status', () => {
  it('keeps the class of service and the generations seen', () => {
    const old: Pod = {
      status: {
        qosClass: 'Burstable',
        observedGeneration: 2,
        conditions: [{ type: 'Ready', status: 'False', observedGeneration: 2 }],
      },
    };
    const draft: Pod = { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } };
    const { strategy }: AnyKind = podKind;
    strategy.prepareForStatusUpdate?.(draft, old);
    expect(draft.status).toEqual({
      phase: 'Running',
      qosClass: 'Burstable',
      observedGeneration: 2,
      conditions: [{ type: 'Ready', status: 'True', observedGeneration: 2 }],
    });
  });
});

describe('label keys', () => {
  it('become terms of the selector, with the values of the pod', () => {
    const example: Pod = {
      metadata: { labels: { app: 'web', tenant: 'a' } },
      spec: {
        containers: [],
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              {
                topologyKey: 'h',
                labelSelector: {},
                matchLabelKeys: ['app'],
                mismatchLabelKeys: ['tenant', 'none'],
              },
            ],
          },
        },
      },
    };
    const terms = created(podKind, example).spec?.affinity?.podAntiAffinity;
    expect(terms?.requiredDuringSchedulingIgnoredDuringExecution?.[0]?.labelSelector).toEqual({
      matchExpressions: [
        { key: 'app', operator: 'In', values: ['web'] },
        { key: 'tenant', operator: 'NotIn', values: ['a'] },
      ],
    });
  });
});

describe('graceful deletion', () => {
  const grace = (example: Pod, asked?: number) => podKind.gracefulDeletion?.graceSeconds(example, asked);

  it('grants what was asked for, unless nobody is there to wait for', () => {
    expect(grace(pod({ nodeName: 'n', terminationGracePeriodSeconds: 20 }), 5)).toBe(5);
    expect(grace(pod({ nodeName: 'n' }), 0)).toBe(0);
    expect(grace(pod({}), 5)).toBe(0);
  });

  it.each<[string, Pod, number]>([
    ['waits for the kubelet', pod({ nodeName: 'n', terminationGracePeriodSeconds: 20 }), 20],
    ['is immediate before a node is chosen', pod({ terminationGracePeriodSeconds: 20 }), 0],
    [
      'is immediate once everything has ended',
      { ...pod({ nodeName: 'n', terminationGracePeriodSeconds: 20 }), status: { phase: 'Failed' } },
      0,
    ],
    ['takes a negative period for a second', pod({ nodeName: 'n', terminationGracePeriodSeconds: -5 }), 1],
  ])('%s', (_title, example, seconds) => {
    expect(grace(example)).toBe(seconds);
  });
});
